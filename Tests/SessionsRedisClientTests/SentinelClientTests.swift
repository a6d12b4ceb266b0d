import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

@Suite("Whom sentinels name", .timeLimit(.minutes(5))) struct SentinelClientTests {
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
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) throws -> RedisSentinelClient {
        var configuration = RedisClientConfiguration(
            connections: 1, connectTimeout: connectTimeout, outageTolerance: .seconds(300),
            silenceTimeout: .seconds(600))
        configuration.now = now
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
        let client = try client([try RedisProcess.freePort(), ignorant.port, odd.port, broken.port, good.port])
        for _ in 0..<3 { #expect(try await client.send(write, deadline: inAnHour).text == "primary") }
        #expect(client.server(of: [])?.port == port)
        let asked = { (server: FakeServer) in server.received.count { $0[0] == "SENTINEL" } }
        #expect([ignorant, odd, broken, good].map(asked) == [1, 1, 1, 1], "they are asked once, not for each command")
        client.close()
        for server in [primary, ignorant, odd, broken, good] { try await server.close() }
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

    @Test("A failover that broke no connection is followed ten seconds after the sentinels were asked, and not before")
    func theSentinelsAreAskedEveryTenSeconds() async throws {
        let clock = ManualClock()
        let former = try await FakeServer { $0[0] == "GET" ? .bytes("+former\r\n") : nil }
        let next = try await FakeServer { $0[0] == "GET" ? .bytes("+next\r\n") : nil }
        let named = Mutex(former.port)
        let sentinel = try await sentinel { Self.naming(named.withLock { $0 }) }
        let client = try client([sentinel.port], now: { clock.now })
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
        let sentinel = try await sentinel { Self.naming(port) }
        let client = try client([sentinel.port])
        #expect(try await client.send(read, deadline: inAnHour).text == "primary")
        try await sentinel.close()
        // The connection to the sentinel goes as well.
        isCut.withLock { $0 = true }
        #expect(try await client.send(read, deadline: inAnHour).text == "primary")
        client.close()
        try await primary.close()
    }

    @Test("A sentinel that says nothing is given up after the time for connecting, and the next one is asked")
    func silentSentinelsArePassed() async throws {
        let primary = try await FakeServer { $0[0] == "GET" ? .bytes("+primary\r\n") : nil }
        let port = primary.port
        let silent = try await silentSentinel()
        let good = try await sentinel { Self.naming(port) }
        let client = try client([silent.port, good.port], connectTimeout: .seconds(1))
        #expect(try await client.send(write, deadline: inAnHour).text == "primary")
        #expect(silent.received.contains { $0[0] == "SENTINEL" })
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

    private func silentSentinel() async throws -> FakeServer {
        try await FakeServer { command in
            switch command[0] {
            case "HELLO": .bytes("%2\r\n+mode\r\n+sentinel\r\n+role\r\n+sentinel\r\n")
            case "SENTINEL": .silence
            default: nil
            }
        }
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
