import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// A server that misbehaves is named in an error that says what to do, and nothing else happens.
@Suite(.timeLimit(.minutes(10))) struct FaultTests {
    private func opening() -> RedisSessionStore.Configuration { .patient(connections: 1) }

    /// A store, connected, on a server that answers loads and commits with this, and everything else as it should.
    ///
    /// - Parameter timeout: short where calls fail by it
    private func withStore(
        answering answer: FakeServer.Answer, timeout: Duration = .seconds(300),
        _ body: (RedisSessionStore, FakeServer) async throws -> Void
    ) async throws {
        let server = try await FakeServer { command in
            ["HGETALL", "EVALSHA", "EVAL"].contains(command[0]) ? answer : nil
        }
        let client = try RedisClient(
            .init(host: "127.0.0.1", port: server.port),
            configuration: .init(connections: 1, connectTimeout: .seconds(60), silenceTimeout: .seconds(600)))
        _ = try await client.send(RedisCommand("PING", key: [], effect: .read), deadline: .now + .seconds(300))
        let store = RedisSessionStore(
            unchecked: client, configuration: .init(commandTimeout: timeout), ownClient: client)
        try await body(store, server)
        try await store.close()
        try await server.close()
    }

    /// The error of a call, which is made again where this machine was too slow to hear of the reason in time.
    private func error(of call: () async throws -> Void) async throws -> SessionError {
        while true {
            let error = try await #require(throws: SessionError.self) { try await call() }
            let isLate = error.message.contains("within the deadline") && !error.message.contains("before that: ")
            if !isLate { return error }
        }
    }

    @Test(arguments: [
        ("-LOADING Redis is loading the dataset in memory\r\n", "still loading"),
        ("-READONLY You can't write against a read only replica.\r\n", "name the primary"),
        ("-OOM command not allowed when used memory > 'maxmemory'.\r\n", "raise maxmemory"),
        ("-NOAUTH Authentication required.\r\n", "asks for a password"),
        ("-MASTERDOWN Link with MASTER is down\r\n", "lost its primary"),
        ("-CLUSTERDOWN Hash slot not served\r\n", "CLUSTER INFO"),
        ("-MISCONF Redis is configured to save RDB snapshots\r\n", "can't write to its disk"),
        ("-NOPERM this user has no permissions\r\n", "the user may not do this"),
        ("-WHATEVER\r\n", "WHATEVER"),
        ("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "it knows no such user and password"),
        ("-TRYAGAIN Multiple keys request during rehashing of slot\r\n", "on its way to another node; try again"),
        ("-BUSY Redis is busy running a script.\r\n", "see SCRIPT KILL"),
    ])
    func errorsNameTheServerAndWhatToDo(_ answer: String, _ advice: String) async throws {
        let code = String(answer.dropFirst().prefix { $0.isUppercase })
        try await withStore(answering: .bytes(answer), timeout: .seconds(3)) { store, server in
            for call: () async throws -> Void in [
                { _ = try await store.load(freshID(), at: now) },
                { _ = try await store.commit(setting("a", to: "1"), to: freshID(), at: now) },
            ] {
                let error = try await error(of: call)
                #expect(error.code == .unavailable)
                let text = "\(error)"
                #expect(text.contains("127.0.0.1:\(server.port)") && text.contains(code), "\(text)")
                // On a slow machine the deadline can come between two attempts.
                #expect(text.contains(advice) || text.contains("before that: "), "\(text)")
                // Message and cause don't say the same twice.
                let said = answer.dropFirst().prefix { $0 != "\r\n" }
                #expect(text.ranges(of: said).count == 1, "\(text)")
            }
        }
    }

    @Test("An answer of the wrong kind names what was being done", arguments: ["+x\r\n", "*1\r\n:1\r\n", ":7\r\n"])
    func answersOfTheWrongKind(_ answer: String) async throws {
        try await withStore(answering: .bytes(answer)) { store, _ in
            let calls: [(String, () async throws -> Void)] = [
                ("loading", { _ = try await store.load(freshID(), at: now) }),
                ("creating", { _ = try await store.create(record()) }),
                ("committing", { _ = try await store.commit(setting("a", to: "1"), to: freshID(), at: now) }),
                ("checking its health", { try await store.checkHealth() }),
            ]
            for (doing, call) in calls {
                // A hash has an even number of parts.
                if doing == "loading", answer.hasPrefix("*") { continue }
                await expectError(.unavailable, mentioning: "of the wrong kind while \(doing); is it Redis", body: call)
            }
        }
    }

    @Test func aFullServerRefusesToCreate() async throws {
        try await withStore(answering: .bytes("-OOM command not allowed\r\n")) { store, _ in
            await expectError(.full, mentioning: "raise maxmemory") { _ = try await store.create(record()) }
        }
    }

    @Test(arguments: [
        ("garbage", FakeServer.Answer.bytes("220 mail.example ESMTP\r\n"), "no Redis server does"),
        ("a gigabyte length", .bytes("$1073741824\r\nx"), "of more than"),
        ("a thousand million elements", .bytes("*1000000000\r\n"), "of more than"),
        ("half a reply", .lastBytes("*4\r\n$1\r\nh\r\n$24\r\nabc"), "within an answer"),
        ("the end of the connection", .lastBytes(""), "closed the connection"),
        ("silence", .silence, "within the deadline"),
    ])
    func brokenAnswersNameTheServer(_ kind: String, _ answer: FakeServer.Answer, _ problem: String) async throws {
        try await withStore(answering: answer, timeout: .seconds(3)) { store, server in
            let before = server.received.count { $0[0].hasPrefix("EVAL") }
            await expectError(.unavailable) {
                _ = try await store.commit(setting("a", to: "1"), to: freshID(), at: now)
            }
            func sent() -> Int { server.received.count { $0[0].hasPrefix("EVAL") } - before }
            try await eventually("it has arrived") { sent() > 0 }
            #expect(sent() == 1, "a commit whose outcome is unknown is never sent again")
            func load() async throws { _ = try await store.load(freshID(), at: now) }
            if case .silence = answer {
                await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)", problem) { try await load() }
            } else {
                let text = "\(try await error(of: load))"
                #expect(text.contains("127.0.0.1:\(server.port)") && text.contains(problem), "\(text)")
                #expect(text.ranges(of: problem).count == 1, "what is wrong is said once: \(text)")
            }
        }
    }

    @Test("A commit that is sent whole, since the server has forgotten its script, isn't sent again either")
    func aCommitBySourceIsNotRepeated() async throws {
        let isFirst = Flag()
        let server = try await FakeServer { command in
            switch command[0] {
            case "EVALSHA": .bytes("-NOSCRIPT No matching script\r\n")
            case "EVAL": isFirst.take() ? .lastBytes("") : nil
            default: nil
            }
        }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        let store = RedisSessionStore(unchecked: client, configuration: opening(), ownClient: client)
        await expectError(.unavailable, mentioning: "closed the connection", "may have been applied") {
            _ = try await store.commit(setting("a", to: "1"), to: freshID(), at: now)
        }
        #expect(server.received.count { $0[0] == "EVAL" } == 1)
        try await store.close()
        try await server.close()
    }

    @Test(
        "A server that takes no writes for now can be opened, and the sessions that there are can be read",
        arguments: [
            "OOM command not allowed", "MISCONF Redis is configured to save RDB snapshots",
            "NOREPLICAS Not enough good replicas to write.",
        ])
    func aServerThatTakesNoWritesIsOpened(_ refusal: String) async throws {
        let server = try await FakeServer { $0[0] == "EVAL" ? .bytes("-\(refusal)\r\n") : nil }
        let store = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: opening())
        let loaded = try await store.load(freshID(), at: now)
        #expect(loaded == nil)
        try await store.close()
        try await server.close()
    }

    @Test func aSentinelIsRefused() async throws {
        let server = try await FakeServer { command in
            command[0] == "HELLO" ? .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n") : nil
        }
        await expectError(.unavailable, mentioning: "127.0.0.1:\(server.port)", "it is a sentinel", "name the primary")
        {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)/1", configuration: opening())
        }
        try await server.close()
    }

    /// A cluster that can't be used says why, as a single server does.
    @Test(arguments: [
        ("-LOADING Redis is loading the dataset in memory", "LOADING Redis is loading"),
        ("-NOPERM this user has no permissions to run the 'cluster|slots' command", "cluster|slots"),
        ("+HTTP/1.1 400 Bad Request", "something else"),
    ])
    func aClusterThatCannotBeUsedSaysWhy(_ answer: String, _ reason: String) async throws {
        let server = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+cluster\r\n+role\r\n+master\r\n")
            case "CLUSTER": .bytes(answer + "\r\n")
            default: nil
            }
        }
        await expectNoStore(
            "redis+cluster://127.0.0.1:\(server.port)", mentioning: "Redis at 127.0.0.1:\(server.port)", reason)
        try await server.close()
    }

    @Test func aReadIsRepeatedWhenItsAnswerWasLost() async throws {
        let (first, id) = (Flag(), freshID())
        @Sendable func isLoad(_ command: [String]) -> Bool {
            command[0] == "HGETALL" && command[1].hasSuffix(id.description)
        }
        let server = try await FakeServer { command in isLoad(command) && first.take() ? .lastBytes("") : nil }
        let store = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: opening())
        let loaded = try await store.load(id, at: now)
        #expect(loaded == nil)
        #expect(server.received.count(where: isLoad) == 2)
        try await store.close()
        try await server.close()
    }

    @Test func anUnreachableAddressIsNamed() async throws {
        let port = try RedisProcess.freePort()
        await expectNoStore("redis://127.0.0.1:\(port)", mentioning: "127.0.0.1:\(port)", "is it running there")
        await expectNoStore("redis://no-such-host.invalid", mentioning: "no-such-host.invalid:6379")
        await expectNoStore(
            "redis+cluster://127.0.0.1:\(port)", mentioning: "no node of the cluster", "127.0.0.1:\(port)",
            "Connection refused")
    }

    /// A server that turns a client away for a while is asked again; its words are never shown where they may be the password.
    @Test func passingAndTalkativeRefusals() async throws {
        let refusals = Mutex(2)
        let server = try await FakeServer { command in
            guard command[0] == "HELLO" else { return nil }
            let isFull = refusals.withLock { refusals in
                refusals -= 1
                return refusals >= 0
            }
            return isFull ? .lastBytes("-ERR max number of clients reached\r\n") : nil
        }
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(server.port)", configuration: opening())
        try await store.close()
        try await server.close()
        let talkative = try RedisProcess(["--rename-command", "HELLO", "", "--rename-command", "AUTH", ""])
        try await talkative.start()
        // Long enough to be cut off where it is repeated.
        let password = "lovelace" + String(repeating: "x", count: 300)
        do {
            _ = try await RedisSessionStore(
                url: "redis://ada:\(password)@127.0.0.1:\(talkative.port)", configuration: opening())
            Issue.record("a server without AUTH took a password")
        } catch {
            #expect("\(error)".contains("127.0.0.1:\(talkative.port)") && !"\(error)".contains("lovelace"), "\(error)")
        }
    }

    /// Numbers that no server sends are no reason to crash.
    @Test func absurdTimes() async throws {
        let server = try await FakeServer { command in
            switch command[0] {
            case "TIME": .bytes("*2\r\n$19\r\n9223372036854775807\r\n$1\r\n0\r\n")
            default: nil
            }
        }
        await expectError(.configuration, mentioning: "the clock of Redis at 127.0.0.1:\(server.port)") {
            _ = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: opening())
        }
        try await server.close()
        try await withStore(answering: .bytes("$20\r\n-9223372036854775808\r\n")) { store, _ in
            await expectError(.unavailable, mentioning: "too late by Redis's clock") {
                _ = try await store.commit(setting("a", to: "1"), to: freshID(), at: now)
            }
        }
    }

    @Test func aServerThatNeverGreetsIsNamed() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .silence : nil }
        await expectNoStore("redis://127.0.0.1:\(server.port)", mentioning: "127.0.0.1:\(server.port)")
        try await server.close()
    }

    @Test func aReplicaIsRefused() async throws {
        let server = try await FakeServer { command in
            command[0] == "HELLO" ? .bytes("%2\r\n+mode\r\n+standalone\r\n+role\r\n+replica\r\n") : nil
        }
        await expectNoStore(
            "redis://127.0.0.1:\(server.port)", mentioning: "127.0.0.1:\(server.port)", "it is a replica",
            "name the primary")
        try await server.close()
    }

    @Test func aServerOfRESP2IsUsed() async throws {
        let server = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("-ERR unknown command `HELLO`\r\n")
            case "HGETALL": .bytes("*0\r\n")
            default: nil
            }
        }
        let store = try await RedisSessionStore(
            url: "redis://ada:x@127.0.0.1:\(server.port)/2", configuration: opening())
        let loaded = try await store.load(freshID(), at: now)
        #expect(loaded == nil)
        let commands = server.received
        #expect(commands.contains(["AUTH", "ada", "x"]) && commands.contains(["SELECT", "2"]))
        #expect(commands.contains(["CLIENT", "SETNAME", "swift-sessions"]))
        try await store.close()
        try await server.close()
    }

    @Test func pushMessagesAnswerNobody() async throws {
        let server = try await FakeServer { command in
            command[0] == "HGETALL" ? .bytes(">2\r\n+invalidate\r\n*1\r\n+k\r\n%0\r\n>1\r\n+x\r\n") : nil
        }
        let store = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: opening())
        for _ in 1...5 {
            let loaded = try await store.load(freshID(), at: now)
            #expect(loaded == nil)
        }
        try await store.close()
        try await server.close()
    }
}
