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

    /// NIST SP 800-63B-4, level AAL1 (section 2.1.3): 30 days in all, and no limit without use.
    public static var nistAAL1: Self { .init(idle: nil, absolute: .days(30)) }
    /// NIST SP 800-63B-4, level AAL2 (section 2.2.3): an hour unused with the touch interval of a minute, and 24 hours in all.
    public static var nistAAL2: Self { .init(idle: .minutes(59), absolute: .hours(24)) }
    /// NIST SP 800-63B-4, level AAL3 (section 2.3.3): 15 minutes unused with the touch interval of a minute, 12 hours in all.
    public static var nistAAL3: Self { .init(idle: .minutes(14), absolute: .hours(12)) }

    /// What OWASP's session management cheat sheet calls common for ``idle`` where much is at stake: 2 to 5 minutes.
    public static var owaspHighValueIdle: ClosedRange<Duration> { .minutes(2) ... .minutes(5) }
    /// What the same sheet calls common for ``idle`` where little is at stake: 15 to 30 minutes.
    public static var owaspLowRiskIdle: ClosedRange<Duration> { .minutes(15) ... .minutes(30) }
    /// What the same sheet gives as ``absolute`` for a day of work in an office: 4 to 8 hours.
    public static var owaspOfficeAbsolute: ClosedRange<Duration> { .hours(4) ... .hours(8) }

    /// A visitor's where users have `timeouts`: for no longer than theirs, and with cookies like theirs.
    static func visitor(within timeouts: Self) -> Self {
        let visitor = Self.visitor
        return .init(
            idle: [visitor.idle, timeouts.idle].compactMap(\.self).min(),
            absolute: min(visitor.absolute, timeouts.absolute), isPersistent: timeouts.isPersistent)
    }
}
