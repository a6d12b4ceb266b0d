#if Postgres
    import SessionsPostgresClient

    /// Passes statements on, after something else was done or thrown.
    struct InterruptedCommands: PostgresCommands {
        let base: any PostgresCommands
        /// Is shown each statement before it is sent.
        let interrupt: @Sendable (PostgresStatement) throws(PostgresFailure) -> Void

        func run(
            _ statement: PostgresStatement, deadline: ContinuousClock.Instant
        ) async throws(PostgresFailure) -> PostgresAnswer {
            try interrupt(statement)
            return try await base.run(statement, deadline: deadline)
        }
    }
#endif
