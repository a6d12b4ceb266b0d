import NIOCore
import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

/// What ends a wait: deadlines, pauses between attempts, a server that is no primary any more.
@Suite(.timeLimit(.minutes(10))) struct ClientDeadlineTests {
    private func client(_ server: FakeServer, connectTimeout: Duration = .seconds(60)) throws -> RedisClient {
        try RedisClient(
            .init(host: "127.0.0.1", port: server.port),
            configuration: .init(connections: 1, connectTimeout: connectTimeout, silenceTimeout: .seconds(600)))
    }

    private func reason(_ outcome: PendingCommand.Outcome) -> LinkFailure.Reason? {
        if case .failure(let failure) = outcome { failure.reason } else { nil }
    }

    private let read = RedisCommand("GET", key: [], effect: .read)
    private let write = RedisCommand("GET", key: [], effect: .write)

    @Test("Each command ends at its own deadline, in whatever order they were asked", arguments: ["HELLO", "GET"])
    func everyDeadlineCounts(_ silent: String) async throws {
        let server = try await FakeServer { $0[0] == silent ? .silence : nil }
        let client = try client(server)
        let began = ContinuousClock.now
        let times = [Duration.milliseconds(400), .milliseconds(100), .milliseconds(700), .milliseconds(200)]
        let waits = await withTaskGroup(of: (Duration, LinkFailure.Reason?, Duration).self) { group in
            for time in times {
                group.addTask {
                    let outcome = await client.execute(read, deadline: began + time)
                    return (time, reason(outcome), began.duration(to: .now))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(waits.count == times.count)
        for (time, reason, waited) in waits {
            #expect(reason == .timedOut && waited >= time, "\(time): \(String(describing: reason)) after \(waited)")
        }
        client.close()
        try await server.close()
    }

    @Test("Timers run for an hour at most, and what is due later is looked at again")
    func timersAreBounded() {
        #expect(TimeAmount(clamping: .zero) == .zero && TimeAmount(clamping: .nanoseconds(1)) == .nanoseconds(1))
        #expect(TimeAmount(clamping: .milliseconds(1500)) == .milliseconds(1500))
        for long in [Duration.seconds(3600), .seconds(3601), .seconds(1_000_000_000_000)] {
            #expect(TimeAmount(clamping: long) == .hours(1))
        }
        let now = ContinuousClock.now
        for (deadline, wait) in [(-5000, 1), (0, 1), (1, 2), (5000, 5001)] {
            #expect(TimeAmount(past: now + .milliseconds(deadline), at: now) == .milliseconds(Int64(wait)))
        }
    }

    @Test("A command that waited until its deadline says whether it was sent")
    func deadlinesSayWhetherItWasSent() async throws {
        for (silent, outcome): (String, RedisFailure.Outcome) in [("HELLO", .notApplied), ("GET", .unknown)] {
            let server = try await FakeServer { $0[0] == silent ? .silence : nil }
            let client = try client(server)
            if silent == "GET" {
                // Connected, so that it is sent however short its deadline is.
                _ = await client.execute(RedisCommand("PING", key: [], effect: .read), deadline: .now + .seconds(300))
            }
            let error = try await #require(throws: RedisFailure.self) {
                try await client.send(write, deadline: .now + .seconds(1))
            }
            #expect(error.outcome == outcome, "\(silent): \(error)")
            client.close()
            try await server.close()
        }
    }

    @Test("After a failed attempt to connect there is a pause, in which commands fail at once")
    func attemptsAreSpacedOut() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .lastBytes("") : nil }
        let client = try client(server)
        let began = ContinuousClock.now
        for _ in 0..<200 {
            #expect(await reason(client.execute(read, deadline: .now + .seconds(300))) == .disconnected)
        }
        // The first pause is 10 ms at least, and each next one is longer.
        #expect(server.acceptedConnections <= 2 + Int(began.duration(to: .now) / .milliseconds(10)))
        client.close()
        try await server.close()
    }

    @Test("A pause ends in time, and a connection that was made ends the row of failures")
    func pausesEnd() async throws {
        let clock = ManualClock()
        let isDown = Mutex(true)
        let server = try await FakeServer { command in
            if command[0] == "QUIT" { return .lastBytes("") }
            return command[0] == "HELLO" && isDown.withLock { $0 } ? .lastBytes("") : nil
        }
        var configuration = RedisClientConfiguration(
            connections: 1, connectTimeout: .seconds(60), silenceTimeout: .seconds(600))
        configuration.now = { clock.now }
        let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: configuration)
        func isAnswered(_ command: RedisCommand? = nil) async -> Bool {
            await reason(client.execute(command ?? read, deadline: .now + .seconds(300))) == nil
        }
        // The pause after so many failures is half a second at least and a second at most.
        for attempt in 1...8 {
            #expect(await !isAnswered())
            #expect(server.acceptedConnections == attempt)
            if attempt < 8 { clock.advance(by: .seconds(1)) }
        }
        isDown.withLock { $0 = false }
        clock.advance(by: .milliseconds(500) - .nanoseconds(1))
        #expect(await !isAnswered())
        #expect(server.acceptedConnections == 8, "it is too early")
        clock.advance(by: .milliseconds(500) + .nanoseconds(1))
        #expect(await isAnswered())
        isDown.withLock { $0 = true }
        #expect(await !isAnswered(RedisCommand("QUIT", key: [], effect: .read)))
        #expect(await !isAnswered())
        #expect(server.acceptedConnections == 10)
        // The first pause is 10 ms at least and 20 at most.
        clock.advance(by: .milliseconds(10) - .nanoseconds(1))
        #expect(await !isAnswered())
        #expect(server.acceptedConnections == 10, "it is too early")
        isDown.withLock { $0 = false }
        clock.advance(by: .milliseconds(10) + .nanoseconds(1))
        #expect(await isAnswered())
        client.close()
        try await server.close()
    }

    @Test("A server that says that it is no primary any more is left, also by a client that asks it nothing")
    func aFormerPrimaryIsLeft() async throws {
        let isFirst = Flag()
        let server = try await FakeServer {
            $0[0] == "ROLE" && isFirst.take() ? .bytes("*1\r\n$5\r\nslave\r\n") : nil
        }
        let client = try client(server)
        #expect(await reason(client.execute(read, deadline: .now + .seconds(300))) == nil)
        try await eventually("the connection is closed") { server.openConnections == 0 }
        #expect(await reason(client.execute(read, deadline: .now + .seconds(300))) == nil)
        #expect(server.acceptedConnections == 2)
        client.close()
        try await server.close()
    }

    @Test("A server that refuses a write as a replica is connected to anew")
    func aReplicaIsConnectedToAnew() async throws {
        let isFirst = Flag()
        let server = try await FakeServer {
            $0[0] == "GET" && isFirst.take() ? .bytes("-READONLY You can't write\r\n") : nil
        }
        let client = try client(server)
        let reply = try await client.send(write, deadline: .now + .seconds(300))
        #expect(reply.text == "OK" && server.acceptedConnections == 2)
        client.close()
        try await server.close()
    }

    @Test("When a node's slots are elsewhere, reads that wait for it go there, and writes that were sent wait on")
    func writesThatWereSentWaitOn() async throws {
        let answer = Gate()
        let server = try await FakeServer { $0[0] == "GET" ? .held("+late\r\n", until: answer) : nil }
        let client = try client(server)
        async let reading = client.execute(read, deadline: .now + .seconds(300))
        async let writing = client.execute(write, deadline: .now + .seconds(300))
        try await eventually("both were sent") { server.received.count { $0[0] == "GET" } == 2 }
        client.releaseWaiting("its slots are elsewhere")
        #expect(await reason(reading) == .released)
        answer.open()
        let outcome = await writing
        #expect(reason(outcome) == nil, "\(outcome)")
        client.close()
        try await server.close()
    }

    @Test("When a node's slots are elsewhere, what waits for a connection to it goes there, writes too")
    func whatWasNotSentGoesElsewhere() async throws {
        let server = try await FakeServer { $0[0] == "HELLO" ? .silence : nil }
        let client = try client(server, connectTimeout: .seconds(300))
        async let reading = client.execute(read, deadline: .now + .seconds(60))
        async let writing = client.execute(write, deadline: .now + .seconds(60))
        try await eventually("both wait") { client.takenPlaces == 2 && server.received.count == 1 }
        client.releaseWaiting("its slots are elsewhere")
        let outcomes = await [reading, writing]
        for outcome in outcomes {
            let failure = #expect(throws: LinkFailure.self) { try outcome.get() }
            #expect(failure?.reason == .released && failure?.isSent == false)
        }
        client.close()
        try await server.close()
    }
}
