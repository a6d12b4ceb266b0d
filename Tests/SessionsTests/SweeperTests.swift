import Logging
import ServiceLifecycle
import Sessions
import SessionsTesting
import Synchronization
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
        let deadline = ContinuousClock.now + .seconds(500)
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

    @Test("What a sweep has ended before it broke off is reported once, and what it can't read is set aside")
    func brokenOff() async throws {
        let base = try await store(expired: 3)
        let store = BreakingStore(base)
        let log = EventLog()
        let manager = try SessionManager(store: store, clock: clock, observers: [log])
        let sweeper = SessionSweeper(manager, batchSize: 10, logger: logger)
        await sweeper.sweep()
        #expect(counts(sweeper) == [0, 1, 3] && sweeper.counters.expired == 3)
        let kinds = log.takeEvents().map(\.kind)
        #expect(kinds == [.storeFailed] + Array(repeating: .ended(.expired), count: 3) + [.recordUnreadable])
        #expect(store.setAside == [BreakingStore.unreadable])
        await sweeper.sweep()
        #expect(counts(sweeper) == [1, 1, 3] && log.takeEvents().isEmpty)
    }

    @Test("A batch that broke off with nothing to report is thrown; otherwise it keeps its first failure")
    func brokenOffResult() async throws {
        let first = SessionError(.unavailable, "first"), second = SessionError(.unavailable, "second")
        #expect(throws: SessionError.self) { try SweepResult(examined: 3).brokenOff(by: first) }
        let result = try SweepResult(examined: 3, unreadable: [BreakingStore.unreadable]).brokenOff(by: first)
        #expect(result.examined == 3 && result.failure?.message == "first")
        #expect(try result.brokenOff(by: second).failure?.message == "first")
    }

    @Test("A sweep that is cancelled ends with the batch that it is at, however much is still due")
    func cancelled() async throws {
        let base = try await store(expired: 25)
        let faulty = FaultyStore(base) { operation, call in
            if operation == .sweep, call == 1 {
                withUnsafeCurrentTask { task in
                    if let task { task.cancel() }
                }
            }
            return .pass
        }
        let sweeper = SessionSweeper(try SessionManager(store: faulty, clock: clock), batchSize: 10, logger: logger)
        await Task { await sweeper.sweep() }.value
        #expect(counts(sweeper) == [1, 0, 10])
        await sweeper.sweep()
        #expect(counts(sweeper) == [2, 0, 25])
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

/// A store whose first sweep breaks off when it has done its work.
private final class BreakingStore: ForwardingStore, QuarantiningStore {
    static let unreadable = SessionID(Block16(7, 7))

    let base: MemorySessionStore
    private let state = Mutex((isBroken: true, setAside: [SessionID]()))

    init(_ base: MemorySessionStore) { self.base = base }

    var setAside: [SessionID] { state.withLock { $0.setAside } }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        var result = try await base.sweep(at: now, limit: limit)
        let isBroken = state.withLock { state in
            defer { state.isBroken = false }
            return state.isBroken
        }
        guard isBroken else { return result }
        result.unreadable = [Self.unreadable]
        return try result.brokenOff(by: SessionError(.unavailable, "the store went away"))
    }

    func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        state.withLock { $0.setAside.append(id) }
        return true
    }

    func quarantined(limit: Int) async throws(SessionError) -> [SessionID] { setAside }
}
