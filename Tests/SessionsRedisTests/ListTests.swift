import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// Lists whose pages end within a shard, and shards that Redis tells of in several answers.
@Suite(.timeLimit(.minutes(10))) struct ListTests {
    private let start = now

    /// In shard 72: the first ten bits of an ID say which.
    private func id(_ number: UInt64) -> SessionID { SessionID(Block16(0x1234 << 48, number)) }

    private func pages(
        of scope: SessionQuery.Scope, limit: Int, in store: RedisSessionStore
    ) async throws -> [[SessionID]] {
        var (pages, cursor): ([[SessionID]], String?) = ([], nil)
        repeat {
            let page = try await store.list(SessionQuery(scope, limit: limit, after: cursor), at: start)
            pages.append(page.records.map(\.id))
            cursor = page.next
        } while cursor != nil
        return pages
    }

    @Test(
        "A page that ends within a shard or at its end goes on there, each session once, in every scope",
        arguments: [4, 5])
    func pagesEndAnywhere(_ count: Int) async throws {
        try await withStore { store, _ in
            let ada = try owner("ada", in: Realm("shop"))
            // The last one is in the shard that follows.
            let other = SessionID(Block16(0x1240 << 48, 0))
            let ids = (0..<UInt64(count)).map { id($0) } + [other]
            for one in ids {
                try await store.enroll(one, of: ada, at: start)
                let isCreated = try await store.create(
                    record(one, realm: ada.realm, principal: ada.principal, at: start))
                #expect(isCreated)
            }
            let rest: [[SessionID]] = count == 4 ? [[other]] : [[id(4), other], []]
            for scope in [SessionQuery.Scope.all, .realm(ada.realm), .owner(ada)] {
                let pages = try await pages(of: scope, limit: 2, in: store)
                #expect(pages == [[id(0), id(1)], [id(2), id(3)]] + rest, "\(scope)")
            }
        }
    }

    @Test("Where Redis has reordered a shard since, what was shown may come again, and none is lost")
    func anotherOrder() async throws {
        try await withStore { store, _ in
            for number in (0..<3 as Range<UInt64>) {
                let isCreated = try await store.create(record(id(number), at: start))
                #expect(isCreated)
            }
            // The question that the cursor is of has led to 0, or to 5.
            for (end, shown) in [("0", [id(2)]), ("5", [id(0), id(1), id(2)])] {
                let query = SessionQuery(.all, after: "72.0.\(end).\(id(1))")
                let page = try await store.list(query, at: start)
                #expect(page.records.map(\.id) == shown && page.next == nil)
            }
        }
    }

    @Test("A shard that takes Redis several answers is listed whole")
    func severalAnswers() async throws {
        try await withStore { store, _ in
            let ids = (0..<600 as Range<UInt64>).map { id($0) }
            let created = try await store.concurrently(ids) { [start] one throws(SessionError) in
                try await store.create(record(one, at: start))
            }
            #expect(created.allSatisfy { $0 })
            let pages = try await pages(of: .all, limit: 100, in: store)
            #expect(Set(pages.joined()) == Set(ids))
        }
    }

    @Test("A page asks 64 times at most, each time about 32 shards, and may be empty where there is a next one")
    func onePageAsksOnlySoMuch() async throws {
        let asked = Mutex(0)
        let server = try await FakeServer { command in
            guard command[0] == "ZSCAN" else { return nil }
            let number = asked.withLock { asked in
                asked += 1
                return asked
            }
            // There is more and more, and nothing of it here; it ends where a page asks for too much.
            return .bytes("*2\r\n$1\r\n\(number > 5000 ? 0 : 7)\r\n*0\r\n")
        }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        let store = RedisSessionStore(unchecked: client, configuration: .patient(), ownClient: client)
        let page = try await store.list(SessionQuery(.all), at: start)
        #expect(page.records.isEmpty && page.next == "0.7")
        #expect(asked.withLock { $0 } == 64 * 32)
        try await store.close()
        try await server.close()
    }
}
