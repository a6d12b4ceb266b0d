import SessionsTesting
import Testing

@testable import Sessions

@Suite("A shard's table finds exactly the sessions that it holds", .timeLimit(.minutes(10)))
struct MemoryTableTests {
    private func places(_ table: MemoryTable) -> Int {
        (Mirror(reflecting: table).descendant("places") as? [MemoryEntry?])?.count ?? -1
    }

    private func entry(_ id: SessionID) -> MemoryEntry {
        MemoryEntry(
            SessionRecord(
                id: id, secretDigest: .sample(1), secretIssuedAt: .arrival, familyDigest: .sample(1),
                createdAt: .arrival, lastUsedAt: .arrival,
                lifetime: SessionLifetime(
                    idleTimeout: nil, touchInterval: .seconds(60), absoluteDeadline: .arrival + .hours(1),
                    retention: .hours(1), isPersistent: false)))
    }

    @Test(
        "However entries come and go, those that fell on one place among them, each is found and no other",
        arguments: 1...20 as ClosedRange<UInt64>)
    func model(_ seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        // So few that they meet in small tables, at their ends too.
        let universe = (0..<48).map { number in
            SessionID(
                seed % 2 == 0
                    ? Block16(
                        .random(in: .min ... .max, using: &generator), .random(in: .min ... .max, using: &generator))
                    : Block16(7, number))
        }
        var table = MemoryTable()
        var model: [SessionID: MemoryEntry] = [:]
        var (inserted, removed, wrong) = (0, 0, 0)
        for step in 0..<2000 {
            let id = universe[.random(in: universe.indices, using: &generator)]
            // Fuller in one half of the time, emptier in the other.
            if Int.random(in: 0..<10, using: &generator) < (step % 400 < 200 ? 7 : 3) {
                if model[id] == nil {
                    let entry = entry(id)
                    table.insert(entry)
                    model[id] = entry
                    inserted += 1
                }
            } else {
                if model[id] != nil { removed += 1 }
                table.remove(id)
                model[id] = nil
            }
            wrong += universe.count { table[$0] !== model[$0] }
        }
        #expect(wrong == 0)
        #expect(table.count == model.count && Set(table.ids) == Set(model.keys) && table.ids.count == model.count)
        #expect(inserted > 300 && removed > 300)
    }

    @Test("It is three quarters full at most: a search ends, whatever ID a client sends")
    func room() {
        var table = MemoryTable()
        let sizes = (1...25 as ClosedRange<UInt64>).map { number in
            table.insert(entry(SessionID(Block16(1, number))))
            return places(table)
        }
        #expect(
            sizes == Array(repeating: 8, count: 6) + Array(repeating: 16, count: 6) + Array(repeating: 32, count: 12)
                + [64])
        #expect(table[SessionID(Block16(2, 1))] == nil)
        // Room that came free is used again.
        for number in 1...25 as ClosedRange<UInt64> { table.remove(SessionID(Block16(1, number))) }
        for number in 1...48 as ClosedRange<UInt64> { table.insert(entry(SessionID(Block16(3, number)))) }
        #expect(places(table) == 64 && table.count == 48)
    }
}
