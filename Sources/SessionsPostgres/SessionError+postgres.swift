#if Postgres
    import Sessions
    import SessionsPostgresClient

    extension SessionError {
        /// No answer came.
        init(postgres failure: PostgresFailure, while doing: StaticString, file: String = #fileID, line: Int = #line) {
            self.init(.unavailable, "\(failure.message), while \(doing)", cause: failure, file: file, line: line)
        }

        /// The server answered with an error, so nothing was applied.
        init(postgres error: PostgresServerError, while doing: StaticString, file: String = #fileID, line: Int = #line)
        {
            let server = error.server.map { "PostgreSQL at \($0)" } ?? "PostgreSQL"
            let (code, advice) = Self.meaning(of: error.code)
            self.init(
                code,
                "\(server) refused, while \(doing): \(error.message.prefix(300)) (\(error.code))"
                    + (advice.map { "; \($0)" } ?? ""), cause: error, concernsStore: code == .corrupt, file: file,
                line: line)
        }

        private static func meaning(of state: String) -> (code: Code, advice: String?) {
            switch state {
            case "22P05", "22021":
                (.invalid, "PostgreSQL keeps no NUL in texts: take it out of the value")
            case "22P02", "22003", "54001", "54000", "22008", "22030", "22032":
                (.invalid, "PostgreSQL can't keep the value as jsonb")
            case "25006": (.unavailable, "it is a replica or read-only; the URL must name the primary")
            case "42501":
                (.unavailable, "the role may not do this; see the store's page for the privileges that it needs")
            case "42P01", "3F000", "42703":
                (.unavailable, "the tables are gone or of another version; start the server anew, which looks at them")
            case "53100": (.unavailable, "its disk is full; free some space there")
            case "53200": (.unavailable, "its memory is full")
            case "53300": (.unavailable, "raise max_connections, or lower the pool's maximumConnections")
            case "55P03": (.unavailable, "another transaction holds the row; pg_stat_activity names it")
            case "57014":
                (.unavailable, "it took longer than statement_timeout; pg_stat_activity says what it waits for")
            case "40001", "40P01": (.unavailable, "other transactions came in between at every attempt")
            case "XX001", "XX002": (.corrupt, "its files are damaged; restore a backup")
            default: (.unavailable, nil)
            }
        }
    }
#endif
