extension Session {
    /// Whether the user has been authenticated in a way, and in the last `duration` by the manager's clock.
    ///
    /// It is what a page asks that demands a fresh password. ``signIn(_:remember:timeouts:by:on:authenticatedAt:)`` and
    /// ``stepUp(timeouts:by:authenticatedAt:)`` record an authentication.
    /// - Parameters:
    ///   - duration: an authentication of exactly this age is too old; `nil` for any age
    ///   - method: how the user was authenticated; `nil` for any way
    /// - Returns: `false` for a visitor
    public func isAuthenticated(within duration: Duration? = nil, by method: Authentication.Method? = nil) -> Bool {
        guard principal != nil, let info else { return false }
        var moments = info.authentications.filter { method == nil || $0.method == method }.map(\.at)
        if method == nil, let authenticatedAt = info.authenticatedAt { moments.append(authenticatedAt) }
        let now = handle.manager.clock.now
        return moments.contains { moment in duration.map { now - moment < $0 } ?? true }
    }

    /// How well the user is authenticated now; `nil` for a visitor.
    ///
    /// In a session that is remembered when the browser closes, it sinks to ``AuthenticationLevel/remembered`` once the last
    /// authentication is as old as ``SessionConfiguration/timeouts`` let another session become in all.
    public var authenticationLevel: AuthenticationLevel? { authenticationLevel(within: nil) }

    private func authenticationLevel(within duration: Duration?) -> AuthenticationLevel? {
        guard principal != nil, let info else { return nil }
        let remembered = handle.manager.policy.timeouts.absolute
        let limit = info.isPersistent ? min(duration ?? remembered, remembered) : duration
        guard isAuthenticated(within: limit) else { return .remembered }
        let now = handle.manager.clock.now
        return info.authentications.filter { authentication in limit.map { now - authentication.at < $0 } ?? true }
            .level
    }

    /// Throws unless the user is authenticated as well and as lately as an act needs: for step-up authentication.
    ///
    /// ```swift
    /// try session.requireAuthentication(level: .aal1, within: .seconds(300), by: .password)
    /// ```
    /// ``stepUp(timeouts:by:authenticatedAt:)`` records the authentication that was missing. In Hummingbird,
    /// `RequireUserMiddleware` turns the refusal into a redirect to the page for that, with the way back; elsewhere it is a 401.
    /// - Parameters:
    ///   - level: what the user's authentications must reach together, those that are too old left out
    ///   - duration: an authentication of exactly this age is too old; `nil` for any age
    ///   - method: how the user must have been authenticated; `nil` for any way
    /// - Throws: ``SessionError/Code/noSession`` for a visitor; ``SessionError/Code/authenticationTooOld`` where the same was done
    ///   and is too old, ``SessionError/Code/authenticationInsufficient`` where more is needed than was ever done;
    ///   ``SessionError/Code/lowPrivilege`` for a session in a URL
    public func requireAuthentication(
        level: AuthenticationLevel = .aal1, within duration: Duration? = nil, by method: Authentication.Method? = nil
    ) throws(SessionError) {
        guard principal != nil, let info else {
            throw SessionError(.noSession, "this needs a signed-in user: sign in first")
        }
        try requireFullPrivilege()
        guard method == nil || isAuthenticated(by: method) else {
            throw SessionError(
                .authenticationInsufficient,
                "this needs an authentication by \(method?.rawValue ?? ""), and the user has had none in this session")
        }
        guard isAuthenticated(within: duration, by: method) else {
            throw SessionError(
                .authenticationTooOld,
                "this needs an authentication within \(duration ?? .zero), and the last one was at "
                    + "\(info.authenticatedAt.map { "\($0)" } ?? "an unknown time")")
        }
        let reached = authenticationLevel(within: duration) ?? .remembered
        guard reached < level else { return }
        let wasEnough = info.authentications.level >= level
        throw SessionError(
            wasEnough ? .authenticationTooOld : .authenticationInsufficient,
            "this needs an authentication of level \(level), and the user's is \(reached) now")
    }
}
