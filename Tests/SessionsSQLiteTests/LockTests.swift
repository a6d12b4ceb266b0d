import Dispatch
import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("A session file that another program has locked", .timeLimit(.minutes(10)))
struct LockTests {
    private func withLockedStore(
        configuration: SQLiteSessionStore.Configuration = .init(),
        _ body: (SQLiteSessionStore, OtherProgram, ManualUptime) async throws -> Void
    ) async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            var configuration = configuration
            configuration.loadDeadline = .seconds(300)
            let store = try await SQLiteSessionStore(
                path: path, configuration: configuration, limits: .init(), uptime: { uptime.now })
            _ = try await store.create(record(1))
            let other = try await OtherProgram(path)
            try await body(store, other, uptime)
            try await store.close()
        }
    }

    /// Returns after the store has found the file locked in a try that began after this was called.
    private func nextTry(of store: SQLiteSessionStore) async throws {
        let before = store.writes.lockedTries
        try await waitUntil { store.writes.lockedTries >= before + 2 }
    }

    private func commit(_ json: String, in store: SQLiteSessionStore) async throws -> CommitResult {
        try await store.commit(setting("a", to: json), to: id(1), at: start)
    }

    @Test("A short lock costs nobody an error, and each try that it costs is counted once")
    func aShortLockIsWaitedFor() async throws {
        try await withLockedStore { store, other, uptime in
            let begun = Counter()
            try await store.pool.writeWithoutTransaction { db in
                db.trace { event in if "\(event)".hasPrefix("BEGIN IMMEDIATE") { begun.add() } }
            }
            async let result = commit("1", in: store)
            try await nextTry(of: store)
            uptime.advance(by: .seconds(1))
            try await nextTry(of: store)
            #expect(store.writes.count == 1 && !store.writes.isLocked)
            try await other.letGo()
            #expect(try await result.name == "committed")
            #expect(begun.count == store.writes.lockedTries + 1)
        }
    }

    @Test("Each lock is judged by its own time")
    func eachLockIsJudgedByItsOwnTime() async throws {
        try await withLockedStore { store, other, uptime in
            for number in 1...3 {
                if number > 1 { try await other.hold() }
                async let result = commit("\(number)", in: store)
                try await nextTry(of: store)
                uptime.advance(by: .milliseconds(600))
                try await nextTry(of: store)
                try await other.letGo()
                #expect(try await result.name == "committed")
            }
        }
    }

    @Test("Programs that hold the file in turn are waited for")
    func locksInTurnAreWaitedFor() async throws {
        try await withLockedStore { store, other, uptime in
            async let result = commit("1", in: store)
            try await nextTry(of: store)
            for _ in 1...3 {
                uptime.advance(by: .seconds(1))
                // Between two tries of the store's.
                try await whileWriterIsHeld(of: store) {
                    try await other.commit(enrolling: 2)
                    try await other.hold()
                }
                try await nextTry(of: store)
            }
            #expect(store.writes.count == 1 && !store.writes.isLocked)
            try await other.letGo()
            #expect(try await result.name == "committed")
        }
    }

    private func whileWriterIsHeld(of store: SQLiteSessionStore, _ body: () async throws -> Void) async throws {
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        await withCheckedContinuation { continuation in
            store.pool.asyncWriteWithoutTransaction { _ in
                continuation.resume()
                gate.wait()
            }
        }
        try await body()
    }

    @Test("Over a lock that lasts, waiting writes fail together, new ones at once, and the first success ends that")
    func aLongLockIsNotWaitedFor() async throws {
        try await withLockedStore { store, other, uptime in
            let answered = Counter()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await expectError(.unavailable, mentioning: "lockTolerance") {
                            _ = try await commit("1", in: store)
                        }
                        answered.add()
                    }
                }
                try await waitUntil { store.writes.count == 20 }
                try await nextTry(of: store)
                uptime.advance(by: .milliseconds(1001))
                try await group.waitForAll()
            }
            #expect(answered.count == 20 && store.writes.isLocked)
            // Refused while the writer is held, so without a try of its own.
            let results = try await withHeldWriter(
                of: store, until: 0,
                then: {
                    try await waitUntil { answered.count + store.writes.count == 21 }
                    #expect(answered.count == 21 && store.writes.count == 0)
                }
            ) { group in
                group.addTask {
                    defer { answered.add() }
                    return try await commit("2", in: store)
                }
            }
            #expect(results.count == 1)
            for result in results {
                await expectError(.unavailable, mentioning: "lockTolerance") { _ = try result.get() }
            }
            #expect(try await store.load(id(1), at: start)?.revision == 1)
            try await other.letGo()
            try await waitUntil { !store.writes.isLocked }
            #expect(try await commit("3", in: store).record?.revision == 2)
        }
    }

    @Test("A write that waits for a locked file fails at its own deadline")
    func aWriteThatWaitsForALockedFileFailsAtItsOwnDeadline() async throws {
        try await withLockedStore(configuration: .init(lockTolerance: .seconds(60))) { store, other, uptime in
            async let early: Void = expectError(.unavailable, mentioning: "10001 ms") {
                _ = try await commit("1", in: store)
            }
            try await waitUntil { store.writes.count == 1 }
            uptime.advance(by: .milliseconds(1))
            async let late = commit("2", in: store)
            try await waitUntil { store.writes.count == 2 }
            uptime.advance(by: .milliseconds(9999))
            try await nextTry(of: store)
            #expect(store.writes.count == 2)
            uptime.advance(by: .milliseconds(1))
            await early
            #expect(store.writes.count == 1)
            try await other.letGo()
            #expect(try await late.name == "committed")
            #expect(try await store.load(id(1), at: start)?.attributes["a"]?.json == "2")
        }
    }

    @Test("A store whose file is locked can be closed")
    func aStoreWhoseFileIsLockedCanBeClosed() async throws {
        try await withLockedStore(configuration: .init(busyTimeout: .zero)) { store, other, uptime in
            async let refused: Void = expectError(.unavailable, mentioning: "lockTolerance") {
                _ = try await commit("1", in: store)
            }
            try await nextTry(of: store)
            uptime.advance(by: .milliseconds(1001))
            await refused
            try await store.close()
            try await other.letGo()
        }
    }

    @Test("Loads and lists go on while another program writes")
    func loadsAndListsGoOn() async throws {
        try await withLockedStore { store, other, _ in
            #expect(try await store.load(id(1), at: start)?.revision == 1)
            #expect(try await store.list(.init(.all), at: start).records.count == 1)
            try await other.letGo()
        }
    }
}
