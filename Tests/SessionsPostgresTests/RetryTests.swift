#if Postgres
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres

    /// What the store sends again, for how long, and what it never sends again.
    @Suite("The PostgreSQL store sends statements again only where they had no effect", .timeLimit(.minutes(10)))
    struct RetryTests {
        /// What the store sent.
        private final class Sent: Sendable {
            let deadlines = Mutex<[ContinuousClock.Instant]>([])

            var count: Int { deadlines.withLock { $0.count } }

            /// - Returns: the number of this statement, from 1 on
            func note(_ deadline: ContinuousClock.Instant) -> Int {
                deadlines.withLock { deadlines in
                    deadlines.append(deadline)
                    return deadlines.count
                }
            }
        }

        /// A store with a session, through a client whose commits something else answers; and what it sent.
        private func withCommits(
            timeout: Duration = .seconds(300),
            answered: @escaping @Sendable (Int) throws(PostgresFailure) -> PostgresAnswer?,
            _ body: (PostgresSessionStore, SessionID, Sent) async throws -> Void
        ) async throws {
            try await withStore { store, _ in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                var configuration = store.configuration
                configuration.commandTimeout = timeout
                let sent = Sent()
                let commands = InterruptedCommands(base: store.commands) {
                    statement, deadline throws(PostgresFailure) in
                    guard statement.query.text.hasPrefix("UPDATE") else { return nil }
                    return try answered(sent.note(deadline))
                }
                let patient = try PostgresSessionStore(
                    unchecked: commands, configuration: configuration, clock: store.clock)
                try await body(patient, record.id, sent)
            }
        }

        @Test(
            "A serialization failure and a deadlock are sent again, under the same deadline",
            arguments: ["40001", "40P01"])
        func takenBack(_ code: String) async throws {
            try await withCommits(answered: { number in
                number < 3 ? .error(PostgresServerError(code: code, message: "taken back")) : nil
            }) { store, id, sent async throws in
                #expect(try await store.commit(setting("n", to: "2"), to: id, at: now).record?.revision == 2)
                #expect(sent.count == 3 && Set(sent.deadlines.withLock { $0 }).count == 1)
            }
        }

        @Test("What is taken back again and again ends with the call's time, and is no sign-out")
        func takenBackForEver() async throws {
            try await withCommits(
                timeout: .milliseconds(50),
                answered: { _ in .error(PostgresServerError(code: "40001", message: "taken back")) }
            ) { store, id, sent async throws in
                await expectError(.unavailable, mentioning: "40001", "other transactions came in between") {
                    _ = try await store.commit(setting("n", to: "2"), to: id, at: now)
                }
            }
        }

        @Test(
            "A commit whose answer was lost is sent once, and its outcome is told as unknown", arguments: [false, true])
        func lostAnswers(_ isKnown: Bool) async throws {
            try await withCommits(answered: { _ throws(PostgresFailure) in
                throw PostgresFailure(.unknown, "the connection was lost")
            }) { store, id, sent async throws in
                if isKnown { #expect(try await store.load(id, at: now) != nil) }
                await expectError(.unavailable, mentioning: "the connection was lost", "committing") {
                    _ = try await store.commit(setting("n", to: "2"), to: id, at: now)
                }
                #expect(sent.count == 1)
            }
        }

        @Test("A commit that the row refused for a reason that is gone is tried ten times, under one deadline")
        func refused() async throws {
            try await withCommits(answered: { _ in .rows(PostgresRows([])) }) { store, id, sent async throws in
                await expectError(.unavailable, mentioning: "other writers came in between 10 times") {
                    _ = try await store.commit(setting("n", to: "2"), to: id, at: now)
                }
                #expect(sent.count == 10 && Set(sent.deadlines.withLock { $0 }).count == 1)
                #expect(try await store.load(id, at: now)?.revision == 1)
            }
        }

        @Test("Every call has one deadline, the command timeout from when it began")
        func deadlines() async throws {
            try await withStore { store, database async throws in
                let sent = Sent()
                let commands = InterruptedCommands(base: store.commands) { _, deadline in
                    _ = sent.note(deadline)
                    return nil
                }
                var configuration = store.configuration
                configuration.commandTimeout = .seconds(100)
                // A limit is looked up by a statement of its own.
                (configuration.maximumRecords, configuration.maximumBytes) = (nil, nil)
                let watched = try PostgresSessionStore(
                    unchecked: commands, configuration: configuration, clock: store.clock)
                let (record, owner) = (record(), SessionOwner(realm: .default, principal: try Principal("ada")))
                // Each with the statements that it takes.
                let calls: [(statements: Int, () async throws -> Void)] = [
                    (1, { _ = try await watched.create(record) }),
                    (1, { _ = try await watched.load(record.id, at: now) }),
                    (1, { _ = try await watched.commit(setting("n", to: "2"), to: record.id, at: now) }),
                    (1, { _ = try await watched.watermark(of: owner, raisedTo: now) }),
                    (1, { _ = try await watched.list(.init(.all), at: now) }),
                    (1, { _ = try await watched.quarantined(limit: 1) }),
                    (2, { try await watched.checkHealth() }),
                    (
                        2,
                        {
                            try database.sql("UPDATE sessions SET carrier = 'pigeon' WHERE id = '\(record.id)'")
                            let isAside = try await watched.quarantine(record.id, at: now)
                            #expect(isAside)
                        }
                    ),
                ]
                for (statements, call) in calls {
                    let (began, before) = (ContinuousClock.now, sent.count)
                    try await call()
                    let deadlines = sent.deadlines.withLock { $0.suffix(from: before) }
                    #expect(deadlines.count == statements && Set(deadlines).count == 1)
                    let deadline = try #require(deadlines.last)
                    #expect(began + .seconds(100) <= deadline && deadline <= ContinuousClock.now + .seconds(100))
                }
            }
        }

        @Test("A statement that writes says so, and is sent once; one that reads may be asked again")
        func effects() throws {
            let statements = Statements(schema: try SchemaName("public"), lockTimeout: .seconds(2), limits: .init())
            let reads = [
                statements.load, statements.loadTogether, statements.watermark, statements.look, statements.time,
                statements.examine, statements.quarantined, statements.listAll, statements.listRealm,
                statements.listOwner,
            ]
            for query in reads { #expect(query.effect == .read, "\(query.text)") }
            let writes = [
                statements.create, statements.commit([.use], toKnownRow: false),
                statements.commit([.use], toKnownRow: true), statements.commitTogether, statements.raiseWatermark,
                statements.forgetWatermarks, statements.sweep, statements.removeProof, statements.quarantine,
                statements.forgetQuarantined,
            ]
            for query in writes { #expect(query.effect == .write, "\(query.text)") }
        }

        @Test("A call that gets no answer says what it was doing")
        func doing() async throws {
            try await withStore { store, _ async throws in
                let failing = try PostgresSessionStore(
                    unchecked: InterruptedCommands(base: store.commands) { _, _ throws(PostgresFailure) in
                        throw PostgresFailure(.notApplied, "no answer")
                    }, configuration: store.configuration, clock: store.clock)
                let together = try PostgresSessionStore(
                    unchecked: failing.commands, configuration: store.configuration, clock: store.clock,
                    gathering: GatheringManner(goesAlone: false))
                let (record, owner) = (record(), SessionOwner(realm: .default, principal: try Principal("ada")))
                let calls: [(String, () async throws -> Void)] = [
                    ("loading", { _ = try await failing.load(record.id, at: now) }),
                    ("loading", { _ = try await together.load(record.id, at: now) }),
                    ("creating", { _ = try await failing.create(record) }),
                    ("committing", { _ = try await failing.commit(setting("n", to: "2"), to: record.id, at: now) }),
                    ("reading a watermark", { _ = try await failing.watermark(of: owner, raisedTo: nil) }),
                    ("raising a watermark", { _ = try await failing.watermark(of: owner, raisedTo: now) }),
                    ("listing", { _ = try await failing.list(.init(.all), at: now) }),
                    ("sweeping", { _ = try await failing.sweep(at: now, limit: 1) }),
                    ("looking at a row that can't be read", { _ = try await failing.quarantine(record.id, at: now) }),
                    ("listing what was set aside", { _ = try await failing.quarantined(limit: 1) }),
                    ("checking its health", { try await failing.checkHealth() }),
                    ("asking for the time", { _ = try await failing.time(of: owner) }),
                    ("estimating how full the table is", { _ = try await failing.count() }),
                    ("opening the store", { try await failing.checkServer() }),
                ]
                for (doing, call) in calls {
                    let error = await #expect(throws: SessionError.self) { try await call() }
                    #expect(error?.code == .unavailable && error?.message == "no answer, while \(doing)")
                }
            }
        }

        @Test(
            "The commit deadline is the command timeout, the tolerance twice and the lock timeout; bounds are checked")
        func configuration() async throws {
            let usual = PostgresSessionStore.Configuration()
            #expect(usual.commitDeadline == .seconds(11))
            for (name, change, isGood) in [
                ("commandTimeout", { $0.commandTimeout = .milliseconds(1) }, true),
                ("commandTimeout", { $0.commandTimeout = .microseconds(999) }, false),
                ("commandTimeout", { $0.commandTimeout = .seconds(3600) }, true),
                ("commandTimeout", { $0.commandTimeout = .seconds(3601) }, false),
                ("lockTimeout", { $0.lockTimeout = .milliseconds(1) }, true),
                ("lockTimeout", { $0.lockTimeout = .zero }, false),
                ("lockTimeout", { $0.lockTimeout = .seconds(3601) }, false),
                ("clockTolerance", { $0.clockTolerance = .zero }, true),
                ("clockTolerance", { $0.clockTolerance = .milliseconds(-1) }, false),
                ("clockTolerance", { $0.clockTolerance = .seconds(3600) }, true),
                ("clockTolerance", { $0.clockTolerance = .seconds(3601) }, false),
            ] as [(String, (inout PostgresSessionStore.Configuration) -> Void, Bool)] {
                var configuration = usual
                change(&configuration)
                do throws(SessionError) {
                    try configuration.check()
                    #expect(isGood, "\(name)")
                } catch {
                    #expect(
                        !isGood && error.code == .configuration && error.message.hasPrefix("\(name) is "), "\(error)")
                }
            }
        }
    }
#endif
