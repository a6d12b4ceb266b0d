extension Session {
    /// Whether the user has been authenticated in a way, and in the last `duration` by the manager's clock.
    ///
    /// It is what a page asks that demands a fresh password. ``signIn(_:remember:timeouts:by:authenticatedAt:)`` and
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
}
