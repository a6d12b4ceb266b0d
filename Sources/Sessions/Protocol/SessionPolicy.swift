/// A configuration that has been checked, as the engine reads it.
///
/// An object, since a request asks it several times, and a copy costs more than the answer.
final class SessionPolicy: Sendable {
    let timeouts: SessionTimeouts
    let visitorTimeouts: SessionTimeouts
    let rememberedTimeouts: SessionTimeouts
    let touchInterval: Duration?
    let renewalInterval: Span?
    let settle: Span
    let overlap: Span
    /// How long after its arrival a request may still find a session whose idle timeout has passed since.
    ///
    /// An overlap, and no longer than the idle timeout itself or a minute: a site of short timeouts keeps little that is dead.
    let lateness: Duration
    /// When nothing can be judged by a previous digest any more, counted from when its successor was seen.
    let forgetAfter: Span
    let retention: Duration
    let clockSkew: Duration
    /// Of sessions whose token travels in URLs; `nil` where none does.
    let urlTimeouts: SessionTimeouts?
    /// How long a superseded token is told so before it is simply no session.
    let supersededWindow = Span(.seconds(60))

    init(_ configuration: SessionConfiguration) throws(SessionError) {
        func check(_ valid: Bool, _ message: @autoclosure () -> String) throws(SessionError) {
            if !valid { throw SessionError(.configuration, message()) }
        }
        let own = configuration.ownVisitorTimeouts.map { [("visitorTimeouts", $0)] } ?? []
        for (name, timeouts) in [
            ("timeouts", configuration.timeouts), ("rememberedTimeouts", configuration.rememberedTimeouts),
        ] + own {
            try timeouts.check(as: name, .configuration)
            if let touch = configuration.touchInterval, let idle = timeouts.idle {
                try check(
                    touch <= idle,
                    "touchInterval is \(touch), longer than \(name).idle of \(idle), which it would stretch to more than "
                        + "twice as long; a tenth of it is enough")
            }
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
        for proxy in configuration.trustedProxies {
            try check(
                !proxy.isWiderThanANetwork,
                "trustedProxies names \(proxy), so any client could say that it came over TLS; name the proxies' own "
                    + "addresses, at most an IPv4 /8 or an IPv6 /7")
        }
        try configuration.cookies.validate()
        try check(
            configuration.authenticationAge.map { $0.milliseconds >= 1 && $0 <= .days(400) } ?? true,
            "authenticationAge is \(configuration.authenticationAge ?? .zero); it must be between 1 ms and 400 days, or nil"
        )
        try configuration.urlTokens?.check(within: configuration)
        timeouts = configuration.timeouts
        visitorTimeouts = configuration.visitorTimeouts
        rememberedTimeouts = configuration.rememberedTimeouts
        touchInterval = configuration.touchInterval
        renewalInterval = configuration.renewalInterval.map { Span($0) }
        settle = Span(configuration.renewalSettle)
        overlap = Span(configuration.renewalOverlap)
        lateness = min(
            configuration.renewalOverlap, configuration.timeouts.idle.map { max($0, .seconds(60)) } ?? .days(1))
        forgetAfter = Span(configuration.renewalOverlap * 2 + configuration.clockSkew)
        clockSkew = configuration.clockSkew
        urlTimeouts = configuration.urlTokens.map { .init(idle: $0.idleTimeout, absolute: $0.absoluteTimeout) }
        retention = configuration.explanationWindow + configuration.clockSkew
    }

    func timeouts(isRemembered: Bool) -> SessionTimeouts { isRemembered ? rememberedTimeouts : timeouts }

    /// - Parameter carrier: a session whose token travels in URLs has shorter limits, and each use of it is written
    func lifetime(
        _ timeouts: SessionTimeouts, from now: Timestamp, for carrier: SessionRecord.Carrier
    ) -> SessionLifetime {
        if carrier == .url, let urlTimeouts {
            return SessionLifetime(
                idleTimeout: [timeouts.idle, urlTimeouts.idle].compactMap(\.self).min(), touchInterval: .zero,
                absoluteDeadline: now + min(timeouts.absolute, urlTimeouts.absolute), retention: retention,
                isPersistent: false)
        }
        // Coarse enough to make touches rare, fine enough not to stretch a short timeout.
        let touch = touchInterval ?? timeouts.idle.map { min($0 / 10, .seconds(60)) } ?? .seconds(60)
        return SessionLifetime(
            idleTimeout: timeouts.idle,
            // A visitor, and a sign-in that asks for it, may have less idleness than the interval was checked against.
            touchInterval: min(touch, timeouts.idle ?? touch), absoluteDeadline: now + timeouts.absolute,
            retention: retention, isPersistent: timeouts.isPersistent)
    }

    func isTouchDue(_ record: SessionRecord, at now: Timestamp) -> Bool {
        now > record.lastUsedAt && now >= record.touchDueAt
    }

    /// "End all" is remembered for a day, so credentials that were checked before can't be compared with it.
    ///
    /// - Throws: ``SessionError/Code/invalid`` for those, and for those that another clock may take for them
    func checkAge(ofAuthentication checkedAt: Timestamp, at now: Timestamp) throws(SessionError) {
        let limit = Duration.days(1) - min(clockSkew, .hours(1))
        guard checkedAt < now - limit else { return }
        throw SessionError(
            .invalid,
            "authenticatedAt is \(checkedAt), more than \(limit) ago; check the credentials again")
    }
}

extension SessionTimeouts {
    /// - Throws: `code` with the name and the limit that a timeout is over
    func check(as name: String, _ code: SessionError.Code) throws(SessionError) {
        func check(_ valid: Bool, _ message: @autoclosure () -> String) throws(SessionError) {
            if !valid { throw SessionError(code, message()) }
        }
        try check(absolute.milliseconds >= 1, "\(name).absolute is \(absolute); it must be at least 1 ms")
        try check(
            absolute <= .days(400), "\(name).absolute is \(absolute); the limit is 400 days (RFC 6265bis 5.5)")
        try check(
            idle.map { $0.milliseconds >= 1 } ?? true,
            "\(name).idle is \(idle ?? .zero); it must be at least 1 ms, or nil")
        try check(
            idle.map { $0 <= .days(400) } ?? true, "\(name).idle is \(idle ?? .zero); the limit is 400 days")
    }
}
