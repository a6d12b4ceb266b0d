import Dispatch
import GRDB
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsSQLite

@Suite struct ReadQueueTests {
    private typealias Loaded = Result<SessionRecord?, any Error>

    /// Holds all five of the store's readers, of which four serve loads, while `count` loads are asked for, and lets go when `isReady`.
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
            let results = try await load(500, from: store, until: { store.reads.count == 496 }) {
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
            let results = try await load(9, from: store, until: { store.reads.count == 5 }) {
                await expectError(.unavailable, mentioning: "maximumQueuedLoads") {
                    _ = try await store.load(id(0), at: start)
                }
            }
            for result in results { #expect(try result.get() != nil) }
        }
    }

    @Test("A load past its deadline is an error, and the next one works")
    func aLoadPastItsDeadlineIsAnErrorAndTheNextOneWorks() async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(), limits: .init(), uptime: { uptime.now })
            _ = try await store.create(record(0))
            let results = try await load(5, from: store, until: { store.reads.count == 1 }) {
                uptime.advance(by: .milliseconds(5001))
            }
            for result in results { await expectError(.unavailable, mentioning: "5001 ms") { _ = try result.get() } }
            #expect(try await store.load(id(0), at: start) != nil)
            try await store.close()
        }
    }

    @Test("A load sees what was acknowledged before it began")
    func aLoadSeesWhatWasAcknowledgedBeforeItBegan() async throws {
        try await withStore(configuration: .init(maximumReaders: 1)) { store in
            for number in 0..<2 { _ = try await store.create(record(UInt64(number))) }
            let trap = Trap()
            try await store.pool.read { db in
                // The first statement of every read transaction takes its snapshot.
                db.trace(options: .profile) { event in
                    if "\(event)".contains("schema_version") { trap.enter() }
                }
            }
            trap.arm()
            async let first = store.load(id(1), at: start)
            await trap.untilEntered()
            #expect(try await store.commit(ending(at: start), to: id(0), at: start).name == "committed")
            async let second = store.load(id(0), at: start)
            while store.reads.count < 1 { await Task.yield() }
            trap.release()
            _ = try await first
            #expect(try await second?.end?.reason == .signedOut)
        }
    }

    /// Holds up the first thread that enters after it was armed.
    private final class Trap: Sendable {
        private let isArmed = Atomic<Bool>(false)
        private let entered = DispatchSemaphore(value: 0)
        private let gate = DispatchSemaphore(value: 0)

        func arm() { isArmed.store(true, ordering: .sequentiallyConsistent) }

        func enter() {
            guard isArmed.exchange(false, ordering: .sequentiallyConsistent) else { return }
            entered.signal()
            gate.wait()
        }

        func untilEntered() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    self.entered.wait()
                    continuation.resume()
                }
            }
        }

        func release() { gate.signal() }
    }
}
