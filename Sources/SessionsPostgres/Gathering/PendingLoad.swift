#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// A session that a caller wants to have loaded.
    struct PendingLoad: GatheredCall {
        static let name: StaticString = "loads"
        static let doing: StaticString = "loading"

        let id: SessionID
        let deadline: ContinuousClock.Instant

        var byteCount: Int { 20 }
    }

    /// A row of an answer that may have others.
    struct LoadedRow: Sendable {
        let rows: PostgresRows
        let row: Int
    }
#endif
