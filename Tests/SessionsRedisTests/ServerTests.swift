import Foundation
import Processes
import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// What a real server does to a store: other settings, other users, other modes.
@Suite(.timeLimit(.minutes(10))) struct ServerTests {
    /// - Parameter timeout: short where an opening fails by it
    private func quick(
        _ prefix: String = freshPrefix(), timeout: Duration = .seconds(60)
    ) -> RedisSessionStore.Configuration {
        .patient(keyPrefix: prefix, commandTimeout: timeout)
    }

    @Test(arguments: ["allkeys-lru", "volatile-ttl"])
    func aServerThatEvictsIsRefused(_ policy: String) async throws {
        let server = try RedisProcess(["--maxmemory-policy", policy])
        try await server.start()
        let url = "redis://127.0.0.1:\(server.port)"
        await expectError(
            .configuration, mentioning: "127.0.0.1:\(server.port)", policy, "noeviction", "signs people out"
        ) {
            _ = try await RedisSessionStore(url: url, configuration: quick())
        }
        var trusting = quick()
        trusting.skipsEvictionCheck = true
        try await RedisSessionStore(url: url, configuration: trusting).close()
    }

    /// A replica counts too: it may take over.
    @Test func aClusterWithAReplicaThatEvictsIsRefused() async throws {
        let cluster = try await TestCluster.steady()
        let replica = try #require(try cluster.nodes.first { try $0.info()["role"] == "slave" })
        var trusting = quick()
        trusting.skipsEvictionCheck = true
        try replica.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        // A node lists the replicas that it knows to have received something.
        let store = try await RedisSessionStore(url: cluster.url, configuration: trusting)
        for _ in 0..<100 { #expect(try await store.create(record())) }
        try await store.close()
        try await eventually("every node lists every replica") {
            try cluster.nodes.allSatisfy { node in
                try cluster.nodes.allSatisfy { try node.cli("CLUSTER", "SLOTS").contains("\($0.port)") }
            }
        }
        await expectError(.configuration, mentioning: "the replica at 127.0.0.1:\(replica.port)", "allkeys-lru") {
            _ = try await RedisSessionStore(url: cluster.url, configuration: quick())
        }
    }

    @Test func settingsThatCannotWorkAreRefused() async throws {
        let url = try await "redis://127.0.0.1:\(TestServers.single.port)"
        for (time, name) in [(Duration.zero, "commandTimeout"), (.seconds(10_000_000_000), "commandTimeout")] {
            await expectError(.configuration, mentioning: "\(name) is \(time)", "at most an hour") {
                _ = try await RedisSessionStore(url: url, configuration: .init(commandTimeout: time))
            }
        }
        await expectError(.configuration, mentioning: "67108864 bytes", "16777216 bytes", "client.limits") {
            _ = try await RedisSessionStore(
                url: url, limits: SessionLimits(attributeBytes: 20 << 20, sessionBytes: 64 << 20))
        }
        await expectError(.configuration, mentioning: "attributeCount is \(Int.max)") {
            _ = try await RedisSessionStore(url: url, limits: SessionLimits(attributeCount: .max))
        }
    }

    /// With a full memory no new session is made and nothing is stored, but use, ends, "end all" and sweeps go on.
    @Test func aFullServerStillEndsAndSweeps() async throws {
        let server = try RedisProcess()
        try await server.start()
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(server.port)", configuration: .patient())
        let start = now
        let sessions = (0..<40).map { _ in record(["a": "1"], at: start) }
        for session in sessions { #expect(try await store.create(session)) }
        // It is this owner's turn with the next sweep, and what the index says of it is right.
        let ada = try owner("ada")
        let signedIn = record(freshID(), principal: ada.principal, at: start)
        try await store.enroll(signedIn.id, of: ada, at: start - .hours(2))
        #expect(try await store.create(signedIn))
        var touch = SessionChanges(expectedGeneration: 1)
        touch.lastUsedAt = start + .minutes(20)
        for session in sessions.prefix(20) {
            _ = try await store.commit(touch, to: session.id, at: start + .minutes(20))
        }
        try server.cli("CONFIG", "SET", "maxmemory", "100000")
        await expectError(.full, mentioning: "raise maxmemory") { _ = try await store.create(record()) }
        await expectError(.unavailable, mentioning: "raise maxmemory") {
            _ = try await store.commit(setting("a", to: "2"), to: sessions[0].id, at: start + .minutes(21))
        }
        touch.lastUsedAt = start + .minutes(30)
        for (number, session) in sessions.prefix(10).enumerated() {
            // What is known no more is judged by Redis.
            if number.isMultiple(of: 2) { store.recent.forget(session.id) }
            guard case .committed = try await store.commit(touch, to: session.id, at: start + .minutes(30)) else {
                Issue.record("a touch was refused")
                return
            }
        }
        // Those that were not touched are over at 31 minutes.
        var swept = try await store.sweep(at: start + .minutes(40), limit: 100)
        #expect(swept.failure == nil)
        while swept.examined > 0 { swept = try await store.sweep(at: start + .minutes(40), limit: 100) }
        for (number, session) in sessions.enumerated() {
            let found = try await store.load(session.id, at: start)
            #expect((found?.end != nil) == (number >= 20))
        }
        var end = SessionChanges(expectedGeneration: nil)
        end.end = SessionEnd(reason: .endedByOperator, at: start + .minutes(40))
        guard case .committed(let ended) = try await store.commit(end, to: sessions[0].id, at: start + .minutes(40))
        else {
            Issue.record("an end was refused")
            return
        }
        #expect(ended.end?.reason == .endedByOperator)
        let raised = try await store.watermark(of: ada, raisedTo: start)
        #expect(raised == start)
        try await store.close()
    }

    /// A commit is applied whole or not at all, also one with more removals than a script may pass to a command at once.
    @Test func thousandsOfRemovalsAreOneCommit() async throws {
        try await withStore { store, _ in
            let session = record(["a": "1", "x0": "2", "x8999": "3"])
            #expect(try await store.create(session))
            let names = [store.keys.session(session.id)]
            let reply = try await store.run(store.scripts.commit, names, "committing") { command in
                command.append(setting("a", to: "99"), to: session.id, at: now, stamp: 0)
                // Removals are the last of the arguments.
                for number in 0..<9000 { command.append(RecordCoding.field(ofAttribute: "x\(number)")) }
            }
            guard case .array(let fields) = reply else { throw store.unexpected("committing") }
            #expect(fields.last == .integer(1))
            let loaded = try await store.load(session.id, at: now)
            #expect(loaded?.revision == 2 && loaded?.attributes.names == ["a"])
        }
    }

    @Test("A counter that a script could not count exactly is corrupt, and the largest that it can is read")
    func aCounterPastWhatScriptsCountIsCorrupt() async throws {
        try await withStore { store, database in
            let session = record(["a": "1"])
            #expect(try await store.create(session))
            func write(revision: UInt64) async throws {
                var changed = session
                changed.revision = revision
                let hot = try #require(
                    RecordCoding.fields(of: changed, stamp: 9).first { $0.name == RecordLayout.Hot.name.bytes })
                _ = try await database.ask("HSET", store.keys.session(session.id), hot.name, hot.value)
            }
            try await write(revision: 1 << 53 - 1)
            #expect(try await store.load(session.id, at: now)?.revision == 1 << 53 - 1)
            try await write(revision: 1 << 53)
            await expectError(.corrupt, mentioning: "\(session.id)") { _ = try await store.load(session.id, at: now) }
            await expectError(.corrupt, mentioning: "\(session.id)") {
                _ = try await store.commit(setting("a", to: "2"), to: session.id, at: now)
            }
            var tooLarge = record()
            tooLarge.generation = 1 << 53
            await expectError(.invalid, mentioning: "2^53") { _ = try await store.create(tooLarge) }
        }
    }

    @Test func usersAndPasswords() async throws {
        let server = try RedisProcess(["--requirepass", "lovelace"])
        try await server.start()
        let address = "127.0.0.1:\(server.port)"
        func open(_ credentials: String) async throws -> RedisSessionStore {
            try await RedisSessionStore(url: "redis://\(credentials)\(address)", configuration: quick("sessions"))
        }
        let store = try await open(":lovelace@")
        let clients = try run(
            RedisProcess.find("redis-cli"), ["-p", "\(server.port)", "-a", "lovelace", "CLIENT", "LIST"])
        #expect(clients.contains("name=swift-sessions "))
        try await store.close()
        try await open("default:lovelace@").close()
        await expectError(.unavailable, mentioning: address, "asks for a password") { _ = try await open("") }
        await expectError(.unavailable, mentioning: address, "no such user and password") {
            _ = try await open(":hopper@")
        }
        func user(_ name: String, _ rules: String...) throws {
            try run(
                RedisProcess.find("redis-cli"),
                ["-p", "\(server.port)", "-a", "lovelace", "ACL", "SETUSER", name, "on", ">pw", "~sessions*"] + rules)
        }
        // CONFIG is often forbidden; INFO says the same.
        try user("store", "+@all", "-@admin", "-@dangerous", "+info", "+role")
        try await open("store:pw@").close()
        try user("blind", "+@all", "-config", "-info")
        await expectError(.configuration, mentioning: "neither CONFIG GET", "skipsEvictionCheck") {
            _ = try await open("blind:pw@")
        }
        // What each request would fail at is told at start-up.
        try user("scriptless", "+@all", "-eval", "-evalsha")
        await expectError(.unavailable, mentioning: address, "NOPERM", "see the store's page") {
            _ = try await open("scriptless:pw@")
        }
        try user("elsewhere", "+@all", "resetkeys", "~other*")
        await expectError(.unavailable, mentioning: address, "see the store's page") {
            _ = try await open("elsewhere:pw@")
        }
        try user("timeless", "+@all", "-time")
        await expectError(.unavailable, mentioning: address, "see the store's page") {
            _ = try await open("timeless:pw@")
        }
    }

    /// The rights on the store's page are enough for all that the store does.
    @Test func theDocumentedRightsAreEnough() async throws {
        let server = try RedisProcess()
        try await server.start()
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../..").standardized
        let page = try String(contentsOf: root.appendingPathComponent("docs/stores/redis.md"), encoding: .utf8)
        let lines = page.split(separator: "\n").filter { $0.hasPrefix("ACL SETUSER shop ") }
        try #require(lines.count == 4)
        for line in lines {
            try run(
                RedisProcess.find("redis-cli"), ["-p", "\(server.port)"] + line.split(separator: " ").map(String.init))
        }
        let store = try await RedisSessionStore(
            url: "redis://shop:secret@127.0.0.1:\(server.port)", configuration: .patient())
        let session = record(["n": "1"])
        let ada = try owner("ada")
        #expect(try await store.create(session))
        try await store.enroll(session.id, of: ada, at: now)
        _ = try await store.watermark(of: ada, raisedTo: now)
        var changes = setting("n", to: "2")
        changes.attributes["m"] = .remove
        changes.lastUsedAt = now + .seconds(5)
        changes.lifetime = session.lifetime
        _ = try await store.commit(changes, to: session.id, at: now)
        _ = try await store.list(SessionQuery(.owner(ada)), at: now)
        let page1 = try await store.list(SessionQuery(.all, limit: 1000), at: now)
        #expect(page1.records.map(\.id) == [session.id] || page1.next != nil)
        _ = try await store.sweep(at: now + .days(2), limit: 100)
        let left = try await store.load(session.id, at: now)
        #expect(left == nil)
        try await store.close()
    }

    @Test func theModeMustBeThatOfTheURL() async throws {
        let single = try await TestServers.single
        await expectError(.unavailable, mentioning: "127.0.0.1:\(single.port)", "no node of a cluster", "use redis://")
        {
            _ = try await RedisSessionStore(url: "redis+cluster://127.0.0.1:\(single.port)", configuration: quick())
        }
        let node = try await TestServers.cluster.nodes[0]
        await expectError(.unavailable, mentioning: "127.0.0.1:\(node.port)", "use redis+cluster://") {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:\(node.port)", configuration: quick())
        }
    }

    @Test func certificatesAreVerified() async throws {
        let (server, authority) = try await TestServers.tls
        let file = authority.authorityFile
        let asLocalhost = "its certificate isn't valid for this name"
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)", asLocalhost, "check the host") {
            _ = try await RedisSessionStore(
                url: "rediss://127.0.0.1:\(server.port)?cafile=\(file)", configuration: quick())
        }
        // Another name for the certificate, where the address is an internal one.
        var named = quick()
        named.client.tls = .init(serverName: "localhost")
        try await RedisSessionStore(url: "rediss://127.0.0.1:\(server.port)?cafile=\(file)", configuration: named)
            .close()
        named.client.tls?.serverName = "other.test"
        await expectError(.unavailable, mentioning: asLocalhost) {
            _ = try await RedisSessionStore(
                url: "rediss://localhost:\(server.port)?cafile=\(file)", configuration: named)
        }
        await expectError(.unavailable, mentioning: "localhost:\(server.port)", "certificate", "authorities") {
            _ = try await RedisSessionStore(url: "rediss://localhost:\(server.port)", configuration: quick())
        }
        await expectError(.configuration, mentioning: "/no/such.pem") {
            _ = try await RedisSessionStore(
                url: "rediss://localhost:\(server.port)?cafile=/no/such.pem", configuration: quick())
        }
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)") {
            _ = try await RedisSessionStore(
                url: "redis://127.0.0.1:\(server.port)", configuration: quick(timeout: .seconds(4)))
        }
        let plain = try await TestServers.single
        await expectError(.unavailable, mentioning: "127.0.0.1:\(plain.port)") {
            _ = try await RedisSessionStore(
                url: "rediss://127.0.0.1:\(plain.port)?cafile=\(file)", configuration: quick(timeout: .seconds(4)))
        }
    }

    @Test func scriptsAreLoadedAgain() async throws {
        let server = try RedisProcess()
        try await server.start()
        let store = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: quick())
        let session = record()
        #expect(try await store.create(session))
        for round in 1...3 {
            try server.cli("SCRIPT", "FLUSH")
            guard
                case .committed(let current) = try await store.commit(
                    setting("n", to: "\(round)"), to: session.id, at: now)
            else {
                Issue.record("round \(round) was refused")
                return
            }
            #expect(current.revision == UInt64(round + 1))
        }
        try await store.close()
    }

    @Test func twoStoresShareSessions() async throws {
        let prefix = freshPrefix()
        let url = "redis://127.0.0.1:\(try await TestServers.single.port)"
        let first = try await RedisSessionStore(url: url, configuration: quick(prefix))
        let second = try await RedisSessionStore(url: url, configuration: quick(prefix))
        let other = try await RedisSessionStore(url: url, configuration: quick())
        let session = record()
        #expect(try await first.create(session))
        _ = try await second.commit(setting("n", to: "1"), to: session.id, at: now)
        let seen = try await first.load(session.id, at: now)
        #expect(seen?.attributes["n"]?.json == "1")
        var end = SessionChanges(expectedGeneration: 1)
        end.end = SessionEnd(reason: .signedOut, at: now)
        _ = try await second.commit(end, to: session.id, at: now)
        guard case .ended(let why) = try await first.commit(setting("n", to: "2"), to: session.id, at: now) else {
            Issue.record("a write after the end of another server was not refused")
            return
        }
        #expect(why.reason == .signedOut)
        let elsewhere = try await other.load(session.id, at: now)
        #expect(elsewhere == nil, "another prefix is another realm")
        for store in [first, second, other] { try await store.close() }
    }

    @Test func theClockOfRedisIsChecked() async throws {
        let server = try await FakeServer { $0[0] == "TIME" ? .bytes("*2\r\n$10\r\n1000000000\r\n$1\r\n0\r\n") : nil }
        await expectError(.configuration, mentioning: "clock of Redis at 127.0.0.1:\(server.port)", "clockTolerance") {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: quick())
        }
        try await server.close()
    }

    @Test("A replica of a cluster whose clock is wrong is refused: it may take over")
    func theClockOfAReplicaIsChecked() async throws {
        let replica = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+replica\r\n")
            case "TIME": .bytes("*2\r\n$10\r\n1000000000\r\n$1\r\n0\r\n")
            default: nil
            }
        }
        let ports = Mutex([0, replica.port])
        let primary = try await FakeServer { command in
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "INFO": return .bytes("$17\r\ncluster_enabled:1\r\n")
            case "CLUSTER":
                let nodes = ports.withLock { $0.map { "*2\r\n$9\r\n127.0.0.1\r\n:\($0)\r\n" }.joined() }
                return .bytes("*1\r\n*4\r\n:0\r\n:16383\r\n" + nodes)
            default: return nil
            }
        }
        ports.withLock { $0[0] = primary.port }
        await expectError(
            .configuration, mentioning: "the clock of the replica at 127.0.0.1:\(replica.port)", "clockTolerance"
        ) {
            _ = try await RedisSessionStore(url: "redis+cluster://127.0.0.1:\(primary.port)", configuration: quick())
        }
        for server in [primary, replica] { try await server.close() }
    }

    @Test("Every primary of a cluster is checked, whichever slots it has", arguments: [0, 1])
    func everyPrimaryIsChecked(_ evicting: Int) async throws {
        let ports = Mutex([0, 0])
        var nodes: [FakeServer] = []
        for number in 0..<2 {
            let policy = number == evicting ? "allkeys-lru" : "noeviction"
            let node = try await FakeServer { command in
                switch command[0] {
                case "HELLO": return .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
                case "INFO": return .bytes("$17\r\ncluster_enabled:1\r\n")
                case "CONFIG": return .bytes("*2\r\n+maxmemory-policy\r\n+\(policy)\r\n")
                case "CLUSTER": return .bytes(ports.withLock { FakeServer.slots(of: $0) })
                default: return nil
                }
            }
            ports.withLock { $0[number] = node.port }
            nodes.append(node)
        }
        let url = "redis+cluster://127.0.0.1:\(nodes[0].port)"
        await expectError(.configuration, mentioning: "127.0.0.1:\(nodes[evicting].port)", "allkeys-lru") {
            _ = try await RedisSessionStore(url: url, configuration: quick())
        }
        for node in nodes { try await node.close() }
    }

    @Test("A client of the caller's stays open when its store is closed")
    func theCallersClientStaysOpen() async throws {
        let server = try await FakeServer { _ in nil }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        let store = try await RedisSessionStore(client, configuration: quick())
        try await store.close()
        let reply = try await client.send(
            RedisCommand("GET", on: [1], effect: .read), deadline: .now + .seconds(280))
        #expect(reply.text == "OK")
        client.close()
        try await server.close()
    }

    @Test("Settings that can't work are refused with a client of the caller's too")
    func settingsAreCheckedWithAnyClient() async throws {
        let server = try await FakeServer { _ in nil }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        await expectError(.configuration, mentioning: "keyPrefix is \"a{b\"") {
            _ = try await RedisSessionStore(client, configuration: quick("a{b"))
        }
        await expectError(.configuration, mentioning: "attributeCount is 1001") {
            _ = try await RedisSessionStore(
                client, configuration: quick(), limits: SessionLimits(attributeCount: 1001))
        }
        #expect(server.received.isEmpty)
        client.close()
        try await server.close()
    }

    @Test func oldServersAreRefused() async throws {
        let server = try await FakeServer { $0[0] == "INFO" ? .bytes("$21\r\nredis_version:6.0.16\n\r\n") : nil }
        await expectError(.configuration, mentioning: "version 6.0.16") {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: quick())
        }
        try await server.close()
    }

    @Test(arguments: ["", "a{b", "a b", String(repeating: "x", count: 65)])
    func keyPrefixesAreChecked(_ prefix: String) async throws {
        let port = try await TestServers.single.port
        await expectError(.configuration, mentioning: "keyPrefix") {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:\(port)", configuration: .init(keyPrefix: prefix))
        }
    }
}
