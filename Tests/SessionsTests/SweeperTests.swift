import Logging
import ServiceLifecycle
import Sessions
import SessionsTesting
import Testing

@Suite("The sweeper", .timeLimit(.minutes(10))) struct SweeperTests {
    private let clock = ManualClock()
    private let logger = Logger(label: "sweeper", factory: { _ in SwiftLogNoOpLogHandler() })

    /// A store with `count` sessions of which all but one have expired.
    private func store(expired count: Int) async throws -> MemorySessionStore {
        let store = MemorySessionStore()
        let manager = try SessionManager(store: store, clock: clock)
        for _ in 0..<count { try await Visitor(manager).visit { try $0.set(.a, to: 1) } }
        clock.advance(by: .hours(13))
        try await Visitor(manager).visit { try $0.set(.a, to: 1) }
        return store
    }

    private func counts(_ sweeper: SessionSweeper) -> [Int] {
        let counters = sweeper.counters
        return [counters.sweeps, counters.failures, counters.records]
    }

    private func until(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition() {
            try #require(ContinuousClock.now < deadline, "waited in vain")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("A-15.4, G11: a sweep goes to the end in batches of the size that was asked for")
    func batches() async throws {
        let recording = RecordingStore(try await store(expired: 25))
        let manager = try SessionManager(store: recording, clock: clock)
        let sweeper = SessionSweeper(manager, batchSize: 10, logger: logger)
        await sweeper.sweep()
        let limits = recording.calls.map { call in if case .sweep(_, let limit) = call { limit } else { -1 } }
        #expect(!limits.isEmpty && limits.allSatisfy { $0 == 10 })
        #expect(limits.count == 3)
        #expect(counts(sweeper) == [1, 0, 25])
        let left = try await manager.list()
        #expect(left.sessions.count == 1)
        await sweeper.sweep()
        #expect(counts(sweeper) == [2, 0, 25])
    }

    @Test(
        "A batch is 1 to 10,000 records, whatever was asked for",
        arguments: [(0, 1), (-5, 1), (7, 7), (1 << 40, 10_000)])
    func batchSize(_ asked: Int, _ used: Int) async throws {
        let recording = RecordingStore(MemorySessionStore())
        let manager = try SessionManager(store: recording, clock: clock)
        await SessionSweeper(manager, batchSize: asked, logger: logger).sweep()
        guard case .sweep(_, let limit) = recording.calls.first else {
            Issue.record("no sweep")
            return
        }
        #expect(limit == used)
    }

    @Test("A sweep that fails is counted and reported, and the service lives and sweeps again")
    func failure() async throws {
        let base = try await store(expired: 3)
        let faulty = FaultyStore(base) { operation, call in operation == .sweep && call <= 2 ? .fail : .pass }
        let (events, continuation) = AsyncStream.makeStream(of: SessionEvent.Kind.self)
        let manager = try SessionManager(
            store: faulty, clock: clock, observers: [SessionEventHandler { continuation.yield($0.kind) }])
        let sweeper = SessionSweeper(manager, every: .milliseconds(10), logger: logger)
        let service = Task { try await sweeper.run() }
        try await until { sweeper.counters.sweeps >= 2 }
        #expect(sweeper.counters.failures == 2)
        #expect(sweeper.counters.records == 3)
        service.cancel()
        try await service.value
        continuation.finish()
        var failures = 0
        for await kind in events where kind == .storeFailed { failures += 1 }
        #expect(failures == 2)
        #expect(try await manager.list(limit: 10).sessions.count == 1)
    }

    @Test("A graceful shutdown ends the service, also in its pause")
    func shutdown() async throws {
        let manager = try SessionManager(store: MemorySessionStore(), clock: clock)
        for interval in [Duration.hours(1), .milliseconds(10)] {
            let sweeper = SessionSweeper(manager, every: interval, logger: logger)
            let group = ServiceGroup(services: [sweeper], logger: logger)
            async let running: Void = group.run()
            if interval < .seconds(1) { try await until { sweeper.counters.sweeps > 0 } }
            await group.triggerGracefulShutdown()
            try await running
            let sweeps = sweeper.counters.sweeps
            try await Task.sleep(for: .milliseconds(30))
            #expect(sweeper.counters.sweeps == sweeps)
        }
    }

    @Test("A shutdown does not wait for a store that hangs in the middle of a sweep")
    func hangingStore() async throws {
        let faulty = FaultyStore(MemorySessionStore()) { operation, _ in operation == .sweep ? .hang : .pass }
        let manager = try SessionManager(store: faulty, clock: clock)
        let sweeper = SessionSweeper(manager, every: .milliseconds(10), logger: logger)
        let group = ServiceGroup(services: [sweeper], logger: logger)
        async let running: Void = group.run()
        await faulty.untilHanging()
        await group.triggerGracefulShutdown()
        try await running
        #expect(counts(sweeper) == [0, 1, 0])
    }
}
