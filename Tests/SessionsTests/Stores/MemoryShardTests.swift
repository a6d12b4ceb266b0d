import SessionsTesting
import Testing

@testable import Sessions

@Suite(
    "G11: a shard of the memory store keeps what is due, and as many tombstones as there is room for",
    .timeLimit(.minutes(10)))
struct MemoryShardTests {
    private let room = MemoryRoom(maximumRecords: 1, maximumBytes: 1 << 20, reserve: 0)

    private func id(_ number: Int) -> SessionID { SessionID(Block16(7, UInt64(number))) }

    /// Expires half an hour and a minute after its last use, and is forgotten an hour later.
    private func record(_ number: Int, usedAt: Timestamp = .arrival) -> SessionRecord {
        SessionRecord(
            id: id(number), secretDigest: .sample(1), secretIssuedAt: usedAt, familyDigest: .sample(1),
            createdAt: usedAt, lastUsedAt: usedAt,
            lifetime: SessionLifetime(
                idleTimeout: .minutes(30), touchInterval: .seconds(60), absoluteDeadline: .arrival + .hours(12),
                retention: .hours(1), isPersistent: false))
    }

    /// - Returns: the tombstone that had to go for this one; 65,535 where none had to
    private func end(_ number: Int, in state: inout MemoryShard.State, at now: Timestamp = .arrival) -> SessionID? {
        state.insert(record(number, usedAt: now))
        var changes = SessionChanges(expectedGeneration: nil)
        changes.end = SessionEnd(reason: .endedByOperator, at: now)
        let (result, forgotten) = state.end(changes, id(number), at: now, limits: .init(), room)
        guard case .committed = result else { return nil }
        return forgotten?.id ?? id(0xffff)
    }

    private func queue(_ state: MemoryShard.State) -> Int {
        (Mirror(reflecting: state).descendant("tombstones") as? [SessionID])?.count ?? -1
    }

    @Test("An entry that is taken out of the heap leaves the others in their order, wherever it stood")
    func removal() {
        for seed in 1...20 as ClosedRange<UInt64> {
            var generator = SplitMix64(seed: seed)
            var heap = DueHeap()
            var entries: [MemoryEntry] = []
            for _ in 0..<40 {
                let entry = MemoryEntry(.sample())
                entry.dueBound = Timestamp(milliseconds: .random(in: 0..<30, using: &generator))
                heap.insert(entry)
                entries.append(entry)
            }
            var disorder = 0
            for left in (0..<40).reversed() {
                let entry = entries.remove(at: .random(in: entries.indices, using: &generator))
                heap.remove(entry)
                #expect(entry.heapIndex == -1)
                let placed = entries.sorted { $0.heapIndex < $1.heapIndex }
                #expect(placed.map { Int($0.heapIndex) } == Array(0..<left))
                for index in placed.indices.dropFirst()
                where placed[index].dueBound < placed[(index - 1) / 2].dueBound { disorder += 1 }
                #expect(heap.first === placed.first)
            }
            #expect(disorder == 0)
        }
    }

    @Test("Tombstones that are forgotten leave the queue before it is twice as long as it has to be")
    func queueIsBounded() {
        var state = MemoryShard.State()
        var sizes: [Int] = []
        var forgotten: [SessionID] = []
        for number in 0..<410 {
            if let old = end(number, in: &state) { forgotten.append(old) }
            sizes.append(queue(state))
        }
        #expect(sizes == Array(1...200) + Array(100...200) + Array(100...200) + Array(100...107))
        // A hundred are kept, the newest.
        #expect(forgotten == (0..<100).map { _ in id(0xffff) } + (0..<310).map { id($0) })
        #expect(state.ids.count == 100)
    }

    @Test("Where other shards hold all tombstones that may be kept, one is forgotten as soon as it is made")
    func noRoom() {
        for _ in 1...100 { #expect(!room.addTombstone()) }
        var state = MemoryShard.State()
        var sizes: [Int] = []
        for number in 0..<70 {
            #expect(end(number, in: &state) == id(number))
            sizes.append(queue(state))
        }
        #expect(sizes == Array(1...32) + Array(0...32) + Array(0...4))
        #expect(state.ids.isEmpty)
        // The sweep makes tombstones as well.
        for number in 0..<3 { state.insert(record(100 + number)) }
        let swept = state.sweep(at: .arrival + .minutes(31), limit: 10, room)
        #expect(swept.examined == 3 && Set(swept.expired.map(\.id)) == [id(100), id(101), id(102)])
        #expect(swept.forgotten.map(\.id) == swept.expired.map(\.id) && state.ids.isEmpty)
        #expect(state.sweep(at: .arrival + .days(1), limit: 10, room).examined == 0)
        // None of these is still counted: there are a hundred, of the other shards.
        room.forgetTombstones(1)
        #expect(!room.addTombstone())
        #expect(room.addTombstone())
    }

    @Test("The oldest tombstone that is still there goes first, whatever the sweep has forgotten before")
    func oldestThatIsThere() {
        var state = MemoryShard.State()
        for number in 0..<2 { #expect(end(number, in: &state) == id(0xffff)) }
        #expect(end(2, in: &state, at: .arrival + .milliseconds(1)) == id(0xffff))
        let swept = state.sweep(at: .arrival + .hours(1), limit: 10, room)
        #expect(swept.examined == 2 && swept.expired.isEmpty && Set(swept.forgotten.map(\.id)) == [id(0), id(1)])
        for _ in 1...98 { #expect(!room.addTombstone()) }
        #expect(end(3, in: &state, at: .arrival + .hours(1)) == id(0xffff))
        #expect(end(4, in: &state, at: .arrival + .hours(1)) == id(2))
        #expect(Set(state.ids) == [id(3), id(4)])
    }

    @Test("A sweep lets requests have a shard after every 32 records, and sweeps all that are due all the same")
    func slices() async throws {
        var state = MemoryShard.State()
        for number in 0..<40 { state.insert(record(number)) }
        let late = Timestamp.arrival + .minutes(31)
        #expect(state.sweep(at: late, limit: 1000, room).examined == 32)
        #expect(state.sweep(at: late, limit: 1000, room).examined == 8)
        // All in one shard, as `record` makes them.
        let store = MemorySessionStore()
        for number in 0..<100 { _ = try await store.create(record(number)) }
        let part = try await store.sweep(at: late, limit: 33)
        #expect(part.examined == 33 && part.expired.count == 33)
        let rest = try await store.sweep(at: late, limit: 1000)
        #expect(rest.examined == 67 && rest.expired.count == 67)
    }

    @Test("A sweep looks at what is due by then and no later, at most as many as it may, and once")
    func sweep() {
        var state = MemoryShard.State()
        for number in 0..<5 { state.insert(record(number)) }
        state.insert(record(5, usedAt: .arrival + .milliseconds(1)))
        let due = Timestamp.arrival + .minutes(31)
        #expect(state.sweep(at: due - .milliseconds(1), limit: 10, room).examined == 0)
        let first = state.sweep(at: due, limit: 3, room)
        #expect(first.examined == 3 && first.expired.count == 3 && first.forgotten.isEmpty)
        let rest = state.sweep(at: due, limit: 10, room)
        #expect(rest.examined == 2 && rest.expired.count == 2)
        #expect(Set((first.expired + rest.expired).map(\.id)) == Set((0..<5).map(id)))
        #expect((first.expired + rest.expired).allSatisfy { $0.end == SessionEnd(reason: .expired, at: due) })
        #expect(state.sweep(at: due, limit: 10, room).examined == 0)
        // An hour after they ended they are forgotten, and the sixth, which was never looked at, with them or later.
        let old = state.sweep(at: due + .hours(1), limit: 10, room)
        #expect(old.examined == 6 && old.forgotten.count == 5 && old.expired.map(\.id) == [id(5)])
        let last = state.sweep(at: due + .hours(1) + .milliseconds(1), limit: 10, room)
        #expect(last.forgotten.map(\.id) == [id(5)] && state.ids.isEmpty)
    }

    @Test("A session that was used since is looked at once more and lives, and one that gets less time is due sooner")
    func moved() {
        var state = MemoryShard.State()
        for number in 0..<2 { state.insert(record(number)) }
        var use = SessionChanges(expectedGeneration: 1)
        use.expectedGeneration = record(0).generation
        use.lastUsedAt = .arrival + .minutes(10)
        var shorter = use
        shorter.lastUsedAt = nil
        shorter.lifetime = SessionLifetime(
            idleTimeout: .minutes(5), touchInterval: .seconds(60), absoluteDeadline: .arrival + .hours(12),
            retention: .hours(1), isPersistent: false)
        for (changes, number) in [(use, 0), (shorter, 1)] {
            let result = try? state.commit(changes, to: id(number), at: .arrival, limits: .init(), room)
            guard case .committed = result else {
                Issue.record("\(String(describing: result))")
                return
            }
        }
        let early = state.sweep(at: .arrival + .minutes(6), limit: 10, room)
        #expect(early.examined == 1 && early.expired.map(\.id) == [id(1)])
        let seen = state.sweep(at: .arrival + .minutes(31), limit: 10, room)
        #expect(seen.examined == 1 && seen.expired.isEmpty && seen.forgotten.isEmpty)
        #expect(state.sweep(at: .arrival + .minutes(31), limit: 10, room).examined == 0)
        #expect(state.sweep(at: .arrival + .minutes(41), limit: 10, room).expired.map(\.id) == [id(0)])
    }
}
