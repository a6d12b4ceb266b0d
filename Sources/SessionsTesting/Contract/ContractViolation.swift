/// A store did not keep a clause of ``SessionStoreContract``.
public struct ContractViolation: Error, Sendable {
    /// The name of the clause.
    public let clause: String
    public let expected: String
    public let seen: String

    public init(clause: String, expected: String, seen: String) {
        self.clause = clause
        self.expected = expected
        self.seen = seen
    }
}

extension ContractViolation: CustomStringConvertible {
    public var description: String { "\(clause): expected \(expected); saw \(seen)" }
}
