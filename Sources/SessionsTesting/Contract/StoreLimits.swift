extension SessionStoreContract {
    /// How much a store holds that the clauses of ``SessionStoreContract/limitClauses`` are verified against.
    public struct StoreLimits: Sendable, Hashable {
        /// The live sessions that it holds.
        public let maximumRecords: Int
        /// What they take together: the bytes of their names and JSON texts, and 400 each.
        public let maximumBytes: Int
        /// The share of both that only sessions of signed-in users use.
        public let reserve: Double
    }

    /// The limits of a store that ``limitClauses`` are verified against: 10 sessions and 10,000 bytes, a fifth reserved.
    public static let storeLimits = StoreLimits(maximumRecords: 10, maximumBytes: 10_000, reserve: 0.2)

    /// What a store with exact limits does at them; a store without such limits runs none of these.
    ///
    /// Each clause fills its store, so each wants an empty one of its own, made with ``storeLimits``.
    public static let limitClauses: [Clause] = limits
}
