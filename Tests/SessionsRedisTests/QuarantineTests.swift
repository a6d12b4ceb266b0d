import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Testing

@testable import SessionsRedis

@Suite("Hashes that can't be read are set aside", .timeLimit(.minutes(10)))
struct QuarantineTests {
    @Test(
        "A hash is kept as it was, and counts as none from then on",
        arguments: [("h", "short"), ("l", ""), ("f", "x"), (".a", "x"), ("e", "now")])
    func moved(_ field: String, _ value: String) async throws {
        try await withStore { (store, database) async throws in
            let (broken, whole) = (record(["a": "1"]), record())
            for session in [broken, whole] { #expect(try await store.create(session)) }
            let key = store.keys.session(broken.id)
            _ = try await database.ask("HSET", key, Array(field.utf8), Array(value.utf8))
            await expectError(.corrupt, mentioning: "\(broken.id)") { _ = try await store.load(broken.id, at: now) }
            guard case .array(let before) = try await database.ask("HGETALL", key) else {
                Issue.record("no hash")
                return
            }
            #expect(try await store.quarantine(broken.id, at: now))
            #expect(try await store.load(broken.id, at: now) == nil)
            #expect(try await database.due(broken.id) == nil)
            #expect(try await store.quarantined(limit: 10) == [broken.id])
            for none in [0, -1, Int.min] { #expect(try await store.quarantined(limit: none).isEmpty) }
            #expect(try await !store.quarantine(broken.id, at: now))

            let aside = store.keys.unreadable(store.keys.shard(of: broken.id))
            let kept = try await database.ask("HGET", aside, Array("\(broken.id)".utf8))
            var expected: [UInt8] = []
            for case .bytes(let bytes) in before { expected += Array("\(bytes.count):".utf8) + bytes }
            guard case .bytes(let found) = kept else {
                Issue.record("nothing was kept")
                return
            }
            #expect(Array(found) == expected)
            let left = try await database.timeLeft(aside)
            #expect(left <= .days(30) && left > .days(30) - .minutes(5))
            #expect(try await store.load(whole.id, at: now) != nil)
        }
    }

    @Test("What can be read isn't set aside, nor what isn't there, nor what has changed since it was read")
    func readable() async throws {
        try await withStore { (store, database) async throws in
            let session = record()
            #expect(try await store.create(session))
            #expect(try await !store.quarantine(session.id, at: now))
            #expect(try await !store.quarantine(freshID(), at: now))
            let shard = store.keys.shard(of: session.id)
            let names = [store.keys.session(session.id), store.keys.due(shard), store.keys.unreadable(shard)]
            let reply = try await store.run(store.scripts.quarantine, names, "setting aside") { command in
                command.append(session.id.block.bytes)
                command.append(session.id.description)
                command.append(String(repeating: "0", count: 40))
                command.append(1000)
            }
            #expect(reply.number == 0)
            #expect(try await store.load(session.id, at: now) != nil)
        }
    }

    @Test("A key that holds no hash is an unreadable session, and stops no list and no sweep")
    func anotherType() async throws {
        try await withStore { (store, database) async throws in
            let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
            var (broken, whole) = (record(), record())
            broken.principal = ada.principal
            whole.principal = ada.principal
            for session in [broken, whole] {
                try await store.enroll(session.id, of: ada, at: now)
                #expect(try await store.create(session))
            }
            _ = try await database.ask("SET", store.keys.session(broken.id), Array("garbage".utf8))
            await expectError(.corrupt, mentioning: "\(broken.id)") { _ = try await store.load(broken.id, at: now) }
            for scope in [SessionQuery.Scope.all, .realm(.default), .owner(ada)] {
                var records: [SessionID] = [], unreadable: [SessionID] = []
                var query = SessionQuery(scope)
                repeat {
                    let page = try await store.list(query, at: now)
                    records += page.records.map(\.id)
                    unreadable += page.unreadable
                    query.cursor = page.next
                } while query.cursor != nil
                #expect(records == [whole.id] && unreadable == [broken.id], "\(scope)")
            }
            let swept = try await store.sweep(at: whole.deadline + .minutes(1), limit: 100)
            #expect(swept.unreadable == [broken.id] && swept.failure == nil && swept.expired.map(\.id) == [whole.id])
            #expect(try await store.load(whole.id, at: now)?.end?.reason == .expired)
            // By then it is their owner's turn, whose index is cleaned.
            let later = try await store.sweep(at: whole.deadline + .hours(2), limit: 100)
            let left = try await database.entries(of: ada)
            #expect(later.examined == 1 && later.failure == nil && left == [broken.id])
            await expectError(.corrupt, mentioning: "\(broken.id)") {
                _ = try await store.quarantine(broken.id, at: now)
            }
        }
    }
}
