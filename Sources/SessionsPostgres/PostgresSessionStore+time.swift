#if Postgres
    public import Sessions
    import SessionsPostgresClient

    extension PostgresSessionStore: ClockedStore {
        /// Returns the time by PostgreSQL's clock, to the millisecond.
        public func time(of owner: SessionOwner) async throws(SessionError) -> Timestamp {
            let rows = try await rows(PostgresStatement(statements.time), "asking for the time")
            var reader = RowReader(rows, row: 0)
            return Timestamp(milliseconds: try reader.integer())
        }
    }
#endif
