#if Postgres
    import Sessions
    import SessionsPostgresClient
    import Testing

    @testable import SessionsPostgres

    @Suite("What PostgreSQL's errors mean", .timeLimit(.minutes(10)))
    struct ServerErrorTests {
        private static let readOnly = "it is a replica or read-only; the URL must name the primary"
        private static let tables =
            "the tables are gone or of another version; start the server anew, which looks at them"

        @Test(
            "An error of the server has the meaning of its code, and the advice that belongs to it",
            arguments: [
                ("22P05", .invalid, "PostgreSQL keeps no NUL in texts: take it out of the value"),
                ("22021", .invalid, "PostgreSQL keeps no NUL in texts: take it out of the value"),
                ("22P02", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("22003", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("54001", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("54000", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("22008", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("22030", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("22032", .invalid, "PostgreSQL can't keep the value as jsonb"),
                ("25006", .unavailable, readOnly),
                (
                    "42501", .unavailable,
                    "the role may not do this; see the store's page for the privileges that it needs"
                ),
                ("42P01", .unavailable, tables), ("3F000", .unavailable, tables), ("42703", .unavailable, tables),
                ("53100", .unavailable, "its disk is full; free some space there"),
                ("53200", .unavailable, "its memory is full"),
                ("53300", .unavailable, "raise max_connections, or lower the pool's maximumConnections"),
                ("55P03", .unavailable, "another transaction holds the row; pg_stat_activity names it"),
                (
                    "57014", .unavailable,
                    "it took longer than statement_timeout; pg_stat_activity says what it waits for"
                ),
                ("40001", .unavailable, "other transactions came in between at every attempt"),
                ("40P01", .unavailable, "other transactions came in between at every attempt"),
                ("XX001", .corrupt, "its files are damaged; restore a backup"),
                ("XX002", .corrupt, "its files are damaged; restore a backup"),
                ("XX000", .unavailable, nil), ("22012", .unavailable, nil), ("", .unavailable, nil),
            ] as [(String, SessionError.Code, String?)])
        func meaning(_ state: String, _ code: SessionError.Code, _ advice: String?) {
            let cause = PostgresServerError(code: state, message: "said so", server: "h:1")
            let error = SessionError(postgres: cause, while: "loading")
            #expect(error.code == code && error.concernsStore == (code == .corrupt))
            #expect(
                error.message == "PostgreSQL at h:1 refused, while loading: said so (\(state))"
                    + (advice.map { "; \($0)" } ?? ""))
            #expect(error.cause as? PostgresServerError == cause)
        }

        @Test("A server that isn't known is named without its address, and what it says is cut at 300 characters")
        func unnamed() {
            for (count, shown) in [(300, 300), (301, 300)] {
                let cause = PostgresServerError(code: "XX000", message: String(repeating: "x", count: count))
                let error = SessionError(postgres: cause, while: "loading")
                let text = String(repeating: "x", count: shown)
                #expect(error.message == "PostgreSQL refused, while loading: \(text) (XX000)")
            }
        }

        @Test("An error says in words which server said it, and a failure whether something may have been applied")
        func descriptions() {
            let (near, far) = (
                PostgresServerError(code: "40001", message: "said so"),
                PostgresServerError(code: "40001", message: "said so", server: "h:1")
            )
            #expect("\(near)" == "PostgreSQL: said so (40001)" && "\(far)" == "PostgreSQL at h:1: said so (40001)")
            let (unknown, notApplied) = (PostgresFailure(.unknown, "lost"), PostgresFailure(.notApplied, "lost"))
            #expect("\(unknown)" == "lost (the statement may have been applied)" && "\(notApplied)" == "lost")
            let error = SessionError(postgres: unknown, while: "committing")
            #expect(error.code == .unavailable && error.message == "lost, while committing")
            #expect((error.cause as? PostgresFailure)?.outcome == .unknown)
        }
    }
#endif
