import Sessions

/// The timeouts of one kind of session.
struct SessionPolicyReport: Hashable {
    let name: String
    let idle: Duration?
    let absolute: Duration
    let touch: Duration
    let retention: Duration

    init(name: String, idle: Duration?, absolute: Duration, touch: Duration, retention: Duration) {
        self.name = name
        self.idle = idle
        self.absolute = absolute
        self.touch = touch
        self.retention = retention
    }

    init(_ record: SessionRecord) {
        let lifetime = record.lifetime
        // A sign-in begins the absolute timeout, some moments after the credentials were checked.
        let length = lifetime.absoluteDeadline - (record.authenticatedAt ?? record.createdAt)
        self.init(
            name: Self.name(isSignedIn: record.principal != nil, isPersistent: lifetime.isPersistent),
            idle: lifetime.idleTimeout, absolute: .seconds((length.milliseconds + 30_000) / 60_000 * 60),
            touch: lifetime.touchInterval, retention: lifetime.retention)
    }

    private static func name(isSignedIn: Bool, isPersistent: Bool) -> String {
        isSignedIn ? (isPersistent ? "users, remembered" : "users") : "visitors"
    }

    /// What a server's sessions have that configures nothing.
    static var defaults: [SessionPolicyReport] {
        let configuration = SessionConfiguration()
        let retention = configuration.explanationWindow + configuration.clockSkew
        return [
            ("visitors", configuration.visitorTimeouts), ("users", configuration.timeouts),
            ("users, remembered", configuration.rememberedTimeouts),
        ].map { name, timeouts in
            let touch = configuration.touchInterval ?? timeouts.idle.map { min($0 / 10, .minutes(1)) } ?? .minutes(1)
            return SessionPolicyReport(
                name: name, idle: timeouts.idle, absolute: timeouts.absolute, touch: touch, retention: retention)
        }
    }

    /// The highest authentication assurance level of NIST SP 800-63B-4 whose reauthentication timeouts these keep.
    var nist: String? {
        // An idle timeout is stale by the touch interval at most.
        let inactivity = idle.map { $0 + touch }
        for (level, longest, unused) in Self.levels where absolute <= longest {
            if let unused, inactivity.map({ $0 <= unused }) != true { continue }
            return level
        }
        return nil
    }

    /// Sections 2.1.3, 2.2.3 and 2.3.3: the overall timeout, and that of inactivity where there is one.
    private static let levels: [(String, Duration, Duration?)] = [
        ("AAL3", .hours(12), .minutes(15)), ("AAL2", .hours(24), .hours(1)), ("AAL1", .days(30), nil),
    ]
}
