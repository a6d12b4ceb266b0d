/// Attributes that ``Session/save(_:)`` writes together.
public struct SessionEdits: Sendable {
    private(set) var edits: AttributeMap<SessionChanges.Edit> = [:]
    let limits: SessionLimits

    init(limits: SessionLimits) {
        self.limits = limits
    }

    /// Adds a new value.
    ///
    /// - Throws: ``SessionError/Code/invalid`` or ``SessionError/Code/tooLarge``, as ``Session/set(_:to:)``
    public mutating func set<Value>(_ key: SessionKey<Value>, to value: Value) throws(SessionError) {
        let edit = SessionChanges.Edit.set(json: try AttributeCoding.encode(value, for: key))
        try AttributeCoding.check(key.name, edit, limits: limits)
        edits[key.name] = edit
    }

    /// Adds the removal of an attribute.
    public mutating func remove<Value>(_ key: SessionKey<Value>) throws(SessionError) {
        try AttributeCoding.check(key.name, .remove, limits: limits)
        edits[key.name] = .remove
    }
}
