/// What the updates that share a commit have decided so far.
struct UpdateDraft: Sendable {
    /// The record as the store returned it last, which the commit is fenced by.
    let base: SessionRecord
    /// The base's attributes as the commit would leave them.
    private(set) var attributes: SessionAttributes
    /// The number of updates that have added something.
    private(set) var count = 0
    private var edits: AttributeMap<SessionChanges.Edit> = [:]

    init(on base: SessionRecord) {
        self.base = base
        attributes = base.attributes
    }

    var isEmpty: Bool { count == 0 }

    /// Adds what one more update has decided on ``attributes``.
    ///
    /// - Returns: `false`, with nothing added, where the session would be too large together with what others have decided:
    ///   alone the update may fit
    mutating func add(_ new: AttributeMap<SessionChanges.Edit>, limits: SessionLimits) -> Bool {
        var edited = attributes
        for (name, edit) in new { edited.apply(edit, to: name, revision: base.attributes.revision(of: name)) }
        if !isEmpty, limits.excess(of: edited) != nil { return false }
        attributes = edited
        edits.merge(new)
        count += 1
        return true
    }

    /// Has a commit of the base make all of it, fenced by what each attribute was in the base.
    func add(to changes: inout SessionChanges) {
        changes.attributes = edits
        for (name, _) in edits { changes.expectedRevisions[name] = base.attributes.revision(of: name) }
    }
}
