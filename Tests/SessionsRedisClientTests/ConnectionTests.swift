import NIOCore
import NIOPosix
import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

/// What a client does with a server that misbehaves, on connections of its own.
@Suite(.timeLimit(.minutes(10))) struct ConnectionTests {
    /// An answer to no question means that the order is lost: the connection is closed, and the next one made.
    @Test func twoAnswersToOneQuestionEndTheConnection() async throws {
        let server = try await FakeServer { command in
            command[0] == "GET" ? .bytes("+one\r\n+two\r\n") : nil
        }
        let client = try RedisClient(
            .init(host: "127.0.0.1", port: server.port),
            configuration: .patient(connections: 1))
        for round in 1...3 {
            let reply = try await client.send(
                RedisCommand("GET", key: [], effect: .write), deadline: .now + .seconds(280))
            #expect(reply.text == "one")
            while server.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(server.acceptedConnections == round)
        }
        client.close()
        try await server.close()
    }

    @Test("Commands take turns on as many connections as there are to be, and a client that is let go of closes them")
    func connectionsAreAsManyAsConfigured() async throws {
        for (connections, expected) in [(0, 1), (1, 1), (3, 3)] {
            let server = try await FakeServer { _ in nil }
            do {
                let client = try RedisClient(
                    .init(host: "127.0.0.1", port: server.port), configuration: .patient(connections: connections))
                for _ in 0..<6 {
                    _ = try await client.send(
                        RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(280))
                }
                #expect(server.acceptedConnections == expected && server.openConnections == expected)
                withExtendedLifetime(client) {}
            }
            try await eventually("the connections are closed") { server.openConnections == 0 }
            try await server.close()
        }
    }

    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    @Test("Connections are served by the threads that are configured")
    func threadsAreAsConfigured() async throws {
        let server = try await FakeServer { _ in nil }
        let loops = Mutex<Set<ObjectIdentifier>>([])
        var configuration = RedisClientConfiguration.patient()
        configuration.eventLoopGroup = Self.group
        // It is read for each answer that comes.
        configuration.now = {
            if let loop = MultiThreadedEventLoopGroup.currentEventLoop {
                _ = loops.withLock { $0.insert(ObjectIdentifier(loop)) }
            }
            return .now
        }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: configuration)
        for _ in 0..<4 {
            _ = try await client.send(RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(280))
        }
        #expect(loops.withLock { $0 } == [ObjectIdentifier(Self.group.next())])
        client.close()
        try await server.close()
    }

    @Test("An answer may be as large as configured, and one that is larger ends the connection")
    func answersAreAsLargeAsConfigured() async throws {
        let server = try await FakeServer { command in
            guard command[0] == "GET", let size = Int(command[1]) else { return nil }
            return .bytes("$\(size)\r\n" + String(repeating: "x", count: size) + "\r\n")
        }
        var configuration = RedisClientConfiguration.patient(connections: 1)
        configuration.limits = .init(bytes: 1000)
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: configuration)
        func ask(_ size: String) async throws(RedisFailure) -> RedisReply {
            let command = RedisCommand("GET", on: Array(size.utf8), effect: .write)
            return try await client.send(command, deadline: .now + .seconds(280))
        }
        // The length takes 6 bytes, and the end 2.
        #expect(try await ask("992").text?.utf8.count == 992)
        let error = await #expect(throws: RedisFailure.self) { try await ask("993") }
        #expect(error?.message.contains("it sent an answer of more than 1000 bytes") == true)
        #expect(error?.outcome == .unknown)
        try await eventually("the connection is closed") { server.openConnections == 0 }
        client.close()
        try await server.close()
    }

    @Test("A server that knows no HELLO is asked for its role, and a replica is refused there too")
    func aReplicaWithoutHELLO() async throws {
        for (role, isRefused) in [("slave", true), ("master", false)] {
            let server = try await FakeServer { command in
                switch command[0] {
                case "HELLO": return .bytes("-ERR unknown command `HELLO`\r\n")
                case "INFO":
                    let text = "redis_mode:standalone\r\nrole:\(role)\r\n"
                    return .bytes("$\(text.utf8.count)\r\n\(text)\r\n")
                default: return nil
                }
            }
            let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
            let outcome = await client.execute(
                RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(280))
            if case .failure(let failure) = outcome {
                #expect(isRefused && failure.message.contains("it is a replica"), "\(failure)")
            } else {
                #expect(!isRefused)
            }
            client.close()
            try await server.close()
        }
    }

    /// What passes by itself is waited for, commits too: none of these means that anything was applied.
    @Test(arguments: ["LOADING", "MASTERDOWN", "BUSY", "READONLY", "TRYAGAIN", "CLUSTERDOWN"])
    func whatPassesIsWaitedFor(_ code: String) async throws {
        let left = Mutex(3)
        let server = try await FakeServer { command in
            guard command[0] == "GET" else { return nil }
            let isOver = left.withLock { left in
                left -= 1
                return left < 0
            }
            return .bytes(isOver ? "+fine\r\n" : "-\(code) wait\r\n")
        }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
        let reply = try await client.send(RedisCommand("GET", key: [], effect: .write), deadline: .now + .seconds(280))
        #expect(reply.text == "fine" && server.received.count { $0[0] == "GET" } == 4)
        client.close()
        try await server.close()
    }

    /// A command's deadline counts while the connection is being made, too.
    @Test(.timeLimit(.minutes(10))) func aCommandDoesNotWaitForTheGreeting() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .silence : nil }
        let client = try RedisClient(
            .init(host: "127.0.0.1", port: server.port), configuration: .init(connectTimeout: .seconds(600)))
        await #expect(throws: RedisFailure.self) {
            try await client.send(RedisCommand("GET", key: [], effect: .read), deadline: .now + .milliseconds(300))
        }
        client.close()
        try await server.close()
    }

    /// A greeting, and an open connection, that nothing comes back on are given up long before the caller is.
    @Test(arguments: ["HELLO", "GET"])
    func aSilentConnectionIsMadeAnew(_ silent: String) async throws {
        let isFirst = Flag()
        let server = try await FakeServer { $0[0] == silent && isFirst.take() ? .silence : nil }
        let client = try RedisClient(
            .init(host: "127.0.0.1", port: server.port),
            configuration: .init(
                connections: 1, connectTimeout: silent == "HELLO" ? .seconds(1) : .seconds(60),
                silenceTimeout: .seconds(1)))
        let reply = try await client.send(RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(600))
        // On a slow machine another connection can be given up too, and that is right.
        #expect(reply.text == "OK" && server.acceptedConnections > 1)
        client.close()
        try await server.close()
    }

    /// The first of two addresses refuses, or is silent for a while: the other one is used.
    @Test func aHostWithTwoAddresses() async throws {
        let server = try await FakeServer { _ in nil }
        var configuration = RedisClientConfiguration.patient()
        configuration.resolver = TwoAddresses(group: MultiThreadedEventLoopGroup.singleton)
        let client = try RedisClient(.init(host: "two.test", port: server.port), configuration: configuration)
        for _ in 0..<10 {
            let reply = try await client.send(
                RedisCommand("HGETALL", key: [], effect: .read), deadline: .now + .seconds(280))
            #expect(reply == .array([]))
        }
        client.close()
        try await server.close()
    }

    private struct TwoAddresses: Resolver {
        let group: MultiThreadedEventLoopGroup

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            group.any().makeCompletedFuture { [try SocketAddress(ipAddress: "127.0.0.1", port: port)] }
        }

        /// Tried first.
        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            group.any().makeCompletedFuture { [try SocketAddress(ipAddress: "::1", port: port)] }
        }

        func cancelQueries() {}
    }

    /// Finds a host's address once a test says so.
    private final class SlowResolver: Resolver, Sendable {
        private let first: EventLoopPromise<[SocketAddress]>
        private let second: EventLoopPromise<[SocketAddress]>
        private let asked = Mutex(false)

        init() {
            let loop = MultiThreadedEventLoopGroup.singleton.any()
            first = loop.makePromise()
            second = loop.makePromise()
        }

        var isAsked: Bool { asked.withLock { $0 } }

        func answer(port: Int) throws {
            first.succeed([try SocketAddress(ipAddress: "127.0.0.1", port: port)])
            second.succeed([])
        }

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            asked.withLock { $0 = true }
            return first.futureResult
        }

        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> { second.futureResult }

        func cancelQueries() {}
    }

    private func client(port: Int, connectTimeout: Duration, resolver: SlowResolver) throws -> RedisClient {
        var configuration = RedisClientConfiguration(
            connections: 1, connectTimeout: connectTimeout, silenceTimeout: .seconds(600))
        configuration.resolver = resolver
        return try RedisClient(.init(host: "slow.test", port: port), configuration: configuration)
    }

    @Test("A connection that isn't made in its time is given up, however long commands wait")
    func connectingHasATime() async throws {
        let resolver = SlowResolver()
        let client = try client(port: 1, connectTimeout: .milliseconds(50), resolver: resolver)
        // Less than the ten seconds that NIO takes where nobody says how long.
        let outcome = await client.execute(
            RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(9))
        client.close()
        try resolver.answer(port: 1)
        let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
        #expect(failure?.reason == .disconnected && failure?.message.contains("no answer in time") == true)
    }

    @Test("Closing while an address is looked up leaves no connection and nobody waiting")
    func closingWhileAnAddressIsLookedUp() async throws {
        let server = try await FakeServer { _ in nil }
        let resolver = SlowResolver()
        let client = try client(port: server.port, connectTimeout: .seconds(300), resolver: resolver)
        let waiting = Task {
            await client.execute(RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(60))
        }
        try await eventually("the address is looked up") { resolver.isAsked }
        client.close()
        let outcome = await waiting.value
        try resolver.answer(port: server.port)
        let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
        #expect(failure?.reason == .closed && failure?.isSent == false)
        try await eventually("it was connected") { server.acceptedConnections == 1 }
        try await eventually("the connection is closed", within: .seconds(60)) { server.openConnections == 0 }
        try await server.close()
    }

    @Test(
        "A server whose certificate is another one's, or nobody's, is refused at once, and not until the deadline",
        arguments: ["127.0.0.1", "localhost"])
    func wrongCertificatesAreRefused(_ host: String) async throws {
        let (server, authority) = try await TestServers.tls
        var configuration = RedisClientConfiguration.patient(connections: 1)
        // The certificate is for localhost, and the system doesn't trust who signed it.
        let authorities = host == "localhost" ? nil : authority.authorityFile
        configuration.tls = RedisClientConfiguration.TLS(authoritiesFile: authorities)
        let client = try RedisClient(.init(host: host, port: server.port), configuration: configuration)
        let outcome = await client.execute(
            RedisCommand("GET", on: [1], effect: .read), deadline: .now + .seconds(280))
        client.close()
        let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
        #expect(failure?.reason == .refused && failure?.failure.isPermanent == true)
        #expect(failure?.message.contains("its certificate isn't valid for this name") == true)
    }

    @Test("The limits of a client are those that are stated")
    func limitsAreStated() {
        let usual = RedisClientConfiguration()
        #expect(usual.connectTimeout == .seconds(2) && usual.outageTolerance == .seconds(1))
        #expect(usual.silenceTimeout == .seconds(15) && usual.watchInterval == .seconds(1))
        #expect(usual.connections == 2 && usual.maximumPendingCommands == 10_000)
        #expect(usual.limits == ReplyLimits(bytes: 16 << 20, depth: 8, elements: 100_000))
        #expect(ReplyLimits.lineBytes == 64 << 10)
        #expect(usual.tls == nil && usual.credentials == nil && usual.database == 0)
    }

    @Test func closingWhileItConnectsLeavesNoConnectionAndNobodyWaiting() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .silence : nil }
        let client = try RedisClient(
            .init(host: "127.0.0.1", port: server.port),
            configuration: .patient(connections: 1))
        let waiting = Task {
            try await client.send(RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(600))
        }
        while server.received.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        client.close()
        let result = await waiting.result
        #expect(throws: RedisFailure.self) { try result.get() }
        while server.openConnections > 0 { try await Task.sleep(for: .milliseconds(5)) }
        await #expect(throws: RedisFailure.self) {
            try await client.send(RedisCommand("GET", key: [], effect: .read), deadline: .now + .seconds(600))
        }
        try await server.close()
    }
}
