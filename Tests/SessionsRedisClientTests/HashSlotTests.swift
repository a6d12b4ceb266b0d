import Foundation
import RedisServers
import Testing

@testable import SessionsRedisClient

@Suite(.timeLimit(.minutes(10))) struct HashSlotTests {
    /// The values are those of the specification of Redis Cluster and of `CLUSTER KEYSLOT`.
    @Test func slotsAreThoseOfRedis() async throws {
        #expect(HashSlot.of(Array("123456789".utf8)) == 0x31c3)
        let node = try await TestServers.cluster.nodes[0]
        for key in [
            "a", "{user1000}.following", "foo{}{bar}", "foo{{bar}}zap", "foo{bar}{zap}", "{}", "}{a", "sessions:{17}:x",
        ] {
            let slot = try node.cli("CLUSTER", "KEYSLOT", key).trimmingCharacters(in: .whitespacesAndNewlines)
            #expect("\(HashSlot.of(Array(key.utf8)))" == slot, "\(key)")
        }
    }

    @Test func readsRedirections() {
        let asked = ServerAddress(host: "here", port: 1)
        func read(_ text: String) -> Redirection? { Redirection(.init(text), from: asked) }
        #expect(read("MOVED 3999 127.0.0.1:6381")?.address == .init(host: "127.0.0.1", port: 6381))
        #expect(read("ASK 16383 [::1]:6381")?.address == .init(host: "::1", port: 6381))
        #expect(read("MOVED 0 :7000")?.address == .init(host: "here", port: 7000))
        for bad in [
            "MOVED", "MOVED 1", "MOVED x a:1", "MOVED 16384 a:1", "MOVED -1 a:1", "MOVED 1 a", "MOVED 1 a:0",
            "MOVED 1 a:99999",
        ] {
            #expect(read(bad) == nil, "\(bad)")
        }
    }

    @Test func readsSlotsAndRefusesNonsense() {
        func text(_ text: String) -> RedisReply { .bytes(Array(text.utf8)[...]) }
        func range(_ first: Int64, _ last: Int64, _ host: String, _ port: Int64) -> RedisReply {
            .array([.integer(first), .integer(last), .array([text(host), .integer(port), text("id")])])
        }
        let asked = ServerAddress(host: "here", port: 1)
        let map = SlotMap(.array([range(0, 99, "a", 7), range(200, 16383, "", 8)]), from: asked)
        #expect(map?[0] == .init(host: "a", port: 7) && map?[99] == map?[0])
        #expect(map?[100] == nil && map?[16383] == .init(host: "here", port: 8))
        for bad: RedisReply in [
            .null, .array([]), .array([range(5, 4, "a", 1)]), .array([range(0, 16384, "a", 1)]),
            .array([range(-1, 4, "a", 1)]),
            .array([range(0, 4, "a", 0)]), .array([.array([.integer(0), .integer(1)])]),
        ] {
            #expect(SlotMap(bad, from: asked) == nil)
        }
    }
}
