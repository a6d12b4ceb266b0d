/// How long sessions live. Both limits hold at once; either one ends the session (NIST SP 800-63B-4, 5.2).
public struct SessionTimeouts: Sendable, Hashable {
    /// No use for this long; `nil` for the absolute limit alone.
    public var idle: Duration?
    /// The whole life, whatever the use; a re-authentication starts it again. At most 400 days.
    public var absolute: Duration
    /// Whether the browser keeps the cookie when it closes.
    public var isPersistent: Bool

    public init(idle: Duration?, absolute: Duration, isPersistent: Bool = false) {
        self.idle = idle
        self.absolute = absolute
        self.isPersistent = isPersistent
    }

    /// 30 minutes idle, 12 hours in all, and no longer than the browser.
    public static var standard: Self { .init(idle: .minutes(30), absolute: .hours(12)) }
    /// "Remember me": 14 days idle, 30 days in all, kept over a restart of the browser.
    public static var remembered: Self { .init(idle: .days(14), absolute: .days(30), isPersistent: true) }
}
