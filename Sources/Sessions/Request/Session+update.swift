import Synchronization

/// Attributes that ``Session/save(_:)`` writes together.
public struct SessionEdits: Sendable {
    var edits: AttributeMap<SessionChanges.Edit> = [:]
    let limits: SessionLimits

    public mutating func set<Value>(_ key: SessionKey<Value>, _ value: Value) throws(SessionError) {
        let json = try AttributeCoding.encode(value, for: key)
        try AttributeCoding.check(key.name, json, limits: limits)
        edits[key.name] = .set(json: json)
    }

    public mutating func remove<Value>(_ key: SessionKey<Value>) throws(SessionError) {
        try AttributeCoding.check(key.name, nil, limits: limits)
        edits[key.name] = .remove
    }
}

extension Session {
    /// How often an update begins again because others wrote the attribute first. Each time, one of them succeeded.
    static let maximumAttempts = 1000

    /// Changes an attribute atomically in the store, at once, and returns what `body` returns.
    ///
    /// Linearizable with every other update of the attribute on every server, and never applied twice. `body` may run
    /// several times, so it only changes the value it is given. A value that this request has buffered for the attribute
    /// is built on and written with it.
    /// - Parameter fallback: what `body` starts from where there is no attribute
    public nonisolated(nonsending) func update<Value, Result>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value,
        _ body: (inout Value) throws -> Result
    ) async throws -> Result {
        try await change(key) { current in
            var value = current ?? fallback()
            let result = try body(&value)
            return (.set(json: try AttributeCoding.encode(value, for: key)), result)
        }
    }

    /// Removes an attribute atomically and returns it: of all requests that take it, one gets it.
    public nonisolated(nonsending) func take<Value>(_ key: SessionKey<Value>) async throws -> Value? {
        guard try value(key) != nil else { return nil }
        return try await change(key) { current in (current == nil ? nil : .remove, current) }
    }

    /// Leaves a message for the next page that asks with ``takeFlash()``.
    public nonisolated(nonsending) func flash(_ message: String) async throws {
        try await update(.flash, default: []) { $0.append(message) }
    }

    /// Returns the messages that were left and removes them: each is read once.
    public nonisolated(nonsending) func takeFlash() async throws -> [String] {
        try await take(.flash) ?? []
    }

    /// Writes `edits`, and what the request has buffered, at once and together; works while a response streams.
    ///
    /// - Throws: ``SessionError/Code/sealed`` where it would need a new session and the response head is out
    public nonisolated(nonsending) func save(
        _ body: (inout SessionEdits) throws -> Void = { _ in }
    ) async throws {
        var edits = SessionEdits(limits: handle.manager.configuration.limits)
        try body(&edits)
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        let (record, buffered) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.buffered)
        }
        var all = buffered
        all.merge(edits.edits)
        guard !all.isEmpty else { return }
        if let record {
            let now = handle.manager.clock.now
            var changes = SessionChanges(expectedGeneration: record.generation)
            changes.attributes = all
            changes.secretMove = handle.forgetting(record, at: now)
            try handle.settle(try await handle.commit(changes, to: record.id, at: now))
        } else {
            var attributes = SessionAttributes()
            for (name, edit) in all { attributes.apply(edit, to: name, revision: 1) }
            guard !attributes.isEmpty else { return }
            _ = try await handle.create(attributes: attributes, timeouts: handle.manager.configuration.timeouts)
        }
        handle.state.withLock { state in
            for (name, edit) in buffered where state.buffered[name] == edit { state.buffered[name] = nil }
        }
    }

    /// - Parameter decide: from the current value, the edit to make (`nil` for none) and what to return
    private nonisolated(nonsending) func change<Value, Result>(
        _ key: SessionKey<Value>, _ decide: (Value?) throws -> (SessionChanges.Edit?, Result)
    ) async throws -> Result {
        let manager = handle.manager
        try AttributeCoding.check(key.name, nil, limits: manager.configuration.limits)
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        let (found, buffered) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.buffered[key.name])
        }
        guard var record = found else {
            var current: Value?
            if case .set(let json) = buffered { current = try AttributeCoding.decode(json, for: key) }
            let (edit, result) = try decide(current)
            if case .set(let json) = edit {
                try AttributeCoding.check(key.name, json, limits: manager.configuration.limits)
                _ = try await handle.create(
                    attributes: .init([.init(name: key.name, json: json, revision: 1)]),
                    timeouts: manager.configuration.timeouts)
            }
            dropBuffered(key.name, buffered)
            return result
        }
        for _ in 0..<Self.maximumAttempts {
            let attribute = record.attributes[key.name]
            let current: Value? =
                switch buffered {
                case .set(let json): try AttributeCoding.decode(json, for: key)
                case .remove: nil
                case nil: try attribute.map { try AttributeCoding.decode($0, for: key) }
                }
            let (edit, result) = try decide(current)
            guard let edit = edit ?? (buffered == nil ? nil : .remove) else { return result }
            if case .set(let json) = edit {
                try AttributeCoding.check(key.name, json, limits: manager.configuration.limits)
            }
            let now = manager.clock.now
            var changes = SessionChanges(expectedGeneration: record.generation)
            changes.attributes = [key.name: edit]
            changes.expectedRevisions = [key.name: attribute?.revision ?? 0]
            changes.secretMove = handle.forgetting(record, at: now)
            let answer = try await handle.commit(changes, to: record.id, at: now)
            if case .conflict(let current) = answer {
                record = current
                continue
            }
            try handle.settle(answer)
            dropBuffered(key.name, buffered)
            return result
        }
        throw SessionError(
            .contention,
            "attribute \"\(key.name)\" was written by others \(Self.maximumAttempts) times during one update")
    }

    private func dropBuffered(_ name: String, _ edit: SessionChanges.Edit?) {
        handle.state.withLock { if $0.buffered[name] == edit { $0.buffered[name] = nil } }
    }
}

extension SessionHandle.State {
    /// The record that a write goes to, `nil` where it makes a session, or why there can't be a write.
    func writable() throws(SessionError) -> SessionRecord? {
        switch standing {
        case .nobody: return nil
        case .live(let record): return record
        case .superseded: throw .supersededToken
        case .unreachable(let error): throw error
        case .over(let end): throw .over(end)
        }
    }
}
