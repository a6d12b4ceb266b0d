public import Sessions

extension SQLiteSessionStore: CountingStore {
    /// Returns how many sessions the file has, which its triggers keep right.
    public func count() async throws(SessionError) -> SessionCount {
        try await loads.read("counting") { transaction in
            SessionCount(sessions: try TotalTable.fetch(in: transaction.db).records, isExact: true)
        }
    }
}
