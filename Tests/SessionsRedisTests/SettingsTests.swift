import Logging
import RedisServers
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

@Suite("Settings of Redis that lose sessions", .timeLimit(.minutes(10))) struct SettingsTests {
    /// Opens a store, closes it, and returns what it logged.
    private func warnings(_ url: String) async throws -> [String] {
        let log = Lines()
        let logger = Logger(label: "test") { _ in log }
        let configuration = RedisSessionStore.Configuration.patient(connections: 1)
        try await RedisSessionStore(url: url, configuration: configuration, logger: logger).close()
        return log.lines
    }

    @Test("A server that keeps nothing on its disk is warned of, and one that does isn't")
    func noPersistence() async throws {
        let without = try RedisProcess()
        try await without.start()
        let found = try await warnings("redis://127.0.0.1:\(without.port)")
        try #require(found.count == 1, "\(found)")
        for part in [
            "warning Redis at 127.0.0.1:\(without.port)", "every user is signed out", "Set \"appendonly yes\"",
        ] {
            #expect(found[0].contains(part), "\(found)")
        }
        try without.cli("ACL", "SETUSER", "blind", "on", ">pw", "~*", "+@all", "-config")
        #expect(try await warnings("redis://blind:pw@127.0.0.1:\(without.port)") == [])
        for arguments in [["--appendonly", "yes"], ["--save", "3600 1"]] {
            let with = try RedisProcess(arguments)
            try await with.start()
            #expect(try await warnings("redis://127.0.0.1:\(with.port)") == [], "\(arguments)")
        }
    }

    @Test("Each primary of a cluster is warned of once")
    func aCluster() async throws {
        let cluster = try await TestCluster.steady()
        let found = try await warnings(cluster.url)
        #expect(found.count == 3 && Set(found).count == 3, "\(found)")
    }

    @Test("A policy that comes to evict under way fails one sweep a minute, and what expired is still swept")
    func evictionUnderWay() async throws {
        let server = try RedisProcess()
        try await server.start()
        let opened = now
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        let store = try await RedisSessionStore(
            client, configuration: .init(commandTimeout: .seconds(60), clockTolerance: .hours(1)), limits: .init(),
            clock: FixedClock(now: opened), ownClient: client)
        let session = record(at: opened)
        #expect(try await store.create(session))
        try server.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        _ = try await store.sweep(at: opened + .minutes(1), limit: 10)
        let soon = opened + .minutes(1) + .milliseconds(1)
        await expectError(
            .configuration, mentioning: "127.0.0.1:\(server.port)", "maxmemory-policy allkeys-lru", "signs people out"
        ) { _ = try await store.sweep(at: soon, limit: 10) }
        _ = try await store.sweep(at: soon + .minutes(1), limit: 10)
        let late = session.forgettableAt
        await expectError(.configuration, mentioning: "allkeys-lru") { _ = try await store.sweep(at: late, limit: 10) }
        #expect(try await store.sweep(at: late, limit: 10).examined == 1)
        try server.cli("CONFIG", "SET", "maxmemory-policy", "noeviction")
        _ = try await store.sweep(at: late + .hours(1), limit: 10)
        try await store.close()
    }

    @Test("Each primary of a cluster is looked at again under way", arguments: [0, 1])
    func everyPrimaryIsLookedAtAgain(_ evicting: Int) async throws {
        let ports = Mutex([0, 0])
        let isEvicting = Mutex(false)
        var nodes: [FakeServer] = []
        for number in 0..<2 {
            let node = try await FakeServer { command in
                switch command[0] {
                case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "INFO": return .bytes("$17\r\ncluster_enabled:1\r\n")
                case "CONFIG":
                    let evicts = number == evicting && isEvicting.withLock { $0 }
                    return evicts ? .bytes("*2\r\n+maxmemory-policy\r\n+allkeys-lru\r\n") : nil
                case "CLUSTER": return .bytes(ports.withLock { FakeServer.slots(of: $0) })
                default: return nil
                }
            }
            ports.withLock { $0[number] = node.port }
            nodes.append(node)
        }
        let opened = now
        let client = try RedisClusterClient(
            [.init(host: "127.0.0.1", port: nodes[0].port)], configuration: .patient())
        let store = try await RedisSessionStore(
            client, configuration: .init(commandTimeout: .seconds(300), clockTolerance: .hours(1)), limits: .init(),
            clock: FixedClock(now: opened), ownClient: client)
        isEvicting.withLock { $0 = true }
        await expectError(.configuration, mentioning: "127.0.0.1:\(nodes[evicting].port)", "allkeys-lru") {
            _ = try await store.sweep(at: opened + .minutes(2), limit: 10)
        }
        try await store.close()
        for node in nodes { try await node.close() }
    }
}

/// Keeps what is logged, a line each.
private final class Lines: LogHandler, Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { kept.withLock { $0.append("\(event.level) \(event.message)") } }
}
