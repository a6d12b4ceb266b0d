import Synchronization

/// The session of one request, loaded; a client without one has an empty session, which its first write makes real.
///
/// ``set(_:to:)`` and ``remove(_:)`` are buffered and written when the request finishes. `update`,
/// `take`, `flash`, `signIn`, `stepUp`, `renew`, `end` and `save` act at once and return after the store has
/// acknowledged.
public struct Session: Sendable {
    let handle: SessionHandle

    /// What may be seen of the session, as this request has found or written it; `nil` where there is none.
    public var info: SessionInfo? { handle.state.withLock { $0.record.map { SessionInfo($0) } } }

    /// The session's public name; `nil` where there is no session.
    public var id: SessionID? { handle.state.withLock { $0.record?.id } }

    /// The signed-in user; `nil` for a visitor.
    public var principal: Principal? { handle.state.withLock { $0.record?.principal } }

    /// The address of the client that this request comes from, behind the trusted proxies; `nil` where there is none.
    public var clientAddress: NetworkAddress? { handle.clientAddress }

    /// `false` in what ``SessionHandle/sessionOrNobody()`` returns while the store is down: nothing is known of the visitor.
    public var isAvailable: Bool { handle.state.withLock { !$0.isUnreachable } }

    /// Lets this request make a visitor's session although another site sent it, such as a payment page.
    ///
    /// The visitor's own session, whose cookie doesn't come along, is replaced in the browser.
    public func acceptCrossSite() { handle.state.withLock { $0.acceptCrossSite() } }

    /// Lets caches keep this response where it is one that each stranger gets: with `Vary: Cookie` and no `no-store`.
    ///
    /// It counts only where the request brought no token, and none is made in it. Call it in a route whose page shows a
    /// stranger nothing of their own; how long it may be kept is for the route's `Cache-Control` to say.
    public func allowCachingForStrangers() { handle.state.withLock { $0.allowCaching() } }

    /// The names of all attributes, with this request's buffered writes, in byte order.
    public var attributeNames: [String] {
        handle.state.withLock { $0.attributes(with: $0.edits).names }
    }

    /// Returns an attribute, as this request has written or found it.
    ///
    /// - Throws: ``SessionError/Code/corrupt`` when what is stored is no `Value`
    public func value<Value>(_ key: SessionKey<Value>) throws(SessionError) -> Value? {
        let (edit, attribute) = handle.state.withLock { state in
            let edit = state.edit(of: key.name)
            return (edit, edit == nil ? state.attribute(key.name) : nil)
        }
        switch edit {
        case .set(let json): return try AttributeCoding.decode(json, for: key, report: handle.reportUnreadable)
        case .remove: return nil
        case nil:
            guard let attribute else { return nil }
            return try AttributeCoding.decode(attribute, for: key, report: handle.reportUnreadable)
        }
    }

    /// Returns an attribute or, where there is none, `fallback`.
    @inlinable
    public func value<Value>(
        _ key: SessionKey<Value>, default fallback: @autoclosure () -> Value
    ) throws(SessionError) -> Value {
        try value(key) ?? fallback()
    }

    /// Buffers a new value, written when the request finishes with a status below 500.
    ///
    /// Of two requests that set one attribute, the last to finish wins; use `update` to build on a value.
    /// - Throws: ``SessionError/Code/tooLarge``, ``SessionError/Code/superseded``, ``SessionError/Code/ended``, or
    ///   ``SessionError/Code/sealed`` once the response head is out
    public func set<Value>(_ key: SessionKey<Value>, to value: Value) throws(SessionError) {
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
        let limits = handle.manager.store.limits
        try AttributeCoding.check(name, edit, limits: limits)
        // A write that would have to make a session needs a way to send its token.
        if edit != .remove, handle.state.withLock({ $0.record == nil && $0.refusal == nil && !$0.isSealed }) {
            try handle.checkNewVisitorAllowed()
        }
        try handle.state.withLock { state throws(SessionError) in
            try state.buffer(edit, as: name, limits: limits)
        }
    }
}
