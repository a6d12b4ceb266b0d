/// A store did not keep a clause of ``SessionStoreContract``.
public struct ContractViolation: Error, Sendable {
    /// The name of the clause.
    public let clause: String
    /// What the clause asks for.
    public let expected: String
    /// What the store did instead.
    public let seen: String

    /// Makes a violation, for a clause of your own.
    public init(clause: String, expected: String, seen: String) {
        self.clause = clause
        self.expected = expected
        self.seen = seen
    }
}

extension ContractViolation: CustomStringConvertible {
    /// The clause, what it expected and what was seen, in one line.
    public var description: String { "\(clause): expected \(expected); saw \(seen)" }
}
