/// What every session store must do, as clauses that can be run against one.
///
/// ```swift
/// @Test(arguments: SessionStoreContract.allClauses)
/// func honours(_ clause: SessionStoreContract.Clause) async throws {
///     try await clause.verify(MyStore())
/// }
/// ```
///
/// A clause makes its own session IDs and principals, so one store can serve all of them, in any order, in parallel
/// and again. Only use a store made for tests: some clauses sweep it at moments in the future, which ends every real
/// session in it.
public enum SessionStoreContract {
    /// Every clause, by topic.
    public static let allClauses: [Clause] =
        creation + commit + ends + secrets + expiry + sweep + principals + sizes + names + concurrency
        + health + quarantine
}
