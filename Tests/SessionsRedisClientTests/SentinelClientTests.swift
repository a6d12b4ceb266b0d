import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

@Suite("Whom sentinels name", .timeLimit(.minutes(10))) struct SentinelClientTests {
    /// A sentinel that names the server of a port, or that gives another answer.
    private func sentinel(_ answer: @escaping @Sendable () -> String) async throws -> FakeServer {
        try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n")
            case "SENTINEL":
                .bytes(command == ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "s"] ? answer() : "-ERR what\r\n")
            default: nil
            }
        }
    }

    private static func naming(_ port: Int) -> String {
        "*2\r\n$9\r\n127.0.0.1\r\n$\(String(port).utf8.count)\r\n\(port)\r\n"
    }

    private func client(
        _ ports: [Int], connectTimeout: Duration = .seconds(60),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, watchInterval: Duration = .seconds(1),
        connections: Int = 1, database: Int = 0
    ) throws -> RedisSentinelClient {
        var configuration = RedisClientConfiguration(
            database: database, connections: connections, connectTimeout: connectTimeout,
            outageTolerance: .seconds(300), silenceTimeout: .seconds(600))
        configuration.now = now
        configuration.watchInterval = watchInterval
        return try RedisSentinelClient(
            ports.map { ServerAddress(host: "127.0.0.1", port: $0) }, primary: "s", configuration: configuration)
    }

    private let read = RedisCommand("GET", key: [], effect: .read)
    private let write = RedisCommand("GET", key: [], effect: .write)
    /// What no test of this suite has the time to wait for.
    private var inAnHour: ContinuousClock.Instant { .now + .seconds(3600) }

    @Test("Sentinels are asked in turn until one names the primary, and that one first from then on")
    func sentinelsAreAskedInTurn() async throws {
        let primary = try await FakeServer { $0[0] == "GET" ? .bytes("+primary\r\n") : nil }
        let port = primary.port
        let ignorant = try await sentinel { "*-1\r\n" }
        let odd = try await sentinel { "*2\r\n$1\r\nx\r\n$1\r\n0\r\n" }
        let broken = try await sentinel { "-ERR busy\r\n" }
        let good = try await sentinel { Self.naming(port) }
        // By a clock that stands still they are not asked because ten seconds have passed.
        let clock = ManualClock()
        let client = try client(
            [try RedisProcess.freePort(), ignorant.port, odd.port, broken.port, good.port], now: { clock.now },
            watchInterval: .seconds(3600), connections: 3, database: 2)
        for _ in 0..<3 { #expect(try await client.send(write, deadline: inAnHour).text == "primary") }
        #expect(client.server(of: [])?.port == port)
        func asked() -> [Int] { [ignorant, odd, broken, good].map { $0.received.count { $0[0] == "SENTINEL" } } }
        #expect(asked() == [1, 1, 1, 1], "they are asked once, not for each command")
        clock.advance(by: .seconds(10))
        try await eventually("the one that named it is asked again") {
            _ = try await client.send(write, deadline: inAnHour)
            return asked()[3] == 2
        }
        #expect(asked() == [1, 1, 1, 2])
        #expect(good.acceptedConnections == 1, "one connection is enough for them")
        #expect(!good.received.contains { $0[0] == "SELECT" }, "sentinels have no databases")
        // The settings that the sentinels don't share are the primary's.
        #expect(primary.acceptedConnections == 3)
        #expect(primary.received.filter { $0[0] == "SELECT" } == Array(repeating: ["SELECT", "2"], count: 3))
        client.close()
        for server in [primary, ignorant, odd, broken, good] { try await server.close() }
    }

    @Test("Commands that come together have the sentinels asked once, and wait for the answer")
    func manyCommandsAskOnce() async throws {
        let primary = try await FakeServer { $0[0] == "GET" ? .bytes("+primary\r\n") : nil }
        let port = primary.port
        let answer = Gate()
        let sentinel = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n")
            case "SENTINEL": .held(Self.naming(port), until: answer)
            default: nil
            }
        }
        let clock = ManualClock()
        let client = try client([sentinel.port], now: { clock.now })
        func asked() -> Int { sentinel.received.count { $0[0] == "SENTINEL" } }
        let replies = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { try await client.send(read, deadline: inAnHour).text } }
            try await eventually("it is asked") { asked() > 0 }
            // Each attempt in vain takes a turn of this one's.
            let other = await client.attempt(write, deadline: inAnHour)
            #expect(throws: LinkFailure.self) { try other.get() }
            answer.open()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(replies == Array(repeating: "primary", count: 8) && asked() == 1)
        client.close()
        for server in [primary, sentinel] { try await server.close() }
    }

    @Test("While the sentinels are asked again, the primary that is known serves")
    func theKnownPrimaryServesMeanwhile() async throws {
        let former = try await FakeServer { $0[0] == "GET" ? .bytes("+former\r\n") : nil }
        let next = try await FakeServer { $0[0] == "GET" ? .bytes("+next\r\n") : nil }
        let (formerPort, nextPort) = (former.port, next.port)
        let isFirst = Flag(), answer = Gate()
        let sentinel = try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n")
            case "SENTINEL":
                isFirst.take()
                    ? .bytes(Self.naming(formerPort)) : .held(Self.naming(nextPort), until: answer)
            default: nil
            }
        }
        let clock = ManualClock()
        let client = try client([sentinel.port], now: { clock.now }, watchInterval: .seconds(3600))
        #expect(try await client.send(read, deadline: inAnHour).text == "former")
        clock.advance(by: .seconds(10))
        try await eventually("the sentinel is asked again") {
            let reply = try await client.send(read, deadline: inAnHour)
            #expect(reply.text == "former")
            return sentinel.received.count { $0[0] == "SENTINEL" } == 2
        }
        for _ in 0..<100 { #expect(try await client.send(read, deadline: inAnHour).text == "former") }
        answer.open()
        try await eventually("the next one is asked") {
            // A question that took too long, on a slow machine, is asked again by then.
            clock.advance(by: .seconds(10))
            return try await client.send(read, deadline: inAnHour).text == "next"
        }
        client.close()
        for server in [former, next, sentinel] { try await server.close() }
    }

    @Test("A port from 1 to 65535 is that of a primary, and what else a sentinel says is told")
    func ports() async throws {
        for (port, isTaken) in [(0, false), (1, true), (65_535, true), (65_536, false)] {
            let sentinel = try await sentinel { Self.naming(port) }
            let client = try client([sentinel.port])
            let outcome = await client.attempt(write, deadline: inAnHour)
            #expect(client.server(of: [])?.port == (isTaken ? port : nil))
            if !isTaken {
                let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
                #expect(failure?.message.contains("names it in words of its own") == true && failure?.isSent == false)
            }
            client.close()
            try await sentinel.close()
        }
    }

    @Test(
        "Of several troubles the one is told that only an operator can end, and another that may pass is waited for"
    )
    func theWorstIsTold() async throws {
        let busy = try await sentinel { "-ERR busy\r\n" }
        let ignorant = try await sentinel { "*-1\r\n" }
        let both = try client([busy.port, ignorant.port])
        let ofBoth = await both.attempt(write, deadline: inAnHour)
        let failure = #expect(throws: LinkFailure.self) { try ofBoth.get() }
        #expect(failure?.reason == .disconnected && failure?.message.contains("knows no primary of that name") == true)
        let one = try client([busy.port])
        let outcome = await one.attempt(write, deadline: inAnHour)
        let told = #expect(throws: LinkFailure.self) { try outcome.get() }
        #expect(told?.message.contains("answered ERR busy") == true)
        for client in [both, one] { client.close() }
        for server in [busy, ignorant] { try await server.close() }
    }

    @Test("A client that is let go of closes its connections")
    func connectionsEndWithTheClient() async throws {
        let primary = try await FakeServer { _ in nil }
        let port = primary.port
        let sentinel = try await sentinel { Self.naming(port) }
        do {
            let client = try client([sentinel.port])
            _ = try await client.send(read, deadline: inAnHour)
            #expect(primary.openConnections == 1 && sentinel.openConnections == 1)
            withExtendedLifetime(client) {}
        }
        for server in [primary, sentinel] {
            try await eventually("the connection is closed") { server.openConnections == 0 }
            try await server.close()
        }
    }

    @Test("A name that every sentinel is ignorant of is an error at once")
    func anUnknownNameIsToldAtOnce() async throws {
        let sentinels = [try await sentinel { "*-1\r\n" }, try await sentinel { "_\r\n" }]
        let client = try client(sentinels.map(\.port))
        let error = await #expect(throws: RedisFailure.self) { try await client.send(read, deadline: inAnHour) }
        #expect(error?.outcome == .notApplied)
        #expect(error?.message.contains("the Redis primary s: the sentinel at 127.0.0.1:\(sentinels[0].port)") == true)
        client.close()
        for server in sentinels { try await server.close() }
    }

    @Test("A server that is no sentinel is told from one, at once")
    func aServerIsNoSentinel() async throws {
        let server = try await FakeServer { _ in nil }
        let client = try client([server.port])
        let error = await #expect(throws: RedisFailure.self) { try await client.send(read, deadline: inAnHour) }
        #expect(error?.message.contains("it is no sentinel") == true, "\(String(describing: error))")
        client.close()
        try await server.close()
    }

    @Test(
        "The sentinels are asked anew when the primary refuses writes as a replica, is gone, or says nothing",
        arguments: ["refuses", "is gone", "says nothing"])
    func theSentinelsAreAskedAnew(_ trouble: String) async throws {
        let isOver = Flag()
        let former = try await FakeServer { command in
            guard command[0] == "GET" else { return nil }
            if isOver.take() { return .bytes("+former\r\n") }
            switch trouble {
            case "refuses": return .bytes("-READONLY You can't write\r\n")
            case "is gone": return .lastBytes("")
            default: return .silence
            }
        }
        let next = try await FakeServer { $0[0] == "GET" ? .bytes("+next\r\n") : nil }
        let named = Mutex(former.port)
        let sentinel = try await sentinel { Self.naming(named.withLock { $0 }) }
        // By a clock that stands still they are not asked because ten seconds have passed.
        let clock = ManualClock()
        let client = try client([sentinel.port], now: { trouble == "says nothing" ? .now : clock.now })
        #expect(try await client.send(write, deadline: inAnHour).text == "former")
        let port = next.port
        named.withLock { $0 = port }
        let command = trouble == "refuses" ? write : read
        #expect(try await client.send(command, deadline: inAnHour).text == "next")
        #expect(client.server(of: [])?.port == next.port)
        client.close()
        for server in [former, next, sentinel] { try await server.close() }
    }

    @Test(
        "The sentinels are asked anew for the command after one that the primary turned away, or didn't answer in time",
        arguments: [true, false])
    func theNextCommandHasThemAsked(_ isRefused: Bool) async throws {
        let isFirst = Flag()
        let former = try await FakeServer { command in
            switch command[0] {
            case "HELLO": isRefused ? .bytes("-WRONGPASS no\r\n") : nil
            case "GET": isFirst.take() ? .bytes("+former\r\n") : .silence
            default: nil
            }
        }
        let next = try await FakeServer { $0[0] == "GET" ? .bytes("+next\r\n") : nil }
        let named = Mutex(former.port)
        let sentinel = try await sentinel { Self.naming(named.withLock { $0 }) }
        // By a clock that stands still they are not asked because time has passed.
        let clock = ManualClock()
        let client = try client([sentinel.port], now: { clock.now })
        if !isRefused {
            let reply = try await client.send(read, deadline: inAnHour)
            #expect(reply.text == "former")
        }
        let deadline: ContinuousClock.Instant = isRefused ? inAnHour : .now + .milliseconds(100)
        let outcome = await client.attempt(read, deadline: deadline)
        let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
        #expect(failure?.reason == (isRefused ? .refused : .timedOut))
        let port = next.port
        named.withLock { $0 = port }
        let reply = try await client.send(read, deadline: .now + .seconds(60))
        #expect(reply.text == "next")
        client.close()
        for server in [former, next, sentinel] { try await server.close() }
    }

    @Test("A failover that broke no connection is followed ten seconds after the sentinels were asked, and not before")
    func theSentinelsAreAskedEveryTenSeconds() async throws {
        let clock = ManualClock()
        let former = try await FakeServer { $0[0] == "GET" ? .bytes("+former\r\n") : nil }
        let next = try await FakeServer { $0[0] == "GET" ? .bytes("+next\r\n") : nil }
        let named = Mutex(former.port)
        let sentinel = try await sentinel { Self.naming(named.withLock { $0 }) }
        // Nor does the moved clock make an answer that is on its way look late.
        let client = try client([sentinel.port], now: { clock.now }, watchInterval: .seconds(3600))
        for (from, to) in [(former, next), (next, former)] {
            let name = from === former ? "former" : "next"
            try await eventually("\(name) is asked") {
                try await client.send(read, deadline: inAnHour).text == name
            }
            let port = to.port
            named.withLock { $0 = port }
            clock.advance(by: .seconds(10) - .nanoseconds(1))
            for _ in 0..<20 { #expect(try await client.send(read, deadline: inAnHour).text == name) }
            clock.advance(by: .nanoseconds(1))
        }
        try await eventually("the former is asked again") {
            try await client.send(read, deadline: inAnHour).text == "former"
        }
        #expect(sentinel.received.count { $0[0] == "SENTINEL" } == 3)
        client.close()
        for server in [former, next, sentinel] { try await server.close() }
    }

    @Test("Without any sentinel the primary that is known serves on")
    func theKnownPrimaryServesOn() async throws {
        let isCut = Mutex(false)
        let primary = try await FakeServer { command in
            guard command[0] == "GET" else { return nil }
            return isCut.withLock { isCut in
                defer { isCut = false }
                return isCut ? .lastBytes("") : .bytes("+primary\r\n")
            }
        }
        let port = primary.port
        let isGone = Mutex(false)
        let sentinel = try await FakeServer { command in
            // Not before it is asked: each second a connection puts a question of its own.
            if command[0] == "SENTINEL", isGone.withLock({ $0 }) { return .lastBytes("") }
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n")
            case "SENTINEL": return .bytes(Self.naming(port))
            default: return nil
            }
        }
        let client = try client([sentinel.port])
        #expect(try await client.send(read, deadline: inAnHour).text == "primary")
        isGone.withLock { $0 = true }
        isCut.withLock { $0 = true }
        #expect(try await client.send(read, deadline: inAnHour).text == "primary")
        // Another task than the command's may be the one that asks.
        try await eventually("it was asked in vain") { sentinel.received.count { $0[0] == "SENTINEL" } >= 2 }
        client.close()
        for server in [primary, sentinel] { try await server.close() }
    }

    @Test("A sentinel that says nothing is given up after the time for connecting, and the next one is asked")
    func silentSentinelsArePassed() async throws {
        let primary = try await FakeServer { $0[0] == "GET" ? .bytes("+primary\r\n") : nil }
        let port = primary.port
        let isAsked = Flag(isRaised: false), isPassed = Mutex(false)
        let silent = try await silentSentinel { isAsked.raise() }
        // Where this machine is too slow to ask the first one in time, it has another chance.
        let good = try await sentinel {
            if isAsked.take() { isPassed.withLock { $0 = true } }
            return isPassed.withLock { $0 } ? Self.naming(port) : "-ERR wait\r\n"
        }
        let client = try client([silent.port, good.port], connectTimeout: .seconds(1))
        #expect(try await client.send(write, deadline: inAnHour).text == "primary")
        client.close()
        for server in [primary, silent, good] { try await server.close() }
    }

    @Test("A command ends at its deadline although the sentinels say nothing")
    func theDeadlineEndsAsking() async throws {
        let silent = try await silentSentinel()
        let client = try client([silent.port], connectTimeout: .seconds(3600))
        let error = await #expect(throws: RedisFailure.self) {
            try await client.send(write, deadline: .now + .milliseconds(500))
        }
        #expect(error?.outcome == .notApplied)
        client.close()
        try await silent.close()
    }

    @Test("A caller who gives up while the sentinels are asked hears of that, and nothing was applied")
    func theCallerEndsAsking() async throws {
        let isAsked = Mutex(false)
        let silent = try await silentSentinel { isAsked.withLock { $0 = true } }
        let client = try client([silent.port])
        let waiting = Task { try await client.send(write, deadline: inAnHour) }
        try await eventually("the sentinel is asked") { isAsked.withLock { $0 } }
        waiting.cancel()
        let result = await waiting.result
        let error = #expect(throws: RedisFailure.self) { try result.get() }
        #expect(error?.outcome == .notApplied && error?.message.hasPrefix("cancelled") == true)
        client.close()
        try await silent.close()
    }

    private func silentSentinel(whenAsked: @escaping @Sendable () -> Void = {}) async throws -> FakeServer {
        try await FakeServer { command in
            switch command[0] {
            case "HELLO": return .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n")
            case "SENTINEL":
                whenAsked()
                return .silence
            default: return nil
            }
        }
    }

    @Test("Where TLS is configured, a sentinel is told nothing without it")
    func sentinelsAreAskedOverTLS() async throws {
        let sentinel = try await sentinel { "*-1\r\n" }
        let configuration = RedisClientConfiguration(
            credentials: .init(password: "lovelace"), tls: RedisClientConfiguration.TLS(), connections: 1,
            connectTimeout: .seconds(1), outageTolerance: .seconds(300), silenceTimeout: .seconds(600))
        let client = try RedisSentinelClient(
            [.init(host: "127.0.0.1", port: sentinel.port)], primary: "s", configuration: configuration,
            sentinelCredentials: .init(password: "hopper"))
        // It speaks no TLS, so that the attempt ends with the time for connecting.
        let outcome = await client.attempt(write, deadline: inAnHour)
        let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
        #expect(failure?.reason == .disconnected && failure?.isSent == false)
        #expect(sentinel.received.isEmpty)
        client.close()
        try await sentinel.close()
    }

    @Test("A client that was closed asks no sentinel and fails")
    func aClosedClientFails() async throws {
        let sentinel = try await sentinel { "*-1\r\n" }
        let client = try client([sentinel.port])
        client.close()
        let error = await #expect(throws: RedisFailure.self) { try await client.send(read, deadline: inAnHour) }
        #expect(error?.outcome == .notApplied && sentinel.received.isEmpty)
        try await sentinel.close()
    }
}
