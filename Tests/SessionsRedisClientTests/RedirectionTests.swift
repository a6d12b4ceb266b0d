import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

/// Nodes that send a cluster's client on to others.
@Suite(.timeLimit(.minutes(10))) struct RedirectionTests {
    /// A client whose clock stands still, so that no node is left or suspected because this machine is slow.
    private func client(seed: FakeServer) throws -> RedisClusterClient {
        let clock = ManualClock()
        var configuration = RedisClientConfiguration.patient(connections: 1)
        configuration.now = { clock.now }
        return try RedisClusterClient([.init(host: "127.0.0.1", port: seed.port)], configuration: configuration)
    }

    /// A node that has no slot yet but takes one over is in use: learning the slots doesn't close it.
    @Test func aNodeThatOnlyAskNamesStaysConnected() async throws {
        let ports = Mutex((old: 0, new: 0))
        let answered = Gate()
        @Sendable func answer(_ command: [String], isNew: Bool) -> FakeServer.Answer? {
            let (old, new) = ports.withLock { $0 }
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": return .bytes("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(old)\r\n")
            case "HGETALL":
                return isNew ? .held("%0\r\n", until: answered) : .bytes("-ASK 1 127.0.0.1:\(new)\r\n")
            case "GET": return .bytes("-MOVED 1 127.0.0.1:\(old)\r\n")
            default: return nil
            }
        }
        let old = try await FakeServer { answer($0, isNew: false) }
        let new = try await FakeServer { answer($0, isNew: true) }
        ports.withLock { $0 = (old.port, new.port) }
        let client = try client(seed: old)
        let load = Task {
            try await client.send(
                RedisCommand("HGETALL", on: Array("{x}".utf8), effect: .read), deadline: .now + .seconds(280))
        }
        while !new.received.contains(where: { $0[0] == "HGETALL" }) { try await Task.sleep(for: .milliseconds(5)) }
        let began = ContinuousClock.now
        // Is sent round and round, and has the slots learned again each time.
        let lost = Task {
            try await client.send(
                RedisCommand("GET", on: Array("{x}".utf8), effect: .read), deadline: .now + .seconds(600))
        }
        func rounds() -> Int { old.received.count { $0[0] == "GET" } }
        try await eventually("the command was sent round, and the slots were learned again") {
            rounds() >= 7 && old.received.count { $0[0] == "CLUSTER" } >= 3
        }
        // Three at a time, with pauses of 10 ms at least between them.
        #expect(rounds() <= 4 + 3 * Int(began.duration(to: .now) / .milliseconds(10)))
        lost.cancel()
        _ = await lost.result
        answered.open()
        #expect(try await load.value == .array([]))
        #expect(new.acceptedConnections == 1)
        client.close()
        try await old.close()
        try await new.close()
    }

    /// A node that lost its slot says so, and is not believed to have it any more.
    @Test func aNodeThatLostItsSlotIsNotAskedAgain() async throws {
        let asked = Mutex<[String]>([])
        @Sendable func slots(_ port: Int) -> String {
            "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:\(port)\r\n"
        }
        let ports = Mutex((old: 0, new: 0, hasMoved: false))
        func server(_ name: String) async throws -> FakeServer {
            try await FakeServer { command in
                let (old, new, hasMoved) = ports.withLock { $0 }
                switch command[0] {
                case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "CLUSTER": return .bytes(slots(hasMoved ? new : old))
                case "HGETALL":
                    asked.withLock { $0.append(name) }
                    return hasMoved && name == "old" ? .bytes("-MOVED 1 127.0.0.1:\(new)\r\n") : nil
                default: return nil
                }
            }
        }
        let (old, new) = (try await server("old"), try await server("new"))
        ports.withLock { $0 = (old.port, new.port, false) }
        let client = try client(seed: old)
        let load = RedisCommand("HGETALL", on: Array("{x}".utf8), effect: .read)
        for hasMoved in [false, false, true, true, true] {
            ports.withLock { $0.hasMoved = hasMoved }
            let reply = try await client.send(load, deadline: .now + .seconds(280))
            #expect(reply == .array([]))
        }
        #expect(asked.withLock { $0 } == ["old", "old", "old", "new", "new", "new"])
        client.close()
        try await old.close()
        try await new.close()
    }
}
