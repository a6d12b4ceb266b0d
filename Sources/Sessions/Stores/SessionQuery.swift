/// Which live sessions to list.
public struct SessionQuery: Sendable {
    /// Whose sessions to list.
    public enum Scope: Sendable, Hashable {
        /// Those of every realm in the store.
        case all
        case realm(Realm)
        case owner(SessionOwner)
    }

    public var scope: Scope
    /// 1 to 1,000 records a page.
    public var limit: Int
    /// The `next` of the page before.
    public var cursor: String?

    public init(_ scope: Scope, limit: Int = 100, after cursor: String? = nil) {
        self.scope = scope
        self.limit = min(max(limit, 1), 1000)
        self.cursor = cursor
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
