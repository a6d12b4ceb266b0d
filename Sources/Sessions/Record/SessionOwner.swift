/// A principal of one realm: the key of a store's index by principal and of its watermarks.
public struct SessionOwner: Sendable, Hashable {
    public let realm: Realm
    public let principal: Principal

    /// Names the owner of sessions; the same principal in another realm is another owner.
    public init(realm: Realm, principal: Principal) {
        self.realm = realm
        self.principal = principal
    }
}

extension SessionOwner: CustomStringConvertible {
    public var description: String { "\(realm)/\(principal)" }
}
