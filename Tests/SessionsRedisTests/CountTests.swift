import Sessions
import StoreSupport
import Testing

@testable import SessionsRedis

@Suite("How many sessions a Redis store has", .timeLimit(.minutes(10)))
struct CountTests {
    @Test("Few sessions are counted in every shard, and many by a thirty-second of the shards")
    func count() async throws {
        try await withStore { store, database in
            #expect(try await store.count() == SessionCount(sessions: 0, isExact: false))
            for _ in 0..<40 { #expect(try await store.create(record())) }
            #expect(try await store.count().sessions == 40)
            let (sampled, other) = (store.keys.due(32), store.keys.due(33))
            func fill(_ key: [UInt8], to count: Int64) async throws {
                let present = try #require(try await database.ask("ZCARD", key).number)
                for number in present..<count {
                    let member = SessionID(Block16(0x77, UInt64(number))).block.bytes
                    #expect(try await database.ask("ZADD", key, Array("1".utf8), member) == .integer(1))
                }
            }
            func sample() async throws -> Int {
                var sum: Int64 = 0
                for shard in stride(from: 0, to: 1024, by: 32) {
                    sum += try await database.ask("ZCARD", store.keys.due(shard)).number ?? 0
                }
                return Int(sum)
            }
            try await fill(other, to: 500)
            let before = try await store.count().sessions
            #expect(before >= 500 && before <= 540)
            let rest = before - (try await sample())
            try await fill(sampled, to: Int64(1999 - (try await sample())))
            let few = try await sample()
            #expect(few <= 1999)
            #expect(try await store.count().sessions == few + rest)
            try await fill(sampled, to: Int64(2000 + 40))
            let many = try await sample()
            #expect(many >= 2000)
            #expect(try await store.count().sessions == many * 32)
        }
    }
}
