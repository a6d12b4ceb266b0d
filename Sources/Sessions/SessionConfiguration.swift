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

/// Everything that can be chosen about sessions. The defaults are safe; what can't be made safe is refused.
public struct SessionConfiguration: Sendable {
    /// Of a session that asks for nothing else.
    public var timeouts = SessionTimeouts.standard
    /// Of a session that is remembered.
    public var rememberedTimeouts = SessionTimeouts.remembered
    /// How stale the time of last use may get before a use writes it; a session stays usable that much longer.
    ///
    /// `nil` for a tenth of the idle timeout, at most a minute. Zero writes at each use.
    public var touchInterval: Duration?
    /// How often a session gets a new secret; `nil` for never but at sign-in and step-up.
    public var renewalInterval: Duration? = .minutes(15)
    /// How long after its issue a new secret must be presented to count as kept by the browser.
    public var renewalSettle: Duration = .seconds(60)
    /// How long the old secret works beside the new one, counted from when that was first seen.
    ///
    /// Requests and responses should be shorter than this.
    public var renewalOverlap: Duration = .seconds(120)
    /// How long holders of a token whose session ended are told why.
    public var explanationWindow: Duration = .hours(1)
    /// The largest difference between the clocks of servers that share a store.
    public var clockSkew: Duration = .seconds(5)
    /// Whether the return of an old secret after its overlap ends the session; it is reported either way.
    public var endsOnSuspectedTheft = true
    /// More sessions of one principal than this end, the oldest first; `nil` for no limit.
    public var maximumSessionsPerPrincipal: Int? = 100
    /// The store's own limits, for early and clear errors; the store checks again at commit.
    public var limits = SessionLimits()
    public var cookies = SessionCookies()
    /// The directives of `Clear-Site-Data` on the response that signs out; empty for no such field.
    public var clearSiteData: [String] = ["cache", "cookies", "storage"]
    /// The TLS proxies whose word on the client's scheme is believed.
    public var trustedProxies: [AddressRange] = []

    public init() {}
}

/// A configuration that has been checked, as the engine reads it.
struct SessionPolicy: Sendable {
    let timeouts: SessionTimeouts
    let rememberedTimeouts: SessionTimeouts
    let touchInterval: Duration?
    let renewalInterval: Duration?
    let settle: Duration
    let overlap: Duration
    let retention: Duration
    let clockSkew: Duration
    /// How long a superseded token is told so before it is simply no session.
    let supersededWindow: Duration = .seconds(60)

    init(_ configuration: SessionConfiguration) throws(SessionError) {
        func check(_ valid: Bool, _ message: @autoclosure () -> String) throws(SessionError) {
            if !valid { throw SessionError(.configuration, message()) }
        }
        for (name, timeouts) in [
            ("timeouts", configuration.timeouts), ("rememberedTimeouts", configuration.rememberedTimeouts),
        ] {
            try check(
                timeouts.absolute.milliseconds >= 1,
                "\(name).absolute is \(timeouts.absolute); it must be at least 1 ms")
            try check(
                timeouts.absolute <= .days(400),
                "\(name).absolute is \(timeouts.absolute); the limit is 400 days (RFC 6265bis 5.5)")
            try check(
                timeouts.idle.map { $0.milliseconds >= 1 } ?? true,
                "\(name).idle is \(timeouts.idle ?? .zero); it must be at least 1 ms, or nil")
            try check(
                timeouts.idle.map { $0 <= .days(400) } ?? true,
                "\(name).idle is \(timeouts.idle ?? .zero); the limit is 400 days")
        }
        for (name, duration) in [
            ("touchInterval", configuration.touchInterval ?? .zero), ("renewalSettle", configuration.renewalSettle),
            ("explanationWindow", configuration.explanationWindow), ("clockSkew", configuration.clockSkew),
        ] {
            try check(
                duration >= .zero && duration <= .days(400), "\(name) is \(duration); it must be between 0 and 400 days"
            )
        }
        try check(
            configuration.renewalInterval.map { $0.milliseconds >= 1 } ?? true,
            "renewalInterval is \(configuration.renewalInterval ?? .zero); it must be at least 1 ms, or nil for none")
        try check(
            configuration.renewalOverlap.milliseconds >= 1 && configuration.renewalOverlap <= .days(1),
            "renewalOverlap is \(configuration.renewalOverlap); it must be between 1 ms and a day")
        try check(
            configuration.maximumSessionsPerPrincipal.map { $0 >= 1 } ?? true,
            "maximumSessionsPerPrincipal is \(configuration.maximumSessionsPerPrincipal ?? 0); it must be at least 1, or nil"
        )
        try check(
            configuration.clearSiteData.allSatisfy {
                !$0.isEmpty
                    && $0.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x41...0x5a).contains($0) || $0 == 0x2a }
            },
            "clearSiteData takes names such as \"cache\", \"cookies\", \"storage\", or \"*\"")
        try configuration.cookies.validate()
        timeouts = configuration.timeouts
        rememberedTimeouts = configuration.rememberedTimeouts
        touchInterval = configuration.touchInterval
        renewalInterval = configuration.renewalInterval
        settle = configuration.renewalSettle
        overlap = configuration.renewalOverlap
        clockSkew = configuration.clockSkew
        retention = configuration.explanationWindow + configuration.clockSkew
    }

    func timeouts(isRemembered: Bool) -> SessionTimeouts { isRemembered ? rememberedTimeouts : timeouts }

    func lifetime(_ timeouts: SessionTimeouts, from now: Timestamp) -> SessionLifetime {
        // Coarse enough to make touches rare, fine enough not to stretch a short timeout.
        let touch = touchInterval ?? timeouts.idle.map { min($0 / 10, .seconds(60)) } ?? .seconds(60)
        return SessionLifetime(
            idleTimeout: timeouts.idle, touchInterval: touch, absoluteDeadline: now + timeouts.absolute,
            retention: retention, isPersistent: timeouts.isPersistent)
    }

    func isTouchDue(_ record: SessionRecord, at now: Timestamp) -> Bool {
        now > record.lastUsedAt && now >= record.lastUsedAt + record.lifetime.touchInterval
    }
}
