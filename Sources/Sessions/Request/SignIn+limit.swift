import Synchronization

// The limit on a user's sessions, where it refuses a sign-in.
//
// A sign-in is committed before it counts, then looks at the user's sessions, and stands only if they are within the limit.
// Of several that are over it together, each sees at least those that were committed before it looked. So the last one to
// look sees all of them, and they can't all stand.
extension SignIn {
    private var limit: Int? {
        manager.configuration.sessionLimitAction == .endLeastRecentlyUsed
            ? nil : manager.configuration.maximumSessionsPerPrincipal
    }

    /// Refuses a sign-in before it has changed anything: the usual case.
    func requireRoom() async throws(SessionError) {
        guard let limit else { return }
        let live = try await manager.records(of: principal, at: manager.clock.now)
        if live.count >= limit { throw refusal(live, limit: limit) }
    }

    /// Sees whether a sign-in that has been written is within the limit, and ends its session if not.
    ///
    /// The sign-ins that come first are to stand, and of those only: one that comes later ends itself at once. One that comes
    /// first looks again, since the others are about to end. A session that came later and stands all the same was there before
    /// this one was written, and is in use: so this one gives way in the end.
    /// - Returns: the refusal, once the session is over; `nil` where the sign-in stands
    func giveWay() async throws(SessionError) -> SessionError? {
        guard let limit, let own = handle.state.withLock({ $0.record }) else { return nil }
        var others: [SessionRecord] = []
        for look in 0..<manager.looks.count {
            if look > 0, manager.looks.pause > .zero { try? await Task.sleep(for: manager.looks.pause * min(look, 10)) }
            let live = try await manager.records(of: principal, at: manager.clock.now)
            guard live.count > limit else { return nil }
            others = live.filter { $0.id != own.id }
            if others.count(where: { $0.signIn < own.signIn }) >= limit { break }
        }
        let end = try await handle.endRecord(own, reason: .limit, at: manager.clock.now)
        guard end?.reason == .limit else {
            throw end.map { .over($0) } ?? .supersededToken
        }
        return refusal(others, limit: limit)
    }

    /// Goes on with what the visitor had before a sign-in that gave way: in a session of their own, with a token of its own.
    ///
    /// Nothing was written since by any user, because no client had the sign-in's token.
    func goBack(to attributes: SessionAttributes) async {
        handle.state.withLock { $0.giveUpSignIn() }
        guard !attributes.isEmpty else { return }
        // The sign-in is refused either way; a visitor's session that can't be made is a loss that the store reports.
        _ = try? await handle.create(attributes.written(in: 1))
    }

    private func refusal(_ live: [SessionRecord], limit: Int) -> SessionError {
        let isAsking = manager.configuration.sessionLimitAction == .ask
        let sessions = isAsking ? live.map { SessionInfo($0) }.newestFirst : []
        let error = SessionError(
            .tooManySessions,
            "the user has \(live.count) sessions and may have \(limit) (maximumSessionsPerPrincipal); one must end before "
                + "another sign-in", cause: isAsking ? SessionLimitReached(sessions: sessions) : nil)
        manager.report(.signInRefused, principal: principal, error: error, handle: handle)
        return error
    }
}
