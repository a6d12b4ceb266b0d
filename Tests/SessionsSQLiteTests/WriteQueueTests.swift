import Dispatch
import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite struct WriteQueueTests {
    @Test func concurrentCommitsShareATransaction() async throws {
        try await withStore { store in
            for number in 0..<200 { _ = try await store.create(record(UInt64(number))) }
            let before = store.writes.transactions
            let results = await withHeldWriter(of: store, until: 200) { group in
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
            let results = await withHeldWriter(of: store, until: 21) { group in
                for number in 0..<20 {
                    let json = number == 7 ? "12345678901" : "1"
                    group.addTask { try await store.commit(setting("a", to: json), to: id(UInt64(number)), at: start) }
                }
                // Fails after it has written something.
                group.addTask {
                    try await store.writes.write { db in
                        try SessionTable.delete(id(3), in: db)
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

    @Test func aTransactionThatEndsEarlyAcknowledgesNothing() async throws {
        try await withStore { store in
            for number in 0..<3 { _ = try await store.create(record(UInt64(number))) }
            let results = await withHeldWriter(of: store, until: 4) { group in
                for number in 0..<3 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start) }
                }
                group.addTask {
                    try await store.writes.write { db in
                        try db.execute(sql: "ROLLBACK")
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

    @Test("A write past its deadline is not applied")
    func aWritePastItsDeadlineIsNotApplied() async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(), limits: .init(), uptime: { uptime.now })
            _ = try await store.create(record(1))
            for (wait, isApplied) in [(Duration.seconds(10), true), (.milliseconds(10_001), false)] {
                let results = await withHeldWriter(of: store, until: 1, then: { uptime.advance(by: wait) }) { group in
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

    @Test func theQueueIsBounded() async throws {
        try await withStore(configuration: .init(maximumQueuedCommits: 5)) { store in
            _ = try await store.create(record(1))
            let results = await withHeldWriter(of: store, until: 5) { group in
                for _ in 0..<12 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(1), at: start) }
                }
            }
            let done = results.filter { if case .success = $0 { true } else { false } }.count
            #expect(done >= 5)
            for case .failure(let error) in results {
                #expect((error as? SessionError)?.code == .unavailable)
                #expect((error as? SessionError)?.message.contains("maximumQueuedCommits") == true)
            }
        }
    }

    @Test func aCancelledCallerStillGetsTheOutcome() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            let results = await withHeldWriter(of: store, until: 3) { group in
                for _ in 0..<3 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(1), at: start) }
                }
                group.cancelAll()
            }
            for result in results { #expect(try result.get().name == "committed") }
            #expect(try await store.load(id(1), at: start)?.revision == 4)
        }
    }

    @Test func aClosedStoreIsUnavailable() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            async let one: Void = store.close()
            async let two: Void = store.close()
            _ = try await (one, two)
            await expectError(.unavailable) { _ = try await store.load(id(1), at: start) }
            await expectError(.unavailable, mentioning: "closed") { _ = try await store.create(record(2)) }
        }
    }

    @Test("Errors of SQLite hold no values")
    func errorsHoldNoValues() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            do {
                try await store.writes.write { db in try SessionTable.insert(record(1), in: db) }
                Issue.record("inserted twice")
            } catch {
                var dumped = ""
                dump(error, to: &dumped)
                #expect(dumped.contains("UNIQUE") && !dumped.contains("INSERT"))
                #expect(!dumped.contains("\(start.milliseconds)"))
            }
        }
    }

    @Test("When a transaction can't begin, whoever is past the deadline waits for no other")
    func whenATransactionCanNotBeginWhoeverIsPastTheDeadlineWaitsForNoOther() async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(busyTimeout: .milliseconds(300)), limits: .init(),
                uptime: { uptime.now })
            _ = try await store.create(record(0))
            let other = try DatabaseQueue(path: path)
            let gate = DispatchSemaphore(value: 0)
            await withCheckedContinuation { continuation in
                other.asyncWriteWithoutTransaction { db in
                    try? db.execute(sql: "BEGIN IMMEDIATE")
                    continuation.resume()
                    gate.wait()
                    try? db.execute(sql: "ROLLBACK")
                }
            }
            let results = await withHeldWriter(
                of: store, until: 600, then: { uptime.advance(by: .seconds(11)) }
            ) { group in
                for _ in 0..<600 {
                    group.addTask { try await store.commit(setting("a", to: "1"), to: id(0), at: start) }
                }
            }
            var overdue = 0
            for result in results {
                await expectError(.unavailable) { _ = try result.get() }
                if case .failure(let error as SessionError) = result, error.message.contains("11000 ms") {
                    overdue += 1
                }
            }
            // The others stood in the one transaction that could not begin.
            #expect(results.count == 600 && overdue == 600 - WriteQueue.batchLimit)
            gate.signal()
            #expect(try await store.load(id(0), at: start)?.revision == 1)
            try await store.close()
        }
    }
}
