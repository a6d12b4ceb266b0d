#if Postgres
    import PostgresServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Testing

    @testable import SessionsPostgres

    /// What a check of the health finds out; that it leaves nothing is a clause of the contract.
    @Suite("The health of the PostgreSQL store", .timeLimit(.minutes(10)))
    struct HealthTests {
        @Test(
            "A check fails where the role has lost a privilege that requests need, and passes when it has it again",
            arguments: ["sessions", "session_watermarks"])
        func privileges(_ table: String) async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try server.sql(try PostgresSessionStore.migration(), in: database)
            let role = try await TestPostgres.role(grantedIn: "public", of: database)
            let store = try await PostgresSessionStore(
                url: server.url(database, user: role), configuration: SharedStores.patient)
            for privilege in ["SELECT", "INSERT", "UPDATE", "DELETE"] {
                try await store.checkHealth()
                try server.sql("REVOKE \(privilege) ON \(table) FROM \(role)", in: database)
                await expectError(.unavailable, mentioning: "while checking its health", "(42501)") {
                    try await store.checkHealth()
                }
                try server.sql("GRANT \(privilege) ON \(table) TO \(role)", in: database)
            }
            try await store.checkHealth()
            try await store.close()
        }

        @Test("A check whose row was not written fails, though PostgreSQL refused nothing")
        func nothingWritten() async throws {
            try await withStore { store, _ in
                let create = store.statements.create.text
                let commands = InterruptedCommands(base: store.commands) { statement, _ in
                    statement.query.text == create ? PostgresAnswer.rows(PostgresRows([])) : nil
                }
                let forgetful = try PostgresSessionStore(
                    unchecked: commands, configuration: store.configuration, clock: store.clock)
                await expectError(.unavailable, mentioning: "PostgreSQL wrote no row, while checking its health") {
                    try await forgetful.checkHealth()
                }
            }
        }
    }
#endif
