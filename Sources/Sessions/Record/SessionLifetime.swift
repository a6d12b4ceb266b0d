/// The limits of one session's life, kept in its record so that every server judges it alike.
public struct SessionLifetime: Sendable, Hashable {
    /// How long the session may stay unused; `nil` where only ``absoluteDeadline`` ends it.
    public var idleTimeout: Duration?
    /// How stale `lastUsedAt` may get before a use writes it; the session may stay unused that much longer.
    public var touchInterval: Duration
    /// When the session ends, however much it is used.
    ///
    /// A renewal doesn't move it; a sign-in and a step-up do.
    public var absoluteDeadline: Timestamp
    /// How long a tombstone is kept after the end: the explanation window and the largest clock skew.
    public var retention: Duration
    /// Whether the client keeps the cookie when the browser closes ("remember me").
    public var isPersistent: Bool

    /// Makes a lifetime from its parts, as a store has them.
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
