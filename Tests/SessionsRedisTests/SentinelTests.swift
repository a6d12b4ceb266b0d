import Foundation
import RedisServers
import Sessions
import StoreSupport
import Testing

@testable import SessionsRedis
@testable import SessionsRedisClient

@Suite("Redis Sentinel", .serialized, .timeLimit(.minutes(10))) struct SentinelTests {
    @Test(
        "A failover is followed, and what the replica had is there",
        arguments: ["killed", "paused", "asked for"])
    func aFailoverIsFollowed(_ trouble: String) async throws {
        let servers = try await TestSentinels()
        let store = try await RedisSessionStore(
            url: servers.url,
            configuration: .init(
                commandTimeout: .seconds(300),
                client: .init(outageTolerance: .seconds(300), silenceTimeout: .seconds(600))))
        func primary() -> Int? { store.ownClient?.server(of: [])?.port }
        let session = record(["n": "1"])
        #expect(try await store.create(session))
        #expect(primary() == servers.primary.port)
        try await servers.untilInStep()
        switch trouble {
        case "killed":
            servers.primary.kill()
            try servers.watchClosely(true)
        case "paused":
            servers.primary.pause()
            try servers.watchClosely(true)
        default: try await servers.failOver()
        }
        // With 300 s each, they would wait for the lost primary for longer than the test may take.
        try await eventually("the replica is asked") {
            let loaded = try await store.load(session.id, at: now)
            #expect(loaded?.attributes["n"]?.json == "1")
            return primary() == servers.replica.port
        }
        try servers.watchClosely(false)
        #expect(try await store.commit(setting("n", to: "2"), to: session.id, at: now).record?.revision == 2)
        servers.primary.resume()
        #expect(try await store.load(session.id, at: now)?.attributes["n"]?.json == "2")
        #expect(
            try servers.replica.cli("EXISTS", String(decoding: store.keys.session(session.id), as: UTF8.self)) == "1\n")
        try await store.close()
    }

    @Test("Passwords come from files or the environment, for the primary and for the sentinels")
    func passwordsFromFiles() async throws {
        let primary = try RedisProcess(["--requirepass", "lovelace"])
        try await primary.start()
        let sentinel = try RedisProcess(sentinel: [
            "requirepass hopper", "sentinel monitor s 127.0.0.1 \(primary.port) 1", "sentinel auth-pass s lovelace",
        ])
        try await sentinel.start()
        let file = primary.directory.appendingPathComponent("password")
        let ofSentinels = primary.directory.appendingPathComponent("of-sentinels")
        try Data("lovelace\n".utf8).write(to: file)
        try Data("hopper".utf8).write(to: ofSentinels)
        let base = "redis+sentinel://default@127.0.0.1:\(sentinel.port)/s/3?passwordfile=\(file.path)"
        let store = try await RedisSessionStore(
            url: "\(base)&sentinelpasswordfile=\(ofSentinels.path)", configuration: .patient())
        #expect(try await store.create(record()))
        try await store.close()
        await expectError(.unavailable, mentioning: "127.0.0.1:\(sentinel.port)", "asks for a password") {
            _ = try await RedisSessionStore(url: base, configuration: .patient())
        }
        try Data("grace".utf8).write(to: file)
        await expectError(.unavailable, mentioning: "127.0.0.1:\(primary.port)", "no such user and password") {
            _ = try await RedisSessionStore(
                url: "\(base)&sentinelpasswordfile=\(ofSentinels.path)", configuration: .patient())
        }
    }

    @Test("A store on a Unix socket works, and names it when it is gone")
    func aUnixSocket() async throws {
        let path = "/tmp/sessions-\(UUID().uuidString.prefix(8)).sock"
        let server = try RedisProcess(["--unixsocket", path])
        try await server.start()
        let store = try await RedisSessionStore(
            url: "redis+unix://\(path)?database=2",
            configuration: .init(
                commandTimeout: .seconds(60), client: .patient(outageTolerance: .milliseconds(1))))
        let session = record()
        #expect(try await store.create(session))
        #expect(try await store.load(session.id, at: now)?.id == session.id)
        #expect(try server.cli("-n", "2", "DBSIZE") != "0\n")
        server.kill()
        try? FileManager.default.removeItem(atPath: path)
        await expectError(.unavailable, mentioning: "Redis at \(path)") {
            _ = try await store.load(session.id, at: now)
        }
        try await store.close()
        await expectNoStore("redis+unix://\(path)", mentioning: "Redis at \(path)", "No such file or directory")
    }
}
