/// The idle and absolute timeouts that a session is made with; whichever passes first ends it.
///
/// The source is NIST SP 800-63B-4, section 5.2.
public struct SessionTimeouts: Sendable, Hashable {
    /// How long a session may stay unused, 1 ms to 400 days; `nil` where only ``absolute`` ends it.
    public var idle: Duration?
    /// How long a session lives, however much it is used: 1 ms to 400 days.
    ///
    /// A sign-in and a step-up start it again.
    public var absolute: Duration
    /// Whether the browser keeps the cookie when it closes.
    public var isPersistent: Bool

    /// Makes a pair of timeouts, which ``SessionManager`` checks when it is made.
    public init(idle: Duration?, absolute: Duration, isPersistent: Bool = false) {
        self.idle = idle
        self.absolute = absolute
        self.isPersistent = isPersistent
    }

    /// 30 minutes unused, 12 hours in all, and no longer than the browser is open.
    public static var standard: Self { .init(idle: .minutes(30), absolute: .hours(12)) }
    /// A visitor's: 20 minutes unused, 8 hours in all, so that what strangers leave behind is gone sooner.
    public static var visitor: Self { .init(idle: .minutes(20), absolute: .hours(8)) }
    /// "Remember me": 14 days unused, 30 days in all, kept when the browser closes.
    public static var remembered: Self { .init(idle: .days(14), absolute: .days(30), isPersistent: true) }

    /// A visitor's where users have `timeouts`: for no longer than theirs, and with cookies like theirs.
    static func visitor(within timeouts: Self) -> Self {
        let visitor = Self.visitor
        return .init(
            idle: [visitor.idle, timeouts.idle].compactMap(\.self).min(),
            absolute: min(visitor.absolute, timeouts.absolute), isPersistent: timeouts.isPersistent)
    }
}
