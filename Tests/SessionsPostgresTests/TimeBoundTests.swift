#if Postgres
    import PostgresServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres

    /// Times that are derived from others: what a caller waits for bounds what the server does for it.
    @Suite("Times of the PostgreSQL store that follow from others", .timeLimit(.minutes(5)))
    struct TimeBoundTests {
        @Test(
            "The server works on a statement no longer than a call waits, nor longer than the client's setting says",
            arguments: [(299, 300, "299000"), (300, 299, "299000"), (300, 300, "300000")])
        func statementTimeout(_ command: Int, _ statement: Int, _ shown: String) async throws {
            var configuration = SharedStores.patient
            configuration.commandTimeout = .seconds(command)
            configuration.client.statementTimeout = .seconds(statement)
            let url = try await TestPostgres.shared.url(TestPostgres.freshDatabase())
            let store = try await PostgresSessionStore(url: url, configuration: configuration)
            let client = try #require(store.commands as? PostgresClient)
            let setting = try await client.rows("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")
            #expect(setting.text() == shown)
            try await store.close()
        }

        @Test("A look at how full the table is has a quarter of a call's time, and one that fails refuses nothing")
        func look() async throws {
            try await withStore { store, _ async throws in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                var configuration = store.configuration
                configuration.commandTimeout = .seconds(100)
                let deadlines = Mutex<[ContinuousClock.Instant]>([])
                let look = store.statements.look.text
                let commands = InterruptedCommands(base: store.commands) {
                    statement, deadline throws(PostgresFailure) in
                    deadlines.withLock { $0.append(deadline) }
                    if statement.query.text == look { throw PostgresFailure(.notApplied, "no answer in time") }
                    return nil
                }
                for isNew in [true, false] {
                    // Of its own, so that it knows nothing yet.
                    let watched = try PostgresSessionStore(
                        unchecked: commands, configuration: configuration, clock: store.clock)
                    deadlines.withLock { $0 = [] }
                    let began = ContinuousClock.now
                    if isNew {
                        #expect(try await watched.create(record()))
                    } else {
                        let result = try await watched.commit(setting("n", to: "2"), to: session.id, at: now)
                        #expect(result.record?.revision == 2)
                    }
                    let ended = ContinuousClock.now
                    let sent = deadlines.withLock { $0 }
                    try #require(sent.count == 2)
                    for (deadline, span) in zip(sent, [Duration.seconds(25), .seconds(100)]) {
                        #expect(began + span <= deadline && deadline <= ended + span, "\(isNew) \(span)")
                    }
                }
            }
        }
    }
#endif
