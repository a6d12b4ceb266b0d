import RedisServers
import Testing

@testable import SessionsRedisClient

/// Which node has which slot, as a node says.
@Suite(.timeLimit(.minutes(10))) struct SlotMapTests {
    private let asked = ServerAddress(host: "asked", port: 7)

    private func node(_ host: RedisReply, _ port: Int64) -> RedisReply { .array([host, .integer(port)]) }

    private func text(_ text: String) -> RedisReply { .bytes(ArraySlice(text.utf8)) }

    private func range(_ first: Int64, _ last: Int64, _ nodes: RedisReply...) -> RedisReply {
        .array([.integer(first), .integer(last)] + nodes)
    }

    private func read(_ ranges: RedisReply...) -> SlotMap? { SlotMap(.array(ranges), from: asked) }

    @Test("Each slot of a range is its node's, the first and the last too, and replicas are kept apart")
    func ranges() throws {
        let map = try #require(
            read(
                range(0, 99, node(text("a"), 1), node(text("c"), 3)), range(100, 16_383, node(text("b"), 65_535))))
        for (slot, host) in [(0, "a"), (99, "a"), (100, "b"), (16_383, "b")] { #expect(map[slot]?.host == host) }
        #expect(map[100]?.port == 65_535 && map[0]?.port == 1 && !map.isPartial)
        #expect(map.nodes.count == 2 && map.replicas == [.init(host: "c", port: 3)])
        #expect(read(range(5, 5, node(text("a"), 1)))?[4] == nil)
    }

    @Test("A host that is left out or empty is that of the node that was asked", arguments: [true, false])
    func hosts(_ isNull: Bool) {
        let map = read(range(0, 1, node(isNull ? .null : text(""), 9)))
        #expect(map?[1] == .init(host: "asked", port: 9))
    }

    @Test("What a node doesn't know yet is taken from what was known, the first and the last slot too")
    func partial() throws {
        let older = try #require(read(range(0, 16_383, node(text("old"), 1))))
        var newer = try #require(
            read(
                range(0, 9, node(text("?"), 2)), range(10, 19, node(text("new"), 2)),
                range(20, 16_383, node(text("?"), 2))
            ))
        #expect(newer.isPartial && newer[0] == nil)
        newer.complete(from: older)
        for (slot, host) in [(0, "old"), (9, "old"), (10, "new"), (19, "new"), (20, "old"), (16_383, "old")] {
            #expect(newer[slot]?.host == host, "\(slot)")
        }
    }

    @Test("What is no answer to CLUSTER SLOTS is no map")
    func malformed() {
        #expect(SlotMap(.null, from: asked) == nil && read() == nil && read(.null) == nil)
        #expect(read(.array([.integer(0), .integer(1)])) == nil, "there is no node")
        for (first, last) in [(-1, 5), (5, 4), (0, 16_384)] as [(Int64, Int64)] {
            #expect(read(range(first, last, node(text("a"), 1))) == nil, "\(first) to \(last)")
        }
        for port in [0, 65_536] as [Int64] { #expect(read(range(0, 1, node(text("a"), port))) == nil) }
        #expect(read(range(0, 1, .array([text("a")]))) == nil)
        #expect(read(range(0, 16_383, node(text("?"), 1))) == nil, "nothing is known")
    }
}
