import Synchronization

extension Session {
    /// How often an update begins again because others wrote the attribute first. Each time, one of them succeeded.
    static let maximumAttempts = 1000

    /// Changes an attribute atomically in the store, at once, and returns its new value.
    ///
    /// ```swift
    /// let visits = try await session.update(.visits, default: 0) { $0 += 1 }
    /// ```
    /// Linearizable with every other update of the attribute on every server, and never applied twice. `body` may run
    /// several times, so it only changes the value it is given. A value that this request has buffered for the attribute
    /// is built on and written with it.
    /// - Parameter fallback: what `body` starts from where there is no attribute
    @discardableResult
    public func update<Value>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, _ body: (inout Value) throws -> Void
    ) async throws -> Value {
        try await change(key) { current in
            Swift.Result {
                var value = current ?? fallback()
                try body(&value)
                return (.set(json: try AttributeCoding.encode(value, for: key)), value)
            }
        }.get()
    }

    /// Changes an attribute like the other `update`, and returns what `body` returns.
    public func update<Value, Result>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value, _ body: (inout Value) throws -> Result
    ) async throws -> Result {
        try await change(key) { current in
            Swift.Result {
                var value = current ?? fallback()
                let result = try body(&value)
                return (.set(json: try AttributeCoding.encode(value, for: key)), result)
            }
        }.get()
    }

    /// Removes an attribute atomically and returns it: of all requests that take it, one gets it.
    public func take<Value>(_ key: SessionKey<Value>) async throws(SessionError) -> Value? {
        guard try value(key) != nil else { return nil }
        return try await change(key) { current in
            Swift.Result<_, Never>.success((current == nil ? nil : .remove, current))
        }.get()
    }

    /// Leaves a message for the next page that asks with ``takeFlash()``.
    public func flash(_ text: String, kind: FlashMessage.Kind = .notice) async throws(SessionError) {
        let message = FlashMessage(text, kind: kind)
        try await change(.flash) { messages in
            Swift.Result { () throws(SessionError) in
                (.set(json: try AttributeCoding.encode((messages ?? []) + [message], for: .flash)), ())
            }
        }.get()
    }

    /// Returns the messages that were left and removes them: each is read once.
    public func takeFlash() async throws(SessionError) -> [FlashMessage] {
        try await take(.flash) ?? []
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
            var changes = SessionChanges(expectedGeneration: record.generation)
            changes.attributes = all
            changes.secretMove = handle.manager.policy.forgetting(record, at: now)
            try handle.accept(try await handle.commit(changes, to: record.id, at: now))
        } else {
            var attributes = SessionAttributes()
            for (name, edit) in all { attributes.apply(edit, to: name, revision: 1) }
            guard !attributes.isEmpty else { return }
            try await handle.create(attributes, timeouts: handle.manager.configuration.timeouts)
        }
        handle.state.withLock { $0.dropEdits(buffered) }
    }

    /// Reads, decides and writes until no other writer comes in between.
    ///
    /// - Parameter decide: from the current value, the edit to make (`nil` for none) and what to return, or why not
    private func change<Value, Result, Failure>(
        _ key: SessionKey<Value>, _ decide: (Value?) -> Swift.Result<(SessionChanges.Edit?, Result), Failure>
    ) async throws(SessionError) -> Swift.Result<Result, Failure> {
        let manager = handle.manager
        let limits = manager.store.limits
        try AttributeCoding.check(key.name, .remove, limits: limits)
        if !handle.turn.tryTake() { await handle.turn.take() }
        defer { handle.turn.yield() }
        let (found, buffered) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.edit(of: key.name))
        }
        var record = found
        for _ in 0..<Self.maximumAttempts {
            let attribute = record?.attributes[key.name]
            let current: Value? =
                switch buffered {
                case .set(let json): try AttributeCoding.decode(json, for: key)
                case .remove: nil
                case nil: try attribute.map { attribute throws(SessionError) in
                    try AttributeCoding.decode(attribute, for: key)
                }
                }
            let decided: SessionChanges.Edit?, result: Result
            switch decide(current) {
            case .failure(let error): return .failure(error)
            case .success(let success): (decided, result) = success
            }
            guard let edit = decided ?? (buffered == nil ? nil : .remove) else { return .success(result) }
            try AttributeCoding.check(key.name, edit, limits: limits)
            if let known = record {
                let now = manager.clock.now
                var changes = SessionChanges(expectedGeneration: known.generation)
                changes.attributes = [key.name: edit]
                changes.expectedRevisions = [key.name: attribute?.revision ?? 0]
                changes.secretMove = manager.policy.forgetting(known, at: now)
                let answer = try await handle.commit(changes, to: known.id, at: now)
                if case .conflict(let current) = answer {
                    record = current
                    continue
                }
                try handle.accept(answer)
            } else if case .set(let json) = edit {
                try await handle.create(
                    .init([.init(name: key.name, json: json, revision: 1)]),
                    timeouts: manager.configuration.timeouts)
            }
            if let buffered { handle.state.withLock { $0.dropEdits([key.name: buffered]) } }
            return .success(result)
        }
        throw SessionError(
            .contention,
            "attribute \"\(key.name)\" was written by others \(Self.maximumAttempts) times during one update")
    }
}
