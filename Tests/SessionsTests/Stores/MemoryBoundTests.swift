import SessionsTesting
import Testing

@testable import Sessions

@Suite("G11: what the memory store counts, to the byte", .timeLimit(.minutes(10)))
struct MemoryBoundTests {
    private func message(_ body: () throws(SessionError) -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return error.code == .full ? error.message : "\(error)"
        }
    }

    @Test("A quarter as many tombstones as records are kept, and at least a hundred")
    func tombstones() {
        for (records, kept) in [(1, 100), (400, 100), (403, 100), (404, 101), (4000, 1000)] {
            let room = MemoryRoom(maximumRecords: records, maximumBytes: 1, reserve: 0)
            #expect(room.maximumTombstones == kept)
            for _ in 1...kept { #expect(!room.addTombstone()) }
            #expect(room.addTombstone())
            room.forgetTombstones(2)
            #expect(!room.addTombstone())
            #expect(room.addTombstone())
        }
    }

    @Test("A sweep looks at no more sessions than its limit, over all shards together")
    func sweeps() async throws {
        let store = MemorySessionStore()
        let now = Timestamp(milliseconds: 1_000_000)
        // The first bits of an ID choose its shard: one session in the first, and five in the last.
        for (shard, count) in [(UInt64(0), 1), (.max, 5)] {
            for number in 1...count {
                let id = SessionID(Block16(shard, UInt64(number)))
                let record = SessionRecord(
                    id: id, secretDigest: .sample(1), secretIssuedAt: now, familyDigest: .sample(2), createdAt: now,
                    lastUsedAt: now,
                    lifetime: SessionLifetime(
                        idleTimeout: nil, touchInterval: .seconds(1), absoluteDeadline: now + .hours(1),
                        retention: .hours(1), isPersistent: false))
                #expect(try await store.create(record))
            }
        }
        let late = now + .days(1)
        for (limit, examined) in [(3, 3), (2, 2), (2, 1), (2, 0)] {
            #expect(try await store.sweep(at: late, limit: limit).examined == examined)
        }
    }

    @Test("Sessions grow to the byte that is for them, shrink at any time, and the limit is near from a sixteenth on")
    func growth() throws {
        let room = MemoryRoom(maximumRecords: 10, maximumBytes: 2000, reserve: 0.2)
        try room.resize(by: 1500, isVisitor: true)
        #expect(!room.isTight)
        try room.resize(by: 1, isVisitor: true)
        #expect(room.isTight)
        try room.resize(by: 99, isVisitor: true)
        let full = "the memory store holds 2000 bytes of sessions, its limit"
        let remedy = "; raise maximumBytes or use another store"
        let reserved = ", but for what is reserved for signed-in users"
        #expect(
            message { () throws(SessionError) in try room.resize(by: 1, isVisitor: true) } == full + reserved + remedy)
        // What was refused is not counted: all that is reserved is there for users.
        try room.resize(by: 400, isVisitor: false)
        #expect(message { () throws(SessionError) in try room.resize(by: 1, isVisitor: false) } == full + remedy)
        room.overdraw(by: 10)
        #expect(message { () throws(SessionError) in try room.resize(by: -1, isVisitor: true) } == nil)
        #expect(message { () throws(SessionError) in try room.resize(by: 1, isVisitor: false) } == full + remedy)
        #expect(message { () throws(SessionError) in try room.resize(by: -9, isVisitor: false) } == nil)
        #expect(message { () throws(SessionError) in try room.resize(by: 1, isVisitor: false) } == full + remedy)
        #expect(message { () throws(SessionError) in try room.resize(by: -1, isVisitor: false) } == nil)
        #expect(message { () throws(SessionError) in try room.resize(by: 1, isVisitor: false) } == nil)
    }

    @Test("A record takes a place and 400 bytes beside its own, gives back what it took, and a refusal takes nothing")
    func places() {
        let visitor = SessionRecord.sample()
        let user = SessionRecord.sample(principal: "ada")
        #expect(StoreRoom.size(of: visitor) == 400)
        let named = SessionRecord.sample(attributes: ["a": "\"é\""])
        #expect(StoreRoom.size(of: named) == 405)
        for share in [0.5, 0.59] {
            let room = MemoryRoom(maximumRecords: 2, maximumBytes: 1 << 20, reserve: share)
            func take(_ record: SessionRecord) -> String? {
                message { () throws(SessionError) in try room.take(record) }
            }
            let full = "the memory store holds 2 sessions, its limit"
            let remedy = "; raise maximumRecords or use another store"
            #expect(take(visitor) == nil)
            for _ in 1...3 {
                #expect(take(visitor) == full + ", but for what is reserved for signed-in users" + remedy)
            }
            #expect(take(user) == nil)
            #expect(take(user) == full + remedy)
            room.give(400)
            #expect(take(user) == nil)
        }
        let room = MemoryRoom(maximumRecords: 10, maximumBytes: 1000, reserve: 0.2)
        func take(_ record: SessionRecord) -> String? { message { () throws(SessionError) in try room.take(record) } }
        #expect([take(visitor), take(visitor)] == [nil, nil])
        for _ in 1...3 { #expect(take(visitor)?.contains("1000 bytes") == true) }
        room.give(400)
        #expect([take(user)] == [nil])
    }

    @Test("A reserve below nothing is none, and one above everything is everything")
    func reserves() {
        for (share, visitors) in [(-1.0, 4), (0, 4), (0.25, 3), (1, 0), (2, 0)] {
            let room = MemoryRoom(maximumRecords: 4, maximumBytes: 1 << 20, reserve: share)
            let taken = (0..<5).count { _ in message { () throws(SessionError) in try room.take(.sample()) } == nil }
            #expect(taken == visitors, "\(share)")
            let reserved = visitors < 4 ? ", but for what is reserved for signed-in users" : ""
            #expect(
                message { () throws(SessionError) in try room.take(.sample()) }
                    == "the memory store holds 4 sessions, its limit\(reserved); raise maximumRecords or use another store"
            )
        }
    }

    @Test("Growth that comes in one step over the limit is counted, so that the next is refused")
    func overdrawn() async throws {
        let text: SessionKey<String> = "a"
        let store = MemorySessionStore(maximumBytes: 1606, reserve: 0)
        let manager = try SessionManager(store: store, clock: ManualClock())
        let visitors = [Visitor(manager), Visitor(manager)]
        for visitor in visitors { try await visitor.visit { try $0.set(text, to: "1") } }
        let grown = try await visitors[0].visit { try $0.set(text, to: String(repeating: "x", count: 1000)) }
        let next = try await visitors[1].visit { try $0.set(text, to: "22") }
        #expect(grown.error == nil && next.error?.code == .full)
        // It shrinks to the last byte that is left, and one more is refused.
        try await visitors[0].visit { try $0.set(text, to: String(repeating: "x", count: 798)) }
        #expect(try await visitors[1].visit { try $0.set(text, to: "22") }.error == nil)
        #expect(try await visitors[1].visit { try $0.set(text, to: "333") }.error?.code == .full)
    }

    @Test("There is a lock for each thousand records, and four at least")
    func shards() {
        for (records, bits) in [(1, 2), (4096, 2), (4097, 3), (8192, 3), (8193, 4), (100_000_000, 16)] {
            let store = MemorySessionStore(maximumRecords: records)
            #expect(Mirror(reflecting: store).descendant("shardBits") as? Int == bits)
        }
    }

    @Test("An index entry is old after ten seconds, and one that is enrolled again meanwhile stays")
    func enrolments() throws {
        let start = Timestamp.arrival
        func id(_ number: Int) -> SessionID { SessionID(Block16(1, UInt64(number))) }
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        for (age, isOld) in [(Duration.seconds(10), false), (.milliseconds(10_001), true)] {
            let index = MemoryIndex()
            for number in 0..<15 { index.enroll(id(number), of: ada, at: start) { _ in false } }
            var asked = 0
            index.enroll(id(99), of: ada, at: start + age) { wrong in
                asked += 1
                if wrong == id(3) { index.enroll(wrong, of: ada, at: start + .seconds(20)) { _ in true } }
                return false
            }
            #expect(asked == (isOld ? 15 : 0))
            #expect(Set(index.sessions(of: ada)) == (isOld ? [id(3), id(99)] : Set((0..<15).map(id) + [id(99)])))
        }
    }
}
