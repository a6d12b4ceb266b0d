/// How long one session lives, as its record keeps it, so that every server judges it alike.
public struct SessionLifetime: Sendable, Hashable {
    /// Ends the session after no use for this long; `nil` for no limit but the absolute one.
    public var idleTimeout: Duration?
    /// How stale `lastUsedAt` may get before a use writes it again; idleness counts from that much later.
    public var touchInterval: Duration
    /// Ends the session whatever the use. A renewal doesn't move it.
    public var absoluteDeadline: Timestamp
    /// How long a tombstone is kept past the end: the explanation window and the largest clock skew.
    public var retention: Duration
    /// Whether the client keeps the cookie over a restart ("remember me").
    public var isPersistent: Bool

    public init(
        idleTimeout: Duration?, touchInterval: Duration, absoluteDeadline: Timestamp, retention: Duration,
        isPersistent: Bool
    ) {
        self.idleTimeout = idleTimeout
        self.touchInterval = touchInterval
        self.absoluteDeadline = absoluteDeadline
        self.retention = retention
        self.isPersistent = isPersistent
    }
}
