#if Postgres
    import Sessions
    import SessionsPostgresClient

    extension PostgresCommands {
        /// Runs a statement, again where the server says that it took it back for the sake of others.
        func rows(
            _ statement: PostgresStatement, _ doing: StaticString, deadline: ContinuousClock.Instant
        ) async throws(SessionError) -> PostgresRows {
            while true {
                let answer: PostgresAnswer
                do {
                    answer = try await run(statement, deadline: deadline)
                } catch {
                    throw SessionError(postgres: error, while: doing)
                }
                switch answer {
                case .rows(let rows): return rows
                case .error(let error) where ["40001", "40P01"].contains(error.code) && .now < deadline: continue
                case .error(let error): throw SessionError(postgres: error, while: doing)
                }
            }
        }
    }
#endif
