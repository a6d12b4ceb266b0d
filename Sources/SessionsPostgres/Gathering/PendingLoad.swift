#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// A session that a caller wants to have loaded.
    struct PendingLoad: Sendable {
        let id: SessionID
        let deadline: ContinuousClock.Instant
    }

    /// A row of an answer that may have others.
    struct LoadedRow: Sendable {
        let rows: PostgresRows
        let row: Int
    }
#endif
