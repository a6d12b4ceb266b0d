/// A question for a page of sessions.
public struct SessionQuery: Sendable {
    /// The part of a store that a query asks for.
    public enum Scope: Sendable, Hashable {
        /// The sessions of every realm in the store.
        case all
        /// The sessions of one realm.
        case realm(Realm)
        /// The sessions of one principal of one realm.
        case owner(SessionOwner)
    }

    /// The part of the store to list.
    public var scope: Scope
    /// The number of records a page, 1 to 1,000; a number outside counts as the nearest within.
    public var limit: Int { didSet { limit = Self.clamped(limit) } }
    /// The ``SessionPage/next`` of the page before; `nil` for the first page.
    public var cursor: String?
    /// Whether an owner's sessions that are over are listed too, for as long as they are kept.
    ///
    /// The other scopes list live sessions, whatever this says.
    public var includesEnded: Bool

    /// Makes a query.
    public init(_ scope: Scope, limit: Int = 100, after cursor: String? = nil, includesEnded: Bool = false) {
        self.scope = scope
        self.includesEnded = includesEnded
        self.limit = Self.clamped(limit)
        self.cursor = cursor
    }

    private static func clamped(_ limit: Int) -> Int { min(max(limit, 1), 1000) }
}

extension SessionQuery {
    /// Whether a record is one that the query asks for.
    public func wants(_ record: SessionRecord, at now: Timestamp) -> Bool {
        guard scope.covers(record) else { return false }
        if case .owner = scope, includesEnded { return true }
        return record.end(at: now) == nil
    }
}

extension SessionQuery.Scope {
    /// Whether a record is in the scope, whatever its state.
    public func covers(_ record: SessionRecord) -> Bool {
        switch self {
        case .all: true
        case .realm(let realm): record.realm == realm
        case .owner(let owner): record.owner == owner
        }
    }
}
