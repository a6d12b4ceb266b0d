import SessionsTesting
import Testing

@testable import Sessions

@Suite("What the memory store lists and counts", .timeLimit(.minutes(10)))
struct MemoryListTests {
    @Test("A page begins behind the last session of the page before, in its shard or the next, by the order of IDs")
    func pages() async throws {
        let store = MemorySessionStore(maximumRecords: 4096)
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        // Four shards: one session in each, but six in the second, of which two each differ in their last byte alone.
        let second = UInt64(1) << 62
        let words: [(UInt64, UInt64)] = [
            (0, 1), (second, 8), (second, 9), (second + 1, 6), (second + 1, 7), (second + 2, 4), (second + 2, 5),
            (2 * second, 1), (3 * second, 1),
        ]
        let ids = words.map { SessionID(Block16($0.0, $0.1)) }
        let sample = SessionRecord.sample()
        for id in ids.reversed() {
            let record = SessionRecord(
                id: id, secretDigest: sample.secretDigest, secretIssuedAt: .arrival, familyDigest: sample.familyDigest,
                createdAt: .arrival, lastUsedAt: .arrival, lifetime: sample.lifetime, principal: ada.principal,
                authenticatedAt: .arrival)
            try await store.enroll(id, of: ada, at: .arrival)
            let isCreated = try await store.create(record)
            #expect(isCreated)
        }
        for scope in [.all, .realm(.default), .owner(ada)] as [SessionQuery.Scope] {
            var pages: [[SessionID]] = []
            var cursor: String?
            repeat {
                let page = try await store.list(SessionQuery(scope, limit: 2, after: cursor), at: .arrival)
                pages.append(page.records.map(\.id))
                cursor = page.next
            } while cursor != nil && pages.count < 9
            #expect(pages.map(\.count) == [2, 2, 2, 2, 1] && Array(pages.joined()) == ids, "\(scope)")
        }
    }

    @Test("A page has 1 to 1,000 sessions, whenever another number is asked for")
    func limits() {
        var query = SessionQuery(.all)
        #expect(query.limit == 100)
        for (asked, used) in [(0, 1), (1, 1), (-5, 1), (1000, 1000), (1001, 1000), (.max, 1000)] {
            query.limit = asked
            #expect(query.limit == used && SessionQuery(.all, limit: asked).limit == used)
        }
    }

    @Test("The live sessions of all realms are counted exactly, and a store that can't count them says nothing")
    func count() async throws {
        let store = MemorySessionStore()
        let shop = try SessionManager(store: store, clock: ManualClock())
        let office = try SessionManager(store: store, realm: try Realm("office"), clock: ManualClock())
        #expect(try await shop.countOfStore() == SessionCount(sessions: 0, isExact: true))
        let visitor = Visitor(shop)
        try await visitor.visit { try $0.set(.a, to: 1) }
        try await Visitor(office).visit { try await $0.signIn(try Principal("ada")) }
        #expect(try await shop.countOfStore() == SessionCount(sessions: 2, isExact: true))
        #expect(try await office.countOfStore() == SessionCount(sessions: 2, isExact: true))
        try await visitor.visit { try await $0.end() }
        #expect(try await shop.countOfStore() == SessionCount(sessions: 1, isExact: true))
        #expect(try await SessionManager(store: InterruptedStore()).countOfStore() == nil)
        #expect(SessionCount(sessions: -1, isExact: false) == SessionCount(sessions: 0, isExact: false))
    }
}
