import Synchronization

/// What an update builds on: what the request has buffered, or what is stored.
struct CurrentValue {
    let buffered: SessionChanges.Edit?
    let stored: SessionAttributes.Attribute?
    /// What is stored under every name.
    private let all: SessionAttributes
    private let handle: SessionHandle

    init(_ name: String, in all: SessionAttributes, buffered: SessionChanges.Edit?, handle: SessionHandle) {
        self.buffered = buffered
        stored = all[name]
        self.all = all
        self.handle = handle
    }

    /// All attributes as the request would leave them.
    var attributes: SessionAttributes {
        var attributes = all
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
