#if Postgres
    import PostgresServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres
    @testable import SessionsTesting

    /// Times that are derived from others: what a caller waits for bounds what the server does for it.
    @Suite("Times of the PostgreSQL store that follow from others", .timeLimit(.minutes(10)))
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

        @Test("A commit and the load that says why it was refused share one call's time")
        func refusal() async throws {
            try await withStore { store, _ async throws in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                let deadlines = Mutex<[ContinuousClock.Instant]>([])
                let commands = InterruptedCommands(base: store.commands) { _, deadline in
                    deadlines.withLock { $0.append(deadline) }
                    return nil
                }
                let watched = try PostgresSessionStore(
                    unchecked: commands, configuration: withoutLimits(store), clock: store.clock)
                let result = try await watched.commit(setting("n", to: "2", generation: 5), to: session.id, at: now)
                #expect(result.name == "superseded")
                let sent = deadlines.withLock { $0 }
                #expect(sent.count == 2 && Set(sent).count == 1)
            }
        }

        @Test("At the limit of bytes a commit and the load that tells whether its session grows share one call's time")
        func growth() async throws {
            try await withStore { store, _ async throws in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                let deadlines = Mutex<[ContinuousClock.Instant]>([])
                let commands = InterruptedCommands(base: store.commands) { _, deadline in
                    deadlines.withLock { $0.append(deadline) }
                    return nil
                }
                var configuration = store.configuration
                (configuration.maximumRecords, configuration.maximumBytes) = (nil, 1)
                let full = try PostgresSessionStore(
                    unchecked: commands, configuration: configuration, clock: store.clock)
                let result = try await full.commit(setting("n", to: "2"), to: session.id, at: now)
                #expect(result.name == "committed")
                // After the look at the table, which has less.
                let sent = deadlines.withLock { $0 }
                #expect(sent.count == 3 && Set(sent.dropFirst()).count == 1)
            }
        }

        /// Answers that nothing was changed, when the call's time is over.
        private struct LateCommands: PostgresCommands {
            final class Noted: Sendable { let texts = Mutex<[String]>([]) }

            let noted = Noted()

            func run(
                _ statement: PostgresStatement, deadline: ContinuousClock.Instant
            ) async throws(PostgresFailure) -> PostgresAnswer {
                noted.texts.withLock { $0.append(statement.query.text) }
                while ContinuousClock.now < deadline { await Task.yield() }
                return .rows(PostgresRows([]))
            }
        }

        @Test("A commit whose time is over, and which changed nothing, is not sent again to be judged")
        func overdue() async throws {
            try await withStore { store, _ async throws in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                let commands = LateCommands()
                var configuration = withoutLimits(store)
                configuration.commandTimeout = .milliseconds(1)
                let start = ContinuousClock.now
                let watched = try PostgresSessionStore(
                    unchecked: commands, configuration: configuration, clock: store.clock, uptime: { start })
                let known = try #require(try await store.stored(session.id))
                watched.recent.note(known, of: session.id, bytes: 1, at: start)
                await expectError(.unavailable, mentioning: "not applied") {
                    _ = try await watched.commit(setting("n", to: "2"), to: session.id, at: now)
                }
                let sent = commands.noted.texts.withLock { $0 }
                #expect(sent.count == 1 && sent.first?.contains("s.xmin = $3") == true)
            }
        }

        @Test("A commit may be applied until a call's time and the tolerance are over, by this server's clock")
        func latest() async throws {
            try await withStore { store, _ async throws in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                let sent = Mutex<[[UInt8]?]>([])
                let commands = InterruptedCommands(base: store.commands) { statement, _ in
                    if statement.query.text.hasPrefix("UPDATE") { sent.withLock { $0.append(statement.values[1]) } }
                    return nil
                }
                var configuration = withoutLimits(store)
                configuration.clockTolerance = .seconds(70)
                let clock = ManualClock(now)
                let watched = try PostgresSessionStore(unchecked: commands, configuration: configuration, clock: clock)
                // The first one is judged by PostgreSQL, the second one here.
                for number in 2...3 {
                    let result = try await watched.commit(setting("n", to: "\(number)"), to: session.id, at: now)
                    #expect(result.record?.revision == UInt64(number))
                }
                var expected = PostgresStatement(store.statements.load)
                expected.append(millisecondsSince1970: (clock.now + .seconds(370)).milliseconds)
                #expect(sent.withLock { $0 } == [expected.values[0], expected.values[0]])
            }
        }

        @Test("As many calls wait for their turn in the store as statements may wait in the client")
        func waiting() throws {
            var configuration = SharedStores.patient
            configuration.client.maximumPendingStatements = 7
            let store = try PostgresSessionStore(
                unchecked: LateCommands(), configuration: configuration, clock: SystemSessionClock())
            #expect(store.loads.manner.maximumWaiting == 7 && store.knownCommits.manner.maximumWaiting == 7)
        }

        /// Limits are looked up by statements of their own.
        private func withoutLimits(_ store: PostgresSessionStore) -> PostgresSessionStore.Configuration {
            var configuration = store.configuration
            (configuration.maximumRecords, configuration.maximumBytes) = (nil, nil)
            return configuration
        }
    }
#endif
