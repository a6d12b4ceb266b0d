import RedisServers
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis
@testable import SessionsRedisClient

@Suite("The health of a store in Redis", .timeLimit(.minutes(10))) struct HealthTests {
    private func withServer(
        _ arguments: [String] = [], _ body: (RedisProcess, String) async throws -> Void
    ) async throws {
        let server = try RedisProcess(arguments)
        try await server.start()
        try await body(server, "redis://127.0.0.1:\(server.port)")
    }

    private func configuration() -> RedisSessionStore.Configuration {
        .patient(connections: 1)
    }

    @Test("A check leaves no key behind, and neither does opening a store")
    func leavesNothing() async throws {
        try await withServer { server, url in
            let store = try await RedisSessionStore(url: url, configuration: configuration())
            for _ in 0..<3 { try await store.checkHealth() }
            #expect(try server.cli("DBSIZE") == "0\n")
            #expect(try server.cli("INFO", "commandstats").contains("cmdstat_hset:calls=4,"), "each wrote")
            try await store.close()
        }
    }

    @Test("Checks ask every primary of a cluster sooner or later, one at a time")
    func everyPrimaryIsAsked() async throws {
        let ports = Mutex([0, 0])
        var nodes: [FakeServer] = []
        for number in 0..<2 {
            let node = try await FakeServer { command in
                switch command[0] {
                case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "CLUSTER": return .bytes(ports.withLock { FakeServer.slots(of: $0) })
                default: return nil
                }
            }
            ports.withLock { $0[number] = node.port }
            nodes.append(node)
        }
        let client = try RedisClusterClient(
            [.init(host: "127.0.0.1", port: nodes[0].port)], configuration: .patient())
        let store = RedisSessionStore(unchecked: client, configuration: configuration(), ownClient: client)
        // All of them ask the same one with a probability of 2^-39.
        for _ in 0..<40 { try await store.checkHealth() }
        let asked = nodes.map { node in node.received.count { $0[0] == "EVALSHA" } }
        #expect(asked[0] > 0 && asked[1] > 0 && asked[0] + asked[1] == 40)
        try await store.close()
        for node in nodes { try await node.close() }
    }

    @Test("A server whose memory is full can be read and opened, and is not healthy until there is room")
    func aFullServer() async throws {
        try await withServer { server, url in
            let store = try await RedisSessionStore(url: url, configuration: configuration())
            let session = record()
            #expect(try await store.create(session))
            try server.cli("CONFIG", "SET", "maxmemory", "100000")
            await expectError(.unavailable, mentioning: "OOM", "raise maxmemory", "while checking its health") {
                try await store.checkHealth()
            }
            #expect(try await store.load(session.id, at: now)?.id == session.id)
            // A server of yours that is restarted meanwhile serves the sessions that there are.
            let second = try await RedisSessionStore(url: url, configuration: configuration())
            #expect(try await second.load(session.id, at: now)?.id == session.id)
            try await second.close()
            try server.cli("CONFIG", "SET", "maxmemory", "0")
            try await store.checkHealth()
            #expect(try server.cli("DBSIZE") == "2\n", "the session and its place in the index")
            try await store.close()
        }
    }

    @Test(
        "A user who may not use a command that the store needs is found at start-up, and the command is named",
        arguments: [
            "hset", "hgetall", "hmget", "hkeys", "hdel", "exists", "pexpire", "zadd", "zcard", "zrem",
            "zscan", "zrangebyscore", "zrangebylex", "set", "get", "del", "eval", "time",
        ])
    func aMissingRight(_ command: String) async throws {
        let server = try await TestServers.single
        let name = "without-\(command)"
        defer { _ = try? server.cli("ACL", "DELUSER", name) }
        try server.cli("ACL", "SETUSER", name, "on", ">pw", "~*", "+@all", "-\(command)")
        let error = try await #require(throws: SessionError.self) {
            try await RedisSessionStore(
                url: "redis://\(name):pw@127.0.0.1:\(server.port)",
                configuration: .patient(keyPrefix: freshPrefix()))
        }
        #expect(error.code == .unavailable && error.message.contains("127.0.0.1:\(server.port)"))
        // Scripts name it in capitals, and Redis itself in small letters.
        #expect(error.message.lowercased().contains(command), "\(error)")
        #expect(error.message.contains("see the store's page"), "\(error)")
    }

    @Test("A right that is taken away under way shows in the next check")
    func aRightThatGoes() async throws {
        try await withServer { server, url in
            let store = try await RedisSessionStore(url: url, configuration: configuration())
            try server.cli("ACL", "SETUSER", "default", "-hset")
            await expectError(.unavailable, mentioning: "HSET", "see the store's page") {
                try await store.checkHealth()
            }
            try server.cli("ACL", "SETUSER", "default", "+hset")
            try await store.checkHealth()
            try await store.close()
        }
    }

    @Test(
        "A command that was renamed is found at start-up",
        arguments: ["HSET", "HGETALL", "ZRANGEBYLEX", "DEL", "EVAL"])
    func aRenamedCommand(_ command: String) async throws {
        try await withServer(["--rename-command", command, "hidden"]) { server, url in
            await expectError(
                .unavailable, mentioning: "127.0.0.1:\(server.port)", "renamed or switched off", "see the store's page"
            ) {
                _ = try await RedisSessionStore(url: url, configuration: configuration())
            }
        }
    }
}
