import Synchronization

extension Session {
    /// Loads the session again without using it: afterwards it is what the store has now.
    ///
    /// It is for streams and sockets, which outlive the response's head. ``principal`` is `nil` once the user has signed
    /// out on any device, with ``explanation`` saying why, and once a sign-in or step-up in another tab has changed the
    /// token. Writes of this request are refused then.
    /// - Throws: ``SessionError/Code/unavailable`` when the store fails; the session stays what it was
    public func lookAgain() async throws(SessionError) {
        if !handle.tryTakeTurn() { await handle.takeTurn() }
        defer { handle.yieldTurn() }
        guard let id = handle.state.withLock({ $0.record?.id }) else { return }
        let now = handle.manager.clock.now
        let current = try await handle.manager.load(id, at: now, handle: handle)
        handle.state.withLock { $0.refresh(current, at: now) }
    }
}
