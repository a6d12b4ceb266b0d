#if Postgres
    import SessionsPostgresClient

    /// Passes statements on, unless something else answers them.
    struct InterruptedCommands: PostgresCommands {
        typealias Interrupt =
            @Sendable (
                _ statement: PostgresStatement, _ deadline: ContinuousClock.Instant
            ) throws(PostgresFailure) -> PostgresAnswer?

        let base: any PostgresCommands
        /// Is shown each statement before it is sent, and answers it or returns `nil`.
        let interrupt: Interrupt

        func run(
            _ statement: PostgresStatement, deadline: ContinuousClock.Instant
        ) async throws(PostgresFailure) -> PostgresAnswer {
            if let answer = try interrupt(statement, deadline) { return answer }
            return try await base.run(statement, deadline: deadline)
        }
    }
#endif
