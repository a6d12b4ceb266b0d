import SessionsTesting
import Testing

@testable import Sessions

@Suite("What the memory store remembers is bounded by what is there", .timeLimit(.minutes(10)))
struct MemoryBookkeepingTests {
    private let start = Timestamp(milliseconds: 0)

    private func owner(_ name: String) throws -> SessionOwner {
        SessionOwner(realm: .default, principal: try Principal(name))
    }

    @Test("G11: an owner without sessions and watermark is forgotten, with the last of both")
    func owners() throws {
        let index = MemoryIndex()
        let (ada, grace) = (try owner("ada"), try owner("grace"))
        index.enroll(.sample(1), of: ada, at: start) { _ in true }
        index.enroll(.sample(2), of: ada, at: start) { _ in true }
        index.enroll(.sample(3), of: grace, at: start) { _ in true }
        _ = index.watermark(of: grace, raisedTo: start)
        #expect(index.size.owners == 2)
        index.forget(.sample(1), of: ada)
        #expect(index.size.owners == 2 && index.sessions(of: ada) == [.sample(2)])
        index.forget(.sample(2), of: ada)
        #expect(index.size.owners == 1)
        index.forget(.sample(3), of: grace)
        #expect(index.size.owners == 1)
        index.dropOldWatermarks(at: start + .days(1))
        #expect(index.size.owners == 1 && index.watermark(of: grace, raisedTo: nil) == start)
        index.dropOldWatermarks(at: start + .days(1) + .milliseconds(1))
        #expect(index.size.owners == 0 && index.watermark(of: grace, raisedTo: nil) == nil)
        // A watermark goes without the sessions, too.
        index.enroll(.sample(4), of: ada, at: start) { _ in true }
        _ = index.watermark(of: ada, raisedTo: start)
        index.dropOldWatermarks(at: start + .days(2))
        #expect(index.sessions(of: ada) == [.sample(4)] && index.watermark(of: ada, raisedTo: nil) == nil)
    }

    @Test("G11: the index forgets a user with the last tombstone, whether it gives way to another one or is swept")
    func ownersOfTombstones() async throws {
        let store = MemorySessionStore(maximumRecords: 1, reserve: 0), clock = ManualClock()
        let manager = try SessionManager(store: store, clock: clock)
        let index = try #require(Mirror(reflecting: store).descendant("index") as? MemoryIndex)
        for number in 0..<103 {
            let visitor = Visitor(manager)
            try await visitor.visit { try await $0.signIn(try Principal("user\(number)")) }
            // A hundred tombstones are kept, beside the one session.
            #expect(index.size.owners == min(number, 100) + 1)
            try await visitor.visit { try await $0.end() }
        }
        #expect(index.size.owners == 100)
        clock.advance(by: .days(1))
        #expect(try await store.sweep(at: clock.now, limit: 1000).examined == 100)
        #expect(index.size.owners == 0)
    }

    @Test("G11: a sweep forgets a day later that all sessions of a user were ended, and no earlier")
    func sweptWatermarks() async throws {
        let store = MemorySessionStore(), clock = ManualClock()
        let manager = try SessionManager(store: store, clock: clock)
        let index = try #require(Mirror(reflecting: store).descendant("index") as? MemoryIndex)
        for number in 0..<3 { _ = try await manager.endAll(of: try Principal("user\(number)")) }
        // Each is raised to one millisecond more.
        for (advance, owners) in [(Duration.days(1) + .milliseconds(1), 3), (.milliseconds(1), 0)] {
            clock.advance(by: advance)
            let swept = try await store.sweep(at: clock.now, limit: 10)
            #expect(swept.examined == 0 && index.size.owners == owners)
        }
    }

    @Test("G11: raised watermarks are remembered twice each, and sixteen more, before those that were raised again go")
    func raised() throws {
        let index = MemoryIndex()
        let ada = try owner("ada")
        func sizes(from first: Int) -> [Int] {
            (first..<(first + 40)).map { number in
                _ = index.watermark(of: ada, raisedTo: Timestamp(milliseconds: Int64(number)))
                return index.size.raised
            }
        }
        let expected = Array(1...18) + Array(1...18) + Array(1...4)
        #expect(sizes(from: 0) == expected)
        // As many again after all have gone: none is counted twice.
        index.dropOldWatermarks(at: Timestamp(milliseconds: 40) + .days(1))
        #expect(index.size.owners == 0)
        let left = index.size.raised
        #expect(left <= 16)
        #expect(sizes(from: 1_000_000_000) == Array((left + 1)...18) + Array(1...18) + Array(1...(4 + left)))
    }

    @Test("G11: no watermark is lost when those that were raised again go")
    func compaction() throws {
        let index = MemoryIndex()
        let owners = try (0..<30).map { try owner("user\($0)") }
        for round in 0..<5 {
            for (number, owner) in owners.enumerated() {
                _ = index.watermark(of: owner, raisedTo: Timestamp(milliseconds: Int64(100 * round + number)))
                #expect(index.size.raised <= 2 * 30 + 16)
            }
        }
        #expect(owners.map { index.watermark(of: $0, raisedTo: nil)?.milliseconds } == (0..<30).map { 400 + $0 })
        // The oldest go first, each on its own day.
        index.dropOldWatermarks(at: Timestamp(milliseconds: 411) + .days(1))
        let left = owners.map { index.watermark(of: $0, raisedTo: nil)?.milliseconds }
        #expect(left == (0..<11).map { _ in nil } + (11..<30).map { 400 + $0 })
        #expect(index.size.owners == 19)
        index.dropOldWatermarks(at: start + .days(2))
        #expect(index.size.owners == 0 && index.size.raised <= 16)
    }

    @Test("G11: what is due comes in the order of its time, however it was put in and moved")
    func heap() {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SplitMix64(seed: seed)
            var heap = DueHeap()
            var entries: [MemoryEntry] = []
            func check() {
                #expect(heap.first?.dueBound == entries.map(\.dueBound).min())
            }
            for number in 0..<120 {
                if entries.isEmpty || Int.random(in: 0..<3, using: &generator) > 0 {
                    let entry = MemoryEntry(.sample())
                    entry.dueBound = Timestamp(milliseconds: .random(in: 0..<50, using: &generator))
                    entries.append(entry)
                    heap.insert(entry)
                } else {
                    let bound = Timestamp(milliseconds: .random(in: 0..<50, using: &generator))
                    heap.move(entries[number % entries.count], to: bound)
                    #expect(entries[number % entries.count].dueBound == bound)
                }
                check()
            }
            var taken: [Timestamp] = []
            while let first = heap.first {
                taken.append(first.dueBound)
                heap.removeFirst()
                entries.removeAll { $0 === first }
                #expect(first.heapIndex == -1)
                check()
            }
            #expect(taken == taken.sorted() && taken.count > 40 && entries.isEmpty)
        }
    }

    @Test(
        "A sweeper takes 500 records a batch, every 30 seconds, unless told otherwise, and pauses for 10 ms or more"
    )
    func sweeper() async throws {
        let recording = RecordingStore(MemorySessionStore())
        let manager = try SessionManager(store: recording, clock: ManualClock())
        let sweeper = SessionSweeper(manager)
        await sweeper.sweep()
        let limits = recording.calls.map { call in if case .sweep(_, let limit) = call { limit } else { -1 } }
        #expect(limits == [500])
        func interval(_ sweeper: SessionSweeper) -> Duration? {
            Mirror(reflecting: sweeper).descendant("interval") as? Duration
        }
        #expect(interval(sweeper) == .seconds(30))
        for (asked, used) in [(Duration.milliseconds(9), 10), (.milliseconds(10), 10), (.milliseconds(11), 11)] {
            #expect(interval(SessionSweeper(manager, every: asked)) == .milliseconds(used))
        }
    }
}
