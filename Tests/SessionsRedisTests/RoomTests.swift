import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

@Suite("G11: the last of Redis's memory is for signed-in users", .timeLimit(.minutes(10)))
struct RoomTests {
    private func info(_ lines: String...) -> ServerInfo { ServerInfo(lines.joined(separator: "\r\n")) }

    @Test("Visitors are refused from the reserve on, by what Redis itself compares with its limit")
    func boundary() throws {
        for (used, reserve, isAdmitted) in [
            (899, 0.1, true), (900, 0.1, false), (999, 0.0, true), (1000, 0.0, false), (0, 1.0, false),
        ] {
            let memory = try #require(ServerMemory(info("used_memory:\(used)", "maxmemory:1000")))
            #expect(memory.admitsVisitors(reserving: reserve) == isAdmitted, "\(used) \(reserve)")
        }
        let replicating = info("used_memory:950", "maxmemory:1000", "mem_not_counted_for_evict:51")
        #expect(try #require(ServerMemory(replicating)).used == 899)
        for unlimited in [info("used_memory:5", "maxmemory:0"), info("used_memory:5"), info("maxmemory:5"), info()] {
            #expect(ServerMemory(unlimited) == nil)
        }
    }

    /// A server whose memory is in use to this share of its limit, and a store that reserves half of it.
    private func withServer(
        usedTo share: Double?, reserve: Double = 0.5, of sessions: [SessionRecord],
        _ body: (RedisProcess, RedisSessionStore) async throws -> Void
    ) async throws {
        let server = try RedisProcess()
        try await server.start()
        let url = "redis://127.0.0.1:\(server.port)"
        let patient = RedisSessionStore.Configuration(
            commandTimeout: .seconds(300), reserve: reserve, client: .patient())
        let first = try await RedisSessionStore(url: url, configuration: patient)
        for session in sessions { #expect(try await first.create(session)) }
        try await first.close()
        if let share { try limit(server, usedTo: share) }
        // Of its own, so that it knows nothing yet.
        let store = try await RedisSessionStore(url: url, configuration: patient)
        try await body(server, store)
        try await store.close()
    }

    /// Gives a server a limit of which this share is in use.
    private func limit(_ server: RedisProcess, usedTo share: Double) throws {
        let used = try #require(ServerMemory(ServerInfo(server.cli("INFO", "memory") + "\nmaxmemory:1"))).used
        try server.cli("CONFIG", "SET", "maxmemory", "\(Int(Double(used) / share))")
    }

    @Test("A limit that a server is given under way counts from the next sweep on that looks at it")
    func aLimitThatComesLater() async throws {
        try await withServer(usedTo: nil, of: []) { (server, store) async throws in
            let opened = now
            try limit(server, usedTo: 0.75)
            #expect(try await store.create(record()), "a server without a limit isn't asked in between")
            _ = try await store.sweep(at: opened + .minutes(2), limit: 1)
            await expectError(.full, mentioning: "127.0.0.1:\(server.port)", "signed-in users") {
                _ = try await store.create(record())
            }
            #expect(try await store.create(Self.user()))
            try server.cli("CONFIG", "SET", "maxmemory", "0")
            _ = try await store.sweep(at: opened + .minutes(4), limit: 1)
            let isCreated = try await store.create(record())
            #expect(isCreated, "a limit that was taken away doesn't count any more")
        }
    }

    @Test(
        "In a cluster the reserve of each server is its own, by a client of the caller's too", arguments: [0, 1],
        [true, false])
    func eachServerHasItsReserve(_ full: Int, _ isOwn: Bool) async throws {
        let ports = Mutex([0, 0])
        var nodes: [FakeServer] = []
        for number in 0..<2 {
            let memory = "cluster_enabled:1\r\nused_memory:\(number == full ? 95 : 10)\r\nmaxmemory:100\r\n"
            let node = try await FakeServer { command in
                switch command[0] {
                case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "INFO": return .bytes("$\(memory.utf8.count)\r\n\(memory)\r\n")
                case "CLUSTER": return .bytes(ports.withLock { FakeServer.slots(of: $0) })
                // One with two keys makes a session.
                case "EVALSHA": return command[2] == "2" ? .bytes(":1\r\n") : nil
                default: return nil
                }
            }
            ports.withLock { $0[number] = node.port }
            nodes.append(node)
        }
        let client = try RedisClusterClient(
            [.init(host: "127.0.0.1", port: nodes[0].port)], configuration: .patient())
        // By a clock that stands still they aren't asked again.
        let store = try await RedisSessionStore(
            client, configuration: .init(commandTimeout: .seconds(300), clockTolerance: .hours(1)), limits: .init(),
            clock: FixedClock(now: now), ownClient: isOwn ? client : nil)
        let place = isOwn ? " at 127.0.0.1:\(nodes[full].port)" : ""
        func visitor(on number: Int) -> SessionRecord {
            while true {
                let session = record()
                if client.server(of: store.keys.session(session.id))?.port == nodes[number].port { return session }
            }
        }
        for _ in 0..<2 {
            let isCreated = try await store.create(visitor(on: 1 - full))
            #expect(isCreated)
            await expectError(.full, mentioning: "Redis\(place) uses 95 bytes", "signed-in users") {
                _ = try await store.create(visitor(on: full))
            }
        }
        client.close()
        for node in nodes { try await node.close() }
    }

    @Test("Visitors' sessions are neither made nor grow in the reserve; users' are, and all that is there goes on")
    func reserve() async throws {
        let visitor = record(["a": "12345"]), user = Self.user()
        try await withServer(usedTo: 0.75, of: [visitor, user]) { (server, store) async throws in
            let refused = record(["a": "1"])
            await expectError(.full, mentioning: "127.0.0.1:\(server.port)", "signed-in users", "raise maxmemory") {
                _ = try await store.create(refused)
            }
            #expect(try await store.load(refused.id, at: now) == nil)
            #expect(try await store.create(Self.user()))
            await expectError(.full, mentioning: "raise maxmemory") {
                _ = try await store.commit(setting("a", to: "123456"), to: visitor.id, at: now)
            }
            await expectError(.full) { _ = try await store.commit(setting("b", to: "1"), to: visitor.id, at: now) }
            #expect(try await store.load(visitor.id, at: now).map(fields) == fields(visitor))
            let late = try await store.commit(setting("a", to: "123456", generation: 9), to: visitor.id, at: now)
            #expect(late.name == "superseded")
            for changes in [
                setting("a", to: "54321"), setting("a", to: "1"), touching(at: now),
                signingIn(try Principal("ada"), at: now),
                setting("a", to: "123456", generation: 2), ending(at: now),
            ] {
                #expect(try await store.commit(changes, to: visitor.id, at: now).name == "committed")
            }
            #expect(try await store.commit(setting("a", to: "123456"), to: user.id, at: now).name == "committed")
        }
    }

    @Test("Where less is in use, there is no limit, or nothing is reserved, visitors are served", arguments: 0..<3)
    func noReserve(_ number: Int) async throws {
        let (share, reserve): (Double?, Double) = [(0.25, 0.5), (nil, 0.5), (0.75, 0)][number]
        let visitor = record(["a": "1"])
        try await withServer(usedTo: share, reserve: reserve, of: [visitor]) { (_, store) async throws in
            #expect(try await store.create(record(["a": "1"])))
            #expect(try await store.commit(setting("a", to: "12345"), to: visitor.id, at: now).name == "committed")
        }
    }

    @Test("A user who may not ask how much memory is in use gets no reserve, and works")
    func withoutTheRight() async throws {
        try await withServer(usedTo: 0.75, of: []) { (server, _) async throws in
            try server.cli("ACL", "SETUSER", "shop", "on", ">secret", "~*", "+@all", "-info")
            let store = try await RedisSessionStore(
                url: "redis://shop:secret@127.0.0.1:\(server.port)",
                configuration: .init(commandTimeout: .seconds(300), reserve: 0.5, client: .patient()))
            #expect(try await store.create(record()))
            try await store.close()
        }
    }

    @Test("A share that is none is refused", arguments: [-0.001, 1.001, .nan])
    func validation(_ share: Double) async throws {
        await expectError(.configuration, mentioning: "reserve is \(share)") {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:1", configuration: .init(reserve: share))
        }
        #expect(RedisSessionStore.Configuration().reserve == 0.1)
    }

    private static func user() -> SessionRecord {
        record(freshID(), principal: try! Principal("grace"), attributes: ["a": "1"], at: now)
    }
}
