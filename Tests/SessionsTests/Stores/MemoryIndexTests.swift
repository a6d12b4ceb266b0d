import SessionsTesting
import Testing

@testable import Sessions

@Suite("The memory store's index by owner, and what its records share", .timeLimit(.minutes(10)))
struct MemoryIndexTests {
    private let start = Timestamp(milliseconds: 0)

    private func id(_ number: Int) -> SessionID { SessionID(Block16(1, UInt64(number))) }

    @Test("The index is looked through again at twice the entries that were left, and at 16 or more")
    func cleanedInProportion() throws {
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        for (left, next) in [(1, 16), (7, 16), (8, 16), (9, 18), (15, 30)] {
            let index = MemoryIndex()
            for number in 0..<16 {
                let now = number < 15 ? start : start + .seconds(60)
                index.enroll(id(number), of: ada, at: now) { $0 < id(left - 1) }
            }
            #expect(index.sessions(of: ada).count == left)
            // Nothing is named from here on, so all but what comes last goes as soon as it is looked for.
            for number in left..<(next - 1) {
                index.enroll(id(100 + number), of: ada, at: start + .seconds(60)) { _ in false }
            }
            #expect(index.sessions(of: ada).count == next - 1)
            index.enroll(id(200), of: ada, at: start + .seconds(120)) { _ in false }
            #expect(index.sessions(of: ada) == [id(200)], "\(left) left")
        }
    }

    @Test("G3: sessions of a principal stay in the list when the index is cleaned, and enrolments without a session go")
    func cleaningKeepsSessions() async throws {
        let bench = try Bench()
        for _ in 0..<10 { _ = try await bench.signedIn() }
        let ada = bench.manager.owner(try Principal("ada"))
        for number in 0..<10 { try await bench.store.enroll(id(number), of: ada, at: bench.clock.now) }
        bench.clock.advance(by: .seconds(11))
        _ = try await bench.signedIn()
        #expect(try await bench.manager.list(of: try Principal("ada")).count == 11)
        _ = try await bench.signedIn()
        #expect(try await bench.manager.endAll(of: try Principal("ada")) == 12)
    }

    @Test("G11: sessions of one kind share what they have in common, and odd ones keep their own")
    func sharedTerms() throws {
        var state = MemoryShard.State()
        func insert(_ number: Int, hours: Int) throws -> RecordTerms {
            let sample = SessionRecord.sample(absoluteDeadline: .arrival + .hours(hours))
            let record = SessionRecord(
                id: id(number), secretDigest: sample.secretDigest, secretIssuedAt: sample.secretIssuedAt,
                familyDigest: sample.familyDigest, createdAt: sample.createdAt, lastUsedAt: sample.lastUsedAt,
                lifetime: SessionLifetime(
                    idleTimeout: .minutes(hours), touchInterval: .seconds(60),
                    absoluteDeadline: .arrival + .hours(hours), retention: .hours(1), isPersistent: false))
            state.insert(record)
            return try #require(state[id(number)]).terms
        }
        let first = try insert(0, hours: 1)
        #expect(try insert(1, hours: 1) === first)
        // Eight kinds are shared: the first, and seven others.
        for kind in 2...8 {
            let its = try insert(2 * kind, hours: kind)
            #expect(try insert(2 * kind + 1, hours: kind) === its && its !== first, "kind \(kind)")
        }
        let ninth = try insert(100, hours: 9)
        #expect(try insert(101, hours: 9) !== ninth)
    }
}
