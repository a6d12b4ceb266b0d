/// A principal of one realm: the key of a store's index of principals and of its watermarks.
public struct SessionOwner: Sendable, Hashable {
    /// The application that the principal belongs to.
    public let realm: Realm
    /// The user, as that application names them.
    public let principal: Principal

    /// Makes the owner of sessions; the same principal in another realm is another owner.
    public init(realm: Realm, principal: Principal) {
        self.realm = realm
        self.principal = principal
    }
}

extension SessionOwner: CustomStringConvertible {
    /// The realm and the principal, with a slash between them.
    public var description: String { "\(realm)/\(principal)" }
}
