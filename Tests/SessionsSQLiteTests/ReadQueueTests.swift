import Dispatch
import GRDB
import Sessions
import Testing

@testable import SessionsSQLite

@Suite struct ReadQueueTests {
    private typealias Loaded = Result<SessionRecord?, any Error>

    /// Holds all the store's readers while `count` loads are asked for, and lets go when `isReady`.
    private func load(
        _ count: Int, from store: SQLiteSessionStore, until isReady: @escaping @Sendable () -> Bool,
        then: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> [Loaded] {
        let gate = DispatchSemaphore(value: 0)
        let held = store.configuration.maximumReaders
        for _ in 0..<held { store.pool.asyncRead { _ in gate.wait() } }
        return try await withThrowingTaskGroup(of: SessionRecord?.self) { group in
            for number in 0..<count {
                group.addTask { try await store.load(id(UInt64(number % 4)), at: start) }
            }
            while !isReady() { await Task.yield() }
            try await then()
            for _ in 0..<held { gate.signal() }
            var results: [Loaded] = []
            while let result = await group.nextResult() { results.append(result) }
            return results
        }
    }

    @Test func concurrentLoadsShareASnapshotThatIsNewerThanAllOfThem() async throws {
        try await withStore { store in
            for number in 0..<4 { _ = try await store.create(record(UInt64(number))) }
            let results = try await load(500, from: store, until: { store.reads.count == 500 }) {
                for number in 0..<4 {
                    _ = try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start)
                }
            }
            #expect(results.count == 500)
            for result in results { #expect(try result.get()?.attributes["a"]?.json == "1") }
        }
    }

    @Test func theQueueIsBounded() async throws {
        try await withStore(configuration: .init(maximumQueuedLoads: 5)) { store in
            for number in 0..<4 { _ = try await store.create(record(UInt64(number))) }
            let results = try await load(5, from: store, until: { store.reads.count == 5 }) {
                await expectError(.unavailable, mentioning: "maximumQueuedLoads") {
                    _ = try await store.load(id(0), at: start)
                }
            }
            for result in results { #expect(try result.get() != nil) }
        }
    }

    @Test func aLoadPastItsDeadlineIsAnErrorAndTheNextOneWorks() async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(), limits: .init(), uptime: { uptime.now })
            _ = try await store.create(record(0))
            let results = try await load(1, from: store, until: { store.reads.count == 1 }) {
                uptime.advance(by: .milliseconds(5001))
            }
            await expectError(.unavailable, mentioning: "5001 ms") { _ = try results[0].get() }
            #expect(try await store.load(id(0), at: start) != nil)
            try await store.close()
        }
    }
}
