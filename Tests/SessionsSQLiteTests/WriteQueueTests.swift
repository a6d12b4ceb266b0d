import Dispatch
import GRDB
import GRDBSQLite
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct WriteQueueTests {
    @Test func concurrentCommitsShareATransaction() async throws {
        try await withStore { store in
            for number in 0..<200 { _ = try await store.create(record(UInt64(number))) }
            let before = store.writes.transactions
            let results = try await withHeldWriter(of: store, until: 200) { group in
                for number in 0..<200 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start) }
                }
            }
            #expect(results.count == 200)
            for result in results { #expect(try result.get().name == "committed") }
            #expect(store.writes.transactions == before + 1)
        }
    }

    @Test func aRefusedWriteLeavesTheOthersAlone() async throws {
        try await withStore(limits: .init(attributeBytes: 10)) { store in
            for number in 0..<20 { _ = try await store.create(record(UInt64(number))) }
            let results = try await withHeldWriter(of: store, until: 21) { group in
                for number in 0..<20 {
                    let json = number == 7 ? "12345678901" : "1"
                    group.addTask { try await store.commit(setting("a", to: json), to: id(UInt64(number)), at: start) }
                }
                // Fails after it has written something.
                group.addTask {
                    try await store.writes.write { transaction in
                        try SessionTable.delete(id(3), in: transaction)
                        throw DatabaseError(resultCode: .SQLITE_IOERR, message: "made up")
                    }
                }
            }
            let names = results.compactMap { try? $0.get().name }
            #expect(names.count == 20)
            #expect(names.filter { $0 == "tooLarge" }.count == 1)
            for number in 0..<20 {
                let loaded = try await store.load(id(UInt64(number)), at: start)
                #expect(loaded?.attributes["a"]?.json == (number == 7 ? nil : "1"))
            }
        }
    }

    /// How a write of `aFailedWriteIsUndone` goes wrong.
    enum Failure: CaseIterable, Sendable {
        case refusal, refusalInItsMidst, error, errorInItsMidst

        func run(in transaction: Transaction) throws {
            switch self {
            case .refusal, .error: break
            case .refusalInItsMidst, .errorInItsMidst: try SessionTable.delete(id(0), in: transaction)
            }
            switch self {
            case .refusal, .refusalInItsMidst: throw SessionError(.full, "made up")
            case .error, .errorInItsMidst: throw DatabaseError(resultCode: .SQLITE_IOERR, message: "made up")
            }
        }
    }

    @Test(
        "A write that fails is undone alone, and those of its transaction are applied once", arguments: Failure.allCases
    )
    func aFailedWriteIsUndone(_ failure: Failure) async throws {
        try await withStore { store in
            for number in 0..<4 { _ = try await store.create(record(UInt64(number))) }
            let before = store.writes.transactions
            let (runs, acknowledged) = (Counter(), Counter())
            let results = try await withHeldWriter(of: store, until: 6) { group in
                for number in 0..<4 {
                    group.addTask {
                        let result = try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start)
                        acknowledged.add()
                        return result
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        try await store.writes.write { transaction in
                            runs.add()
                            try failure.run(in: transaction)
                            return .missing
                        }
                    }
                }
            }
            #expect(acknowledged.count == 4)
            #expect(results.filter { (try? $0.get()) == nil }.count == 2)
            // A refusal before anything was written leaves nothing to undo.
            #expect(failure == .refusal ? runs.count == 2 : runs.count == 3)
            #expect(store.writes.transactions == before + 1)
            for number in 0..<4 {
                let loaded = try await store.load(id(UInt64(number)), at: start)
                #expect(loaded?.revision == 2 && loaded?.attributes["a"]?.json == "1")
            }
            // The next transaction does without savepoints again.
            let savepoints = Counter()
            try await store.pool.writeWithoutTransaction { db in
                db.trace { event in if "\(event)".hasPrefix("SAVEPOINT") { savepoints.add() } }
            }
            #expect(try await store.commit(setting("a", to: "2"), to: id(0), at: start).name == "committed")
            #expect(savepoints.count == 0)
        }
    }

    @Test func aTransactionThatEndsEarlyAcknowledgesNothing() async throws {
        try await withStore { store in
            for number in 0..<3 { _ = try await store.create(record(UInt64(number))) }
            let results = try await withHeldWriter(of: store, until: 4) { group in
                for number in 0..<3 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start) }
                }
                group.addTask {
                    try await store.writes.write { transaction in
                        try transaction.db.execute(sql: "ROLLBACK")
                        throw DatabaseError(resultCode: .SQLITE_FULL, message: "made up")
                    }
                }
            }
            for result in results {
                await expectError(.unavailable) { _ = try result.get() }
            }
            for number in 0..<3 { #expect(try await store.load(id(UInt64(number)), at: start)?.revision == 1) }
            #expect(try await store.commit(setting("a", to: "1"), to: id(0), at: start).name == "committed")
        }
    }

    @Test("Where COMMIT fails, all writes of its transaction are told so, none is applied, and the next one works")
    func aCommitThatFailsAcknowledgesNothing() async throws {
        try await withStore { (store) async throws in
            for number in 0..<2 { _ = try await store.create(record(UInt64(number))) }
            let before = store.writes.transactions
            try await store.pool.writeWithoutTransaction { db in
                // SQLite looks at this one alone when the transaction ends.
                try db.execute(
                    sql: """
                        PRAGMA foreign_keys = ON;
                        CREATE TABLE parent (id INTEGER PRIMARY KEY);
                        CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED);
                        CREATE TRIGGER fault AFTER UPDATE ON session BEGIN INSERT INTO child VALUES (1); END
                        """)
            }
            let results = try await withHeldWriter(of: store, until: 2) { group in
                for number in 0..<2 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start) }
                }
            }
            #expect(results.count == 2 && store.writes.transactions == before)
            for result in results {
                await expectError(.unavailable, mentioning: "(while committing)") { _ = try result.get() }
            }
            for number in 0..<2 {
                let loaded = try await store.load(id(UInt64(number)), at: start)
                #expect(loaded?.revision == 1 && loaded?.attributes.isEmpty == true)
            }
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "DROP TRIGGER fault") }
            #expect(try await store.commit(setting("a", to: "1"), to: id(0), at: start).name == "committed")
        }
    }

    @Test("A write past its deadline is not applied")
    func aWritePastItsDeadlineIsNotApplied() async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(), limits: .init(), uptime: { uptime.now })
            _ = try await store.create(record(1))
            for (wait, isApplied) in [(Duration.seconds(10), true), (.milliseconds(10_001), false)] {
                let results = try await withHeldWriter(of: store, until: 1, then: { uptime.advance(by: wait) }) {
                    group in
                    group.addTask { try await store.commit(setting("a", to: "\(wait)"), to: id(1), at: start) }
                }
                if isApplied {
                    #expect(try results[0].get().name == "committed")
                } else {
                    await expectError(.unavailable, mentioning: "10001 ms") { _ = try results[0].get() }
                }
            }
            #expect(try await store.load(id(1), at: start)?.revision == 2)
            try await store.close()
        }
    }

    @Test("A write whose deadline passes while its transaction begins is not applied")
    func aWriteWhoseDeadlinePassesWhileItsTransactionBeginsIsNotApplied() async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(), limits: .init(), uptime: { uptime.now })
            _ = try await store.create(record(1))
            let wait = Mutex(Duration.seconds(10))
            try await store.pool.writeWithoutTransaction { db in
                db.trace { event in
                    if "\(event)".hasPrefix("BEGIN IMMEDIATE") { uptime.advance(by: wait.withLock { $0 }) }
                }
            }
            #expect(try await store.commit(setting("a", to: "1"), to: id(1), at: start).name == "committed")
            wait.withLock { $0 = .milliseconds(10_001) }
            await expectError(.unavailable, mentioning: "10001 ms") {
                _ = try await store.commit(setting("a", to: "2"), to: id(1), at: start)
            }
            #expect(try await store.load(id(1), at: start)?.attributes["a"]?.json == "1")
            try await store.close()
        }
    }

    @Test("A transaction that can't begin for another reason than a lock fails its writes at once, with that reason")
    func aTransactionThatCannotBeginFailsItsWrites() async throws {
        var configuration = SQLiteSessionStore.Configuration.patient()
        configuration.lockTolerance = .zero
        try await withStore(configuration: configuration) { (store) async throws in
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 1") }
            await expectError(.unavailable, mentioning: "write permission", "(while beginning a transaction)") {
                _ = try await store.create(record(1))
            }
            #expect(store.writes.lockedTries == 0 && !store.writes.isLocked)
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA query_only = 0") }
            #expect(try await store.create(record(1)))
        }
    }

    @Test("As many writes may wait as configured, and the next ones are refused at once")
    func theQueueIsBounded() async throws {
        try await withStore(configuration: .patient(maximumQueuedCommits: 5)) { store in
            _ = try await store.create(record(1))
            let refused = Counter()
            // The writer is held until every call either waits or was refused.
            let results = try await withHeldWriter(
                of: store, until: 0,
                then: { try await waitUntil { store.writes.count + refused.count == 12 } }
            ) { group in
                for _ in 0..<12 {
                    group.addTask {
                        do {
                            return try await store.commit(setting("a", to: "1"), to: id(1), at: start)
                        } catch {
                            await expectError(.unavailable, mentioning: "maximumQueuedCommits") { throw error }
                            refused.add()
                            throw error
                        }
                    }
                }
            }
            #expect(results.count == 12 && refused.count == 7)
            #expect(results.filter { (try? $0.get().name) == "committed" }.count == 5)
            #expect(try await store.load(id(1), at: start)?.revision == 6)
        }
    }

    @Test("A transaction takes at most 256 writes", arguments: [(255, 1), (256, 1), (257, 2), (512, 2), (513, 3)])
    func aTransactionTakesAtMost256Writes(_ writes: Int, transactions: Int) async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            let before = store.writes.transactions
            let results = try await withHeldWriter(of: store, until: writes) { group in
                for _ in 0..<writes {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(1), at: start) }
                }
            }
            #expect(results.filter { (try? $0.get().name) == "committed" }.count == writes)
            #expect(store.writes.transactions - before == transactions)
        }
    }

    @Test func aCancelledCallerStillGetsTheOutcome() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            let results = try await withHeldWriter(of: store, until: 3) { group in
                for _ in 0..<3 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(1), at: start) }
                }
                group.cancelAll()
            }
            for result in results { #expect(try result.get().name == "committed") }
            #expect(try await store.load(id(1), at: start)?.revision == 4)
        }
    }

    @Test("A store can be closed twice at once, and then every call is unavailable")
    func aClosedStoreIsUnavailable() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            async let one: Void = store.close()
            async let two: Void = store.close()
            _ = try await (one, two)
            try await expectRefusal("closed", by: store)
        }
    }

    @Test("A store that is closed finishes the writes that it has accepted, and takes no more")
    func closingFinishesWhatWasAccepted() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient(maximumQueuedCommits: 3))
            _ = try await store.create(record(1))
            let results = try await withHeldWriter(
                of: store, until: 3,
                then: {
                    _ = Task { try await store.close() }
                    // No other write is taken, so that one more shows from when on the store is closed.
                    try await waitUntil {
                        do throws(SessionError) {
                            _ = try await store.commit(setting("b", to: "1"), to: id(1), at: start)
                            return true
                        } catch {
                            return error.message.contains("closed")
                        }
                    }
                }
            ) { group in
                for _ in 0..<3 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(1), at: start) }
                }
            }
            #expect(results.filter { (try? $0.get().name) == "committed" }.count == 3)
            try await store.close()
            let again = try await SQLiteSessionStore(path: path, configuration: .patient())
            let loaded = try #require(try await again.load(id(1), at: start))
            #expect(loaded.revision == 4 && loaded.attributes.names == ["a"])
            try await again.close()
        }
    }

    @Test("A value that SQLite doesn't take fails its write, and isn't left out")
    func aValueThatSQLiteDoesNotTakeFailsItsWrite() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            try await store.pool.writeWithoutTransaction { db in
                _ = sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_LENGTH, 254)
            }
            // The row would be short enough without its reason.
            let end = ending(.init(rawValue: String(repeating: "a", count: 255)), at: start)
            await expectError(.unavailable, mentioning: "too big") {
                _ = try await store.commit(end, to: id(1), at: start)
            }
            let loaded = try #require(try await store.load(id(1), at: start))
            #expect(loaded.end == nil && loaded.revision == 1)
            #expect(try await store.commit(ending(at: start), to: id(1), at: start).name == "committed")
        }
    }

    @Test("Errors of SQLite hold no values")
    func errorsHoldNoValues() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            do {
                try await store.writes.write { transaction in try SessionTable.insert(record(1), in: transaction) }
                Issue.record("inserted twice")
            } catch {
                var dumped = ""
                dump(error, to: &dumped)
                #expect(dumped.contains("UNIQUE") && !dumped.contains("INSERT"))
                #expect(!dumped.contains("\(start.milliseconds)"))
            }
        }
    }
}
