#if Postgres
    import RedisServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres
    @testable import SessionsTesting

    /// Loads and commits that come together, on a real server.
    @Suite("Statements that several callers share", .timeLimit(.minutes(10)))
    struct GatheredStatementsTests {
        private func known(
            _ id: SessionID, in store: PostgresSessionStore, _ changes: SessionChanges = setting("n", to: "2"),
            latest: Timestamp = now + .seconds(300), startedElsewhere: Bool = false,
            deadline: ContinuousClock.Instant = .now + .seconds(300)
        ) async throws -> KnownCommit {
            let row = try #require(try await store.stored(id))
            let changed = try #require(row.applying(changes, at: now, limits: store.limits))
            var version = try #require(row.version)
            if startedElsewhere { version.serverStart += 1 }
            return KnownCommit(
                id: id, version: version, changes: changes, record: changed.record, latest: latest,
                deadline: deadline)
        }

        private func gathered(_ store: PostgresSessionStore) -> GatheredStatements {
            GatheredStatements(commands: store.commands, statements: store.statements)
        }

        @Test("Each commit changes its own row as it would by itself, whatever its attributes are called")
        func everyRow() async throws {
            try await withStore { store, _ in
                let moment = now
                let names = ["a", "\"q\" \\ /", "\u{1}\u{1f}\n", "é☃🧁", "a: [1], {b}", "$1 %s ''"]
                var changes = names.map { setting($0, to: #"{"q":"é \" \\ \u00e9","n":[1.50,null,true]}"#) }
                changes[1].attributes["b"] = .set(json: "7")
                changes[2].lastUsedAt = moment + .seconds(5)
                changes[3].lastUsedAt = moment - .seconds(5)
                changes.append(SessionChanges(expectedGeneration: 1))
                for number in 0..<64 { changes[6].attributes["many \(number)"] = .set(json: "\(number)") }
                var commits: [KnownCommit] = []
                for changes in changes {
                    let record = record(changes.attributes.count == 64 ? [:] : ["old": "1", "b": "[]"], at: moment)
                    #expect(try await store.create(record))
                    commits.append(try await known(record.id, in: store, changes))
                }
                let outcomes = try await gathered(store).commit(commits).map { try $0.get() }
                #expect(outcomes.count == 7)
                #expect(Set(outcomes).count == 1 && outcomes[0] != nil)
                for (commit, transaction) in zip(commits, outcomes) {
                    let stored = try #require(try await store.stored(commit.id))
                    #expect(stored.record.differences(from: commit.record).isEmpty)
                    #expect(stored.version?.transaction == transaction)
                    #expect(stored.version?.serverStart == commit.version.serverStart)
                }
            }
        }

        @Test("What is another row by now, is locked or comes too late is left alone, and holds up none of the others")
        func others() async throws {
            try await withStore { store, database in
                var ids: [SessionID] = []
                for _ in 0..<9 {
                    let record = record(["n": "1"])
                    #expect(try await store.create(record))
                    ids.append(record.id)
                }
                var commits: [KnownCommit] = []
                for (number, id) in ids.enumerated() {
                    commits.append(
                        try await known(
                            id, in: store, latest: now + .seconds(number == 5 ? -300 : 300),
                            startedElsewhere: number == 6,
                            deadline: number == 7 ? .now - .seconds(1) : .now + .seconds(300)))
                }
                // A second one to a row that is in the statement.
                commits.insert(try await known(ids[0], in: store, setting("n", to: "3")), at: 1)
                _ = try await store.commit(setting("m", to: "1"), to: ids[1], at: now)
                try database.sql("UPDATE sessions SET principal = 'ada' WHERE id = '\(ids[2])'")
                try database.sql("DELETE FROM sessions WHERE id = '\(ids[3])'")
                let lock = try await OpenTransaction(
                    "PERFORM FROM sessions WHERE id = '\(ids[4])' FOR UPDATE", in: database)
                let (answered, shared) = (Flag(isRaised: false), gathered(store))
                let work = Task { [commits] in
                    defer { answered.raise() }
                    return await shared.commit(commits)
                }
                var waits = false
                try await eventually("they are answered, or wait for the row") {
                    waits = try database.waiting("transactionid") > 0
                    return waits || answered.take()
                }
                #expect(!waits)
                if waits { try await lock.finish() }
                var outcomes = await work.value
                // The one whose time is over, which isn't judged by itself either.
                let late = outcomes.remove(at: 8)
                await expectError(.unavailable, mentioning: "not applied: other commits took all the time") {
                    _ = try late.get()
                }
                let written = try outcomes.map { try $0.get() != nil }
                #expect(written == [true] + [Bool](repeating: false, count: 7) + [true])
                if !waits { try await lock.finish() }
                var values: [String?] = []
                for id in ids { values.append(try await store.load(id, at: now)?.attributes["n"]?.json) }
                #expect(values == ["2", "1", "1", nil, "1", "1", "1", "1", "2"])
            }
        }

        @Test("A row known from a server that was taken over from is left alone, though the same transaction wrote it")
        func takenOver() async throws {
            try await withStore { store, _ in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                let before = try await known(record.id, in: store, startedElsewhere: true)
                #expect(try await gathered(store).commit([before]).map { try $0.get() } == [nil])
                let same = try await known(record.id, in: store)
                #expect(same.version.transaction == before.version.transaction && same.record.revision == 2)
                let written = try await gathered(store).commit([same]).map { try $0.get() }
                #expect(written.count == 1 && written[0] != nil)
            }
        }

        @Test("Of two commits to one session the statement has the first alone")
        func oneOfEach() async throws {
            try await withStore { store, _ in
                let records = [record(["n": "1"]), record(["n": "1"])]
                var commits: [KnownCommit] = []
                for record in records {
                    #expect(try await store.create(record))
                    commits.append(try await known(record.id, in: store))
                }
                commits.append(try await known(records[0].id, in: store, setting("n", to: "3")))
                let sent = Mutex<[UInt8]>([])
                let commands = InterruptedCommands(base: store.commands) { statement, _ in
                    sent.withLock { $0 = statement.values.first.flatMap(\.self) ?? [] }
                    return nil
                }
                let outcomes = try await GatheredStatements(commands: commands, statements: store.statements)
                    .commit(commits).map { try $0.get() != nil }
                #expect(outcomes == [true, true, false])
                // An array begins with 20 bytes about itself, and each of its elements with four about its length.
                #expect(sent.withLock { Array($0.dropFirst(24).prefix(16)) } == records[0].id.bytes)
                #expect(sent.withLock { Array($0.dropFirst(44)) } == records[1].id.bytes)
                #expect(try await store.load(records[0].id, at: now)?.attributes["n"]?.json == "2")
            }
        }

        @Test("Where PostgreSQL refuses one of several commits, none of them is applied")
        func refused() async throws {
            try await withStore { store, _ in
                var commits: [KnownCommit] = []
                for json in ["2", #""\u0000""#, "3"] {
                    let record = record(["n": "1"])
                    #expect(try await store.create(record))
                    commits.append(try await known(record.id, in: store, setting("n", to: json)))
                }
                let outcomes = try await gathered(store).commit(commits).map { try $0.get() }
                #expect(outcomes == [nil, nil, nil])
                for commit in commits {
                    #expect(try await store.load(commit.id, at: now)?.attributes["n"]?.json == "1")
                }
            }
        }

        @Test("Loads that come together find each its own session, or none, and one that can't be read fails alone")
        func loads() async throws {
            try await withStore { store, database in
                var ids: [SessionID] = []
                for number in 0..<5 {
                    let record = record(["n": "\(number)"])
                    #expect(try await store.create(record))
                    ids.append(record.id)
                }
                try database.sql("UPDATE sessions SET attribute_writes = '{}' WHERE id = '\(ids[3])'")
                let wanted = [ids[4], ids[0], freshID(), ids[3], ids[2], ids[0]]
                var loads = wanted.map { PendingLoad(id: $0, deadline: .now + .seconds(300)) }
                loads.append(PendingLoad(id: ids[1], deadline: .now))
                let outcomes = await gathered(store).load(loads)
                await expectError(.unavailable, mentioning: "took all the time") { _ = try outcomes.last?.get() }
                let rows = try outcomes.dropLast().map { try $0.get() }
                #expect(rows.map { $0 != nil } == [true, true, false, true, true, true])
                for (number, text) in [(0, "4"), (1, "0"), (4, "2"), (5, "0")] {
                    let row = try #require(rows[number])
                    let stored = try StoredRecord(row.rows, row: row.row)
                    #expect(stored.record.id == wanted[number] && stored.record.attributes["n"]?.json == text)
                }
                let unreadable = try #require(rows[3])
                await expectError(.corrupt) { _ = try StoredRecord(unreadable.rows, row: unreadable.row) }
            }
        }

        @Test("A commit that moves the secret as well shares no statement, and all that it answers is in the row")
        func secretMove() async throws {
            try await withStore { store, _ in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                let together = try PostgresSessionStore(
                    unchecked: store.commands, configuration: store.configuration, clock: store.clock,
                    gathering: GatheringManner(goesAlone: false))
                #expect(try await together.load(session.id, at: now) != nil)
                var changes = setting("n", to: "2")
                changes.secretMove = .init(
                    expected: session.secretDigest,
                    step: .renew(digest: digest(5), nonce: RenewalNonce(Block16(1, 2)), issuedAt: session.createdAt))
                let told = try #require(try await together.commit(changes, to: session.id, at: now).record)
                let stored = try #require(try await store.load(session.id, at: now))
                #expect(stored.secretDigest == digest(5) && stored.previous?.digest == session.secretDigest)
                #expect(stored.attributes["n"]?.json == "2" && stored.differences(from: told).isEmpty)
            }
        }
    }

    extension Result where Failure == SessionError {
        fileprivate var error: SessionError? { if case .failure(let error) = self { error } else { nil } }
    }

    /// What PostgreSQL says to statements that several callers share, by a double of the client.
    @Suite("Errors of statements that several callers share", .timeLimit(.minutes(10)))
    struct SharedErrorTests {
        private struct Answering: PostgresCommands {
            let answer: @Sendable (PostgresStatement) async throws(PostgresFailure) -> PostgresAnswer

            func run(
                _ statement: PostgresStatement, deadline: ContinuousClock.Instant
            ) async throws(PostgresFailure) -> PostgresAnswer { try await answer(statement) }
        }

        private let statements: Statements

        init() throws {
            statements = Statements(schema: try SchemaName("public"), lockTimeout: .seconds(2), limits: .init())
        }

        private func loads(_ count: Int) -> [PendingLoad] {
            (0..<count).map { _ in PendingLoad(id: freshID(), deadline: .now + .seconds(300)) }
        }

        @Test("Where PostgreSQL refuses a shared load, each is loaded by itself, four at a time, and one alone fails")
        func loadEach() async throws {
            let (loads, statements) = (loads(12), statements)
            let damaged = Set([loads[5].id])
            let atOnce = Mutex((now: 0, most: 0))
            let commands = Answering { statement in
                guard statement.query.text == statements.load.text else {
                    return .error(PostgresServerError(code: "XX001", message: "missing chunk"))
                }
                atOnce.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                // None is answered before four are under way.
                while atOnce.withLock({ $0.most }) < 4 { await Task.yield() }
                for _ in 0..<10 { await Task.yield() }
                atOnce.withLock { $0.now -= 1 }
                let isDamaged = statement.values == [Array(damaged.first!.bytes)]
                return isDamaged
                    ? .error(PostgresServerError(code: "XX001", message: "missing chunk")) : .rows(PostgresRows([]))
            }
            let outcomes = await GatheredStatements(commands: commands, statements: statements).load(loads)
            try #require(outcomes.count == 12)
            for (index, outcome) in outcomes.enumerated() {
                if index == 5 {
                    await expectError(.corrupt, mentioning: "missing chunk") { _ = try outcome.get() }
                } else {
                    #expect(try outcome.get() == nil)
                }
            }
            #expect(atOnce.withLock { $0.most } == 4)
        }

        @Test(
            "One whose time is over is not sent, to the instant, and takes none of the others' time", arguments: [0, 1])
        func overdue(_ nanoseconds: Int) async throws {
            let start = ContinuousClock.now
            let deadlines = [start + .seconds(2), start + .nanoseconds(nanoseconds), start + .seconds(1)]
            let sent = Mutex<[ContinuousClock.Instant]>([])
            let commands = InterruptedCommands(base: Answering { _ in .rows(PostgresRows([])) }) { _, deadline in
                sent.withLock { $0.append(deadline) }
                return nil
            }
            let gathered = GatheredStatements(commands: commands, statements: statements, uptime: { start })
            let loads = await gathered.load(deadlines.map { PendingLoad(id: freshID(), deadline: $0) })
            let commits = await gathered.commit(
                deadlines.map { deadline in
                    let record = record()
                    return KnownCommit(
                        id: record.id, version: RowVersion(transaction: 7, serverStart: 1),
                        changes: setting("n", to: "2"), record: record, latest: now, deadline: deadline)
                })
            #expect(sent.withLock { $0 } == Array(repeating: deadlines[nanoseconds == 0 ? 2 : 1], count: 2))
            for (name, doing, errors) in [
                ("loads", "loading", loads.map(\.error)), ("commits", "committing", commits.map(\.error)),
            ] {
                let late = "not applied: other \(name) took all the time that the call may take, while \(doing)"
                #expect(errors.map { $0?.message } == [nil, nanoseconds == 0 ? late : nil, nil])
            }
        }

        @Test("Where a shared load gets no answer, all of its loads fail, and none is sent again")
        func noAnswer() async throws {
            let sent = Mutex(0)
            let commands = Answering { _ throws(PostgresFailure) in
                sent.withLock { $0 += 1 }
                throw PostgresFailure(.notApplied, "no answer in time")
            }
            let outcomes = await GatheredStatements(commands: commands, statements: statements).load(loads(12))
            try #require(outcomes.count == 12)
            for outcome in outcomes {
                await expectError(.unavailable, mentioning: "no answer in time") { _ = try outcome.get() }
            }
            #expect(sent.withLock { $0 } == 1)
        }

        @Test(
            "Commits of a refused statement are judged one by one only where the code says that nothing was applied",
            arguments: [
                ("22P02", true), ("23514", true), ("40001", true), ("40P01", true), ("54000", true), ("55P03", true),
                ("57014", true), ("40003", false), ("08006", false), ("57P01", false), ("57P02", false),
                ("57P03", false), ("53100", false), ("XX000", false), ("25006", false), ("", false),
            ])
        func codes(_ code: String, _ tookBack: Bool) async throws {
            let commands = Answering { _ in .error(PostgresServerError(code: code, message: "said so")) }
            let moment = now
            let commits = [record(), record()].map { record in
                KnownCommit(
                    id: record.id, version: RowVersion(transaction: 7, serverStart: 1), changes: setting("n", to: "2"),
                    record: record, latest: moment, deadline: .now + .seconds(300))
            }
            let outcomes = await GatheredStatements(commands: commands, statements: statements).commit(commits)
            try #require(outcomes.count == 2)
            for outcome in outcomes {
                if tookBack {
                    #expect(try outcome.get() == nil)
                } else {
                    await expectError(.unavailable, mentioning: "PostgreSQL refused, while committing: said so") {
                        _ = try outcome.get()
                    }
                }
            }
        }
    }

    /// Commits that come while others wait for a lock, so that they are sure to come together.
    @Suite("Commits that share a statement", .timeLimit(.minutes(10)))
    struct SharedCommitTests {
        private final class Noted: Sendable {
            let alone = Mutex(0)
            let shared = Mutex(0)
        }

        /// Commits to twenty sessions while four others hold all places, and returns what became of them.
        ///
        /// - Parameter answer: what is answered to a statement that several share; `nil` to send it
        private func commitTogether(
            _ answer: @escaping @Sendable () throws(PostgresFailure) -> PostgresAnswer?
        ) async throws -> (results: [Result<CommitResult, any Error>], loaded: [SessionRecord?], shared: Int) {
            var outcome: ([Result<CommitResult, any Error>], [SessionRecord?], Int) = ([], [], 0)
            try await withStore { store, database in
                let noted = Noted()
                let commands = InterruptedCommands(base: store.commands) { statement, _ throws(PostgresFailure) in
                    if statement.query.text.contains("s.xmin = $3") { noted.alone.withLock { $0 += 1 } }
                    guard statement.query.text == store.statements.commitTogether.text else { return nil }
                    noted.shared.withLock { $0 += 1 }
                    return try answer()
                }
                // However long this takes, all rows are known, and no place is taken away.
                let start = ContinuousClock.now
                let watched = try PostgresSessionStore(
                    unchecked: commands, configuration: store.configuration, clock: store.clock, uptime: { start })
                var ids: [SessionID] = []
                for _ in 0..<24 {
                    let record = record(["n": "1"])
                    #expect(try await watched.create(record))
                    _ = try await watched.load(record.id, at: now)
                    ids.append(record.id)
                }
                let held = ids.prefix(4).map { "'\($0)'" }.joined(separator: ", ")
                let lock = try await OpenTransaction(
                    "PERFORM FROM sessions WHERE id IN (\(held)) FOR UPDATE", in: database)
                func commit(_ ids: some Sequence<SessionID>) -> [Task<CommitResult, any Error>] {
                    ids.map { id in Task { try await watched.commit(setting("n", to: "2"), to: id, at: now) } }
                }
                let first = commit(ids.prefix(4))
                // Some may wait for each other on a connection.
                try await eventually("four commits are under way") { noted.alone.withLock { $0 } == 4 }
                let others = commit(ids.dropFirst(4))
                try await eventually("the others wait for a place") { watched.knownCommits.waitingCount == 20 }
                #expect(noted.shared.withLock { $0 } == 0)
                try await lock.finish()
                for task in first { #expect(try await task.value.name == "committed") }
                for task in others { outcome.0.append(await task.result) }
                for id in ids.dropFirst(4) { outcome.1.append(try await store.load(id, at: now)) }
                outcome.2 = noted.shared.withLock { $0 }
            }
            return (outcome.0, outcome.1, outcome.2)
        }

        @Test("Commits that come together take a few statements, and each leaves and answers what it would alone")
        func together() async throws {
            let (results, loaded, shared) = try await commitTogether { nil }
            #expect(results.count == 20 && loaded.count == 20)
            // As many places may be free when the lock is given up.
            #expect((1...3).contains(shared))
            for (result, loaded) in zip(results, loaded) {
                let told = try #require(try result.get().record)
                #expect(told.revision == 2 && told.attributes["n"]?.json == "2")
                #expect(try #require(loaded).differences(from: told).isEmpty)
            }
        }

        @Test("Where PostgreSQL refuses a shared statement, each of its commits is judged and applied by itself")
        func refused() async throws {
            let (results, loaded, shared) = try await commitTogether {
                .error(PostgresServerError(code: "57014", message: "too slow"))
            }
            #expect(results.count == 20 && shared > 0)
            for (result, loaded) in zip(results, loaded) {
                #expect(try result.get().record?.revision == 2)
                #expect(loaded?.revision == 2 && loaded?.attributes["n"]?.json == "2")
            }
        }

        @Test("Where the answer to a shared statement is lost, each of its commits fails, and none is sent again")
        func lost() async throws {
            let (results, loaded, shared) = try await commitTogether { () throws(PostgresFailure) in
                throw PostgresFailure(.unknown, "the connection was lost")
            }
            #expect(results.count == 20 && (1...3).contains(shared))
            for (result, loaded) in zip(results, loaded) {
                await expectError(.unavailable, mentioning: "the connection was lost") { _ = try result.get() }
                #expect(loaded?.revision == 1)
            }
        }
    }
#endif
