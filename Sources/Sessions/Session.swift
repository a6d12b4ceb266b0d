import Synchronization

/// The session of one request, loaded. A stranger has one too: reads find nothing, and the first write makes it real.
///
/// `set` and `remove` are buffered and written when the request finishes; `update`, `take`, `signIn`, `stepUp`, `renew`,
/// `end` and `save` act at once and return after the store has acknowledged.
public struct Session: Sendable {
    let handle: SessionHandle

    private func read<Value>(_ body: (SessionRecord?) -> Value) -> Value {
        handle.state.withLock { body($0.standing.record) }
    }

    /// The session's public name; `nil` for nobody's.
    public var id: SessionID? { read { $0?.id } }
    /// Who is signed in; `nil` for a visitor.
    public var principal: Principal? { read { $0?.principal } }
    public var authenticatedAt: Timestamp? { read { $0?.authenticatedAt } }
    public var createdAt: Timestamp? { read { $0?.createdAt } }
    public var lastUsedAt: Timestamp? { read { $0?.lastUsedAt } }
    /// When it ends if nobody uses it; it doesn't count the use that reads this.
    public var idleDeadline: Timestamp? { read { $0?.idleDeadline } }
    /// When it ends whatever the use.
    public var absoluteDeadline: Timestamp? { read { $0?.lifetime.absoluteDeadline } }

    /// `false` in what ``SessionHandle/sessionOrNobody()`` returns while the store is down: nothing is known of the visitor.
    public var isAvailable: Bool {
        handle.state.withLock { if case .unreachable = $0.standing { false } else { true } }
    }

    /// Why the session that this request's token named is over; `nil` when there was none or it lives.
    public var ended: SessionEnd? {
        handle.state.withLock {
            switch $0.standing {
            case .nobody(let end): end
            case .over(let end): end
            case .live, .superseded, .unreachable: nil
            }
        }
    }

    /// The names of all attributes, with this request's buffered writes, in byte order.
    public var attributeNames: [String] {
        handle.state.withLock { state in
            var attributes = state.standing.record?.attributes ?? .init()
            for (name, edit) in state.buffered { attributes.apply(edit, to: name, revision: 0) }
            return attributes.names
        }
    }

    /// Returns an attribute, as this request has written or found it.
    ///
    /// - Throws: ``SessionError/Code/corrupt`` when what is stored is no `Value`
    public func value<Value>(_ key: SessionKey<Value>) throws(SessionError) -> Value? {
        let (edit, attribute) = handle.state.withLock { state in
            let edit = state.buffered.isEmpty ? nil : state.buffered[key.name]
            return (edit, edit == nil ? state.standing.record?.attributes[key.name] : nil)
        }
        switch edit {
        case .set(let json): return try AttributeCoding.decode(json, for: key)
        case .remove: return nil
        case nil:
            guard let attribute else { return nil }
            return try AttributeCoding.decode(attribute, for: key)
        }
    }

    /// Returns an attribute or, where there is none, `fallback`.
    public func value<Value>(_ key: SessionKey<Value>, default fallback: @autoclosure () -> Value) throws(SessionError)
        -> Value
    {
        try value(key) ?? fallback()
    }

    /// Buffers a new value, written when the request finishes with a status below 500.
    ///
    /// Of two requests that set one attribute, the last to finish wins; use ``update(_:default:_:)`` to build on a value.
    /// - Throws: ``SessionError/Code/tooLarge``, ``SessionError/Code/superseded``, ``SessionError/Code/ended``, or
    ///   ``SessionError/Code/sealed`` once the response head is out
    public func set<Value>(_ key: SessionKey<Value>, _ value: Value) throws(SessionError) {
        try buffer(.set(json: AttributeCoding.encode(value, for: key)), as: key.name)
    }

    /// Buffers the removal of an attribute.
    public func remove<Value>(_ key: SessionKey<Value>) throws(SessionError) {
        try buffer(.remove, as: key.name)
    }

    /// Buffers the removal of an attribute by its name alone.
    public func remove(named name: String) throws(SessionError) {
        try buffer(.remove, as: name)
    }

    private func buffer(_ edit: SessionChanges.Edit, as name: String) throws(SessionError) {
        var json: String?
        if case .set(let text) = edit { json = text }
        let limits = handle.manager.configuration.limits
        try AttributeCoding.check(name, json, limits: limits)
        let isNobody = try handle.state.withLock { state throws(SessionError) -> Bool in
            guard state.phase == .open else {
                throw SessionError(
                    .sealed,
                    "the response head is out, so \"\(name)\" would not be stored: use update, or save with edits")
            }
            var isNobody = false
            switch state.standing {
            case .superseded: throw .supersededToken
            case .unreachable(let error): throw error
            case .over(let end): throw .over(end)
            case .nobody: isNobody = json != nil
            case .live: break
            }
            if json != nil {
                var attributes = state.standing.record?.attributes ?? .init()
                for (name, edit) in state.buffered { attributes.apply(edit, to: name, revision: 0) }
                attributes.apply(edit, to: name, revision: 0)
                if let excess = limits.excess(of: attributes) {
                    throw SessionError(.tooLarge, "the session would be too large: \(excess)")
                }
            }
            state.buffered[name] = edit
            return isNobody
        }
        if isNobody {
            do {
                try handle.checkNewTokenAllowed()
            } catch {
                handle.state.withLock { $0.buffered[name] = nil }
                throw error
            }
        }
    }
}

extension SessionAttributes {
    mutating func apply(_ edit: SessionChanges.Edit, to name: String, revision: UInt64) {
        switch edit {
        case .set(let json): set(.init(name: name, json: json, revision: revision))
        case .remove: remove(name)
        }
    }
}
