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
    /// is built on and written with it.
    /// - Parameters:
    ///   - key: the attribute
    ///   - fallback: what `body` starts from where there is no attribute
    ///   - message: left for the next page by the same write, as ``flash(_:kind:)`` does, if the session has room for it
    ///   - body: makes the new value of the old one
    @discardableResult
    public func update<Value>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, flash message: FlashMessage? = nil,
        _ body: (inout Value) throws -> Void
    ) async throws -> Value {
        var changed: Value?
        try await change(key.name, leaving: message) { current in
            var value = try current.value(of: key) ?? fallback()
            try body(&value)
            let json = try AttributeCoding.encode(value, for: key)
            changed = value
            return .set(json: json)
        }
        return changed!
    }

    /// Changes an attribute like the other `update`, and returns what `body` returns.
    public func update<Value, Result>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, flash message: FlashMessage? = nil,
        _ body: (inout Value) throws -> Result
    ) async throws -> Result {
        var result: Result?
        try await change(key.name, leaving: message) { current in
            var value = try current.value(of: key) ?? fallback()
            let returned = try body(&value)
            let json = try AttributeCoding.encode(value, for: key)
            result = returned
            return .set(json: json)
        }
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
        if !handle.turn.tryTake() { await handle.turn.take() }
        defer { handle.turn.yield() }
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
            if !attributes.isEmpty {
                try await handle.create(attributes, timeouts: handle.manager.configuration.timeouts)
            }
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

    /// Reads, decides and writes until no other writer comes in between.
    ///
    /// Without generic parameters, since their metadata would be made anew at each call.
    /// - Parameters:
    ///   - message: what the same write leaves for the next page
    ///   - decide: from the current value, the edit to make; `nil` for none
    private func change(
        _ name: String, leaving message: FlashMessage? = nil, _ decide: (CurrentValue) throws -> SessionChanges.Edit?
    ) async throws {
        let manager = handle.manager
        let limits = manager.store.limits
        try AttributeCoding.check(name, .remove, limits: limits)
        if !handle.turn.tryTake() { await handle.turn.take() }
        defer { handle.turn.yield() }
        var (live, buffered) = try handle.state.withLock { state throws(SessionError) in
            (try state.writableSession(), state.edit(of: name))
        }
        let flash = SessionKey<[FlashMessage]>.flash.name
        var message = message
        for _ in 0..<Self.maximumAttempts {
            let attribute = live?.record.attributes[name]
            let current = CurrentValue(buffered: buffered, stored: attribute, live: live, handle: handle)
            let decided = try decide(current)
            guard let edit = decided ?? (buffered == nil ? nil : .remove) else { return }
            try AttributeCoding.check(name, edit, limits: limits)
            var left: SessionChanges.Edit?
            if let message {
                var attributes = current.attributes
                attributes.apply(edit, to: name, revision: 0)
                left = try message.added(to: attributes, limits: limits)
            }
            if let known = live {
                let now = manager.clock.now
                var changes = handle.changes(to: known.record, at: now)
                changes.attributes = .init(name, edit)
                changes.expectedRevisions = .init(name, attribute?.revision ?? 0)
                if let left {
                    changes.attributes[flash] = left
                    changes.expectedRevisions[flash] = known.record.attributes.revision(of: flash)
                }
                changes.secretMove = manager.policy.forgetting(known.record, at: now)
                let answer =
                    if let store = manager.calls.immediate {
                        try store.commitNow(changes, to: known.record.id, at: now)
                    } else {
                        try await handle.commit(changes, to: known.record.id, at: now)
                    }
                if case .conflict(let current) = answer {
                    live = .init(current, known.secret)
                    continue
                }
                if case .tooLarge = answer, left != nil {
                    // Another request has filled the session: the change goes before the message.
                    message = nil
                    continue
                }
                try handle.accept(answer)
            } else if case .set(let json) = edit {
                var attributes = SessionAttributes([.init(name: name, json: json, revision: 1)])
                if let left { attributes.apply(left, to: flash, revision: 1) }
                try await handle.create(attributes, timeouts: manager.configuration.timeouts)
            }
            if let buffered { handle.state.withLock { $0.dropEdits([name: buffered]) } }
            if left != nil, let late = handle.state.withLock({ $0.edit(of: flash) }) {
                handle.state.withLock { $0.dropEdits([flash: late]) }
            }
            return
        }
        throw SessionError(
            .contention, "attribute \"\(name)\" was written by others \(Self.maximumAttempts) times during one update")
    }
}

/// What an update builds on: what the request has buffered, or what is stored.
struct CurrentValue {
    let buffered: SessionChanges.Edit?
    let stored: SessionAttributes.Attribute?
    fileprivate let live: RequestState.Live?
    fileprivate let handle: SessionHandle

    /// All attributes as the request would leave them.
    var attributes: SessionAttributes {
        var attributes = live?.record.attributes ?? .init()
        for (name, edit) in handle.state.withLock({ $0.edits }) { attributes.apply(edit, to: name, revision: 0) }
        return attributes
    }

    func value<Value>(of key: SessionKey<Value>) throws(SessionError) -> Value? {
        switch buffered {
        case .set(let json): return try AttributeCoding.decode(json, for: key, report: handle.reportUnreadable)
        case .remove: return nil
        case nil:
            guard let stored else { return nil }
            return try AttributeCoding.decode(stored, for: key, report: handle.reportUnreadable)
        }
    }
}
