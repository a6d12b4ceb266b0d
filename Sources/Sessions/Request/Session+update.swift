import Synchronization

extension Session {
    /// How often an update begins again because others wrote the attribute first.
    ///
    /// Each time, one of them succeeded.
    static let maximumAttempts = 1000

    /// Changes an attribute atomically in the store, at once, and returns its new value.
    ///
    /// ```swift
    /// let visits = try await session.update(.visits, default: 0) { $0 += 1 }
    /// ```
    /// Linearizable with every other update of the attribute on every server, and never applied twice. `body` may run
    /// several times, so it only changes the value it is given. A value that this request has buffered for the attribute
    /// is built on and written with it. Updates of the session on this server wait for each other, up to a thousand.
    /// - Parameters:
    ///   - key: the attribute
    ///   - fallback: what `body` starts from where there is no attribute
    ///   - message: left for the next page by the same write, as ``flash(_:kind:)`` does, if the session has room for it
    ///   - body: makes the new value of the old one
    @discardableResult
    @inlinable
    public func update<Value>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, flash message: FlashMessage? = nil,
        _ body: (inout Value) throws -> Void
    ) async throws -> Value {
        var changed: Value?
        try await change(key, default: fallback(), leaving: message) { value in
            try body(&value)
            changed = value
        }
        return changed!
    }

    /// Changes an attribute like the other `update`, and returns what `body` returns.
    @inlinable
    public func update<Value, Result>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, flash message: FlashMessage? = nil,
        _ body: (inout Value) throws -> Result
    ) async throws -> Result {
        var result: Result?
        try await change(key, default: fallback(), leaving: message) { result = try body(&$0) }
        return result!
    }

    /// Removes an attribute atomically and returns it: of all requests that take it, one gets it.
    public func take<Value>(_ key: SessionKey<Value>) async throws(SessionError) -> Value? {
        guard try value(key) != nil else { return nil }
        var taken: Value?
        try await changeOwn(key.name) { current throws(SessionError) in
            taken = try current.value(of: key)
            return taken == nil ? nil : .remove
        }
        return taken
    }

    /// Writes `edits`, and what the request has buffered, at once and together; works while a response streams.
    ///
    /// - Throws: ``SessionError/Code/sealed`` where it would need a new session and the response head is out
    public func save(_ body: (inout SessionEdits) throws -> Void = { _ in }) async throws {
        var edits = SessionEdits(limits: handle.manager.store.limits)
        try body(&edits)
        if !handle.tryTakeTurn() { await handle.takeTurn() }
        defer { handle.yieldTurn() }
        let (record, buffered) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.edits)
        }
        var all = buffered
        all.merge(edits.edits)
        guard !all.isEmpty else { return }
        if let record {
            let now = handle.manager.clock.now
            var changes = handle.changes(to: record, at: now)
            changes.attributes = all
            changes.secretMove = handle.manager.policy.forgetting(record, at: now)
            try handle.accept(try await handle.commit(changes, to: record.id, at: now))
        } else {
            var attributes = SessionAttributes()
            for (name, edit) in all { attributes.apply(edit, to: name, revision: 1) }
            if !attributes.isEmpty { try await handle.create(attributes) }
        }
        handle.state.withLock { $0.dropEdits(buffered) }
    }

    /// ``change(_:_:)`` where no code of the application's runs.
    func changeOwn(
        _ name: String, _ decide: (CurrentValue) throws(SessionError) -> SessionChanges.Edit?
    ) async throws(SessionError) {
        do {
            try await change(name, decide)
        } catch {
            guard let error = error as? SessionError else { preconditionFailure("\(error)") }
            throw error
        }
    }

    @usableFromInline
    func change<Value>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, leaving message: FlashMessage?,
        _ body: (inout Value) throws -> Void
    ) async throws {
        try await change(key.name, leaving: message) { current in
            var value = try current.value(of: key) ?? fallback()
            try body(&value)
            return .set(json: try AttributeCoding.encode(value, for: key))
        }
    }

    /// Reads, decides and writes until no other writer comes in between.
    ///
    /// Without generic parameters, since their metadata would be made anew at each call.
    /// - Parameters:
    ///   - message: what the same write leaves for the next page
    ///   - decide: from the current value, the edit to make; `nil` for none
    private func change(
        _ name: String, leaving message: FlashMessage? = nil, _ decide: (CurrentValue) throws -> SessionChanges.Edit?
    ) async throws {
        try AttributeCoding.check(name, .remove, limits: handle.manager.store.limits)
        if !handle.tryTakeTurn() { await handle.takeTurn() }
        defer { handle.yieldTurn() }
        let (live, buffered) = try handle.state.withLock { state throws(SessionError) in
            (try state.writableSession(), state.edit(of: name))
        }
        let update = AttributeUpdate(handle: handle, name: name, buffered: buffered, message: message)
        if let live {
            if let store = handle.manager.calls.immediate {
                try update.write(live, to: store, decide)
            } else {
                try await update.write(live, in: handle.manager.updates, decide)
            }
        } else {
            try await update.make(decide)
        }
    }
}
