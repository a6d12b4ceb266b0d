import RedisServers
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis
@testable import SessionsRedisClient

/// Times that are derived from others: every call has one end, whatever it sends.
@Suite("Times of the Redis store that follow from others", .timeLimit(.minutes(10)))
struct TimeBoundTests {
    /// Passes commands on, unless something else answers them, and keeps their names and deadlines.
    private final class Watched: RedisCommands {
        typealias Answer = @Sendable (_ name: String) throws(RedisFailure) -> RedisReply?

        private let base: any RedisCommands
        private let answer: Answer
        private let log = Mutex<[(name: String, deadline: ContinuousClock.Instant)]>([])

        init(_ base: any RedisCommands, answer: @escaping Answer) {
            self.base = base
            self.answer = answer
        }

        /// What was sent since this was asked last.
        func takeSent() -> [(name: String, deadline: ContinuousClock.Instant)] {
            log.withLock { log in
                defer { log = [] }
                return log
            }
        }

        func send(
            _ command: RedisCommand, deadline: ContinuousClock.Instant
        ) async throws(RedisFailure) -> RedisReply {
            let name = String(decoding: command.arguments[0], as: UTF8.self)
            log.withLock { $0.append((name, deadline)) }
            if let answer = try answer(name) { return answer }
            return try await base.send(command, deadline: deadline)
        }
    }

    /// Runs `body` with a store whose calls take 100 seconds, what it sends, and a session.
    private func withWatched(
        answering answer: @escaping Watched.Answer = { _ in nil },
        _ body: (RedisSessionStore, Watched, SessionRecord) async throws -> Void
    ) async throws {
        try await withStore { store, database in
            let session = record(["n": "1"])
            // The server knows all scripts from here on, that of commits to what is known too.
            #expect(try await store.create(session))
            for _ in 0..<2 { _ = try await store.commit(touching(at: now), to: session.id, at: now) }
            var configuration = store.configuration
            configuration.commandTimeout = .seconds(100)
            let commands = Watched(database.client, answer: answer)
            try await body(RedisSessionStore(unchecked: commands, configuration: configuration), commands, session)
        }
    }

    /// Expects these commands, each with its time from when the call began.
    private func expect(
        _ expected: [(name: String, span: Duration)], of commands: Watched,
        _ call: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        _ = commands.takeSent()
        let began = ContinuousClock.now
        try await call()
        let ended = ContinuousClock.now
        let sent = commands.takeSent()
        #expect(sent.map(\.name) == expected.map(\.name), sourceLocation: sourceLocation)
        for (sent, expected) in zip(sent, expected) {
            #expect(
                began + expected.span <= sent.deadline && sent.deadline <= ended + expected.span, "\(expected)",
                sourceLocation: sourceLocation)
        }
    }

    @Test("Every call has a deadline, the command timeout from when it began")
    func deadlines() async throws {
        try await withWatched { (store, commands, session) async throws in
            let owner = try owner("ada"), new = record()
            let calls: [(String, () async throws -> Void)] = [
                ("HGETALL", { _ = try await store.load(session.id, at: now) }),
                ("EVALSHA", { _ = try await store.create(new) }),
                ("EVALSHA", { _ = try await store.commit(setting("n", to: "2"), to: session.id, at: now) }),
                ("GET", { _ = try await store.watermark(of: owner, raisedTo: nil) }),
                ("TIME", { _ = try await store.time(of: owner) }),
                ("ZRANGEBYLEX", { _ = try await store.list(.init(.owner(owner)), at: now) }),
            ]
            for (name, call) in calls { try await expect([(name, .seconds(100))], of: commands, call) }
        }
    }

    @Test("A call that takes several commands has one end for all of them")
    func severalCommands() async throws {
        try await withWatched { (store, commands, session) async throws in
            let ada = try owner("ada")
            for _ in 1...3 {
                let signedIn = record(freshID(), principal: ada.principal, at: now)
                try await store.enroll(signedIn.id, of: ada, at: now)
                #expect(try await store.create(signedIn))
            }
            _ = commands.takeSent()
            #expect(try await store.list(.init(.owner(ada)), at: now).records.count == 3)
            let listing = commands.takeSent()
            #expect(listing.count == 4 && Set(listing.map(\.deadline)).count == 1)
            var damage = RedisCommand("HSET", on: store.keys.session(session.id), effect: .write)
            damage.append("h")
            damage.append("short")
            _ = try await commands.send(damage, deadline: .now + .seconds(280))
            _ = commands.takeSent()
            #expect(try await store.quarantine(session.id, at: now))
            let sent = commands.takeSent()
            // The server may not know the script yet.
            #expect(sent.map(\.name).starts(with: ["HGETALL", "EVALSHA"]) && Set(sent.map(\.deadline)).count == 1)
        }
    }

    @Test("A sweep, a count and a list of all sessions are many commands, and each has the time of a call")
    func manyCommands() async throws {
        try await withWatched { (store, commands, _) async throws in
            let calls: [(String, () async throws -> Bool)] = [
                ("sweep", { try await store.sweep(at: now, limit: 10).failure == nil }),
                ("list", { try await store.list(.init(.all), at: now).records.count == 1 }),
                ("count", { try await store.count().sessions == 1 }),
                ("quarantined", { try await store.quarantined(limit: 10).isEmpty }),
            ]
            for (name, call) in calls {
                _ = commands.takeSent()
                let began = ContinuousClock.now
                #expect(try await call(), "\(name)")
                let ended = ContinuousClock.now
                let deadlines = commands.takeSent().map(\.deadline)
                #expect(deadlines.count >= 1024 && Set(deadlines).count > 1, "\(name)")
                for deadline in deadlines {
                    #expect(began + .seconds(100) <= deadline && deadline <= ended + .seconds(100), "\(name)")
                }
            }
        }
    }

    @Test("A script that the server has forgotten is sent whole, under the same deadline")
    func forgottenScripts() async throws {
        let isForgotten = Flag(isRaised: false)
        try await withWatched(answering: { name in
            name == "EVALSHA" && isForgotten.take() ? .error(RedisServerError("NOSCRIPT No matching script")) : nil
        }) { (store, commands, session) async throws in
            isForgotten.raise()
            _ = commands.takeSent()
            #expect(try await store.commit(setting("n", to: "2"), to: session.id, at: now).record?.revision == 4)
            let sent = commands.takeSent()
            #expect(sent.map(\.name) == ["EVALSHA", "EVAL"] && sent.first?.deadline == sent.last?.deadline)
        }
    }

    @Test("A question for a server's memory has a quarter of a call's time, and one that fails refuses nothing")
    func memory() async throws {
        try await withWatched(answering: { name throws(RedisFailure) in
            if name == "INFO" { throw RedisFailure(.notApplied, "no answer in time") }
            return nil
        }) { (store, commands, session) async throws in
            for isNew in [true, false] {
                let watched = RedisSessionStore(unchecked: commands, configuration: store.configuration)
                // It was asked too long ago, and had room.
                #expect(watched.memory.takeTurn(on: .shard(0), at: now - .seconds(1)))
                watched.note(ServerMemory(ServerInfo("used_memory:1\r\nmaxmemory:100")), of: .shard(0))
                try await expect([("INFO", .seconds(25)), ("EVALSHA", .seconds(100))], of: commands) {
                    if isNew {
                        #expect(try await watched.create(record()))
                    } else {
                        let result = try await watched.commit(setting("n", to: "2"), to: session.id, at: now)
                        #expect(result.name == "committed")
                    }
                }
            }
        }
    }

    @Test(
        "A server is asked for its memory once a second, and only for what a visitor's session may take of it",
        arguments: [(999, false), (1000, true)])
    func memoryOnceASecond(_ age: Int, _ isAsked: Bool) async throws {
        let memory = "used_memory:1\r\nmaxmemory:100"
        try await withWatched(answering: { name in
            name == "INFO" ? .bytes(ArraySlice(memory.utf8)) : nil
        }) { (store, commands, session) async throws in
            let moment = now
            let watched = RedisSessionStore(
                unchecked: commands, configuration: store.configuration, clock: FixedClock(now: moment))
            #expect(watched.memory.takeTurn(on: .shard(0), at: moment - .milliseconds(age)))
            watched.note(ServerMemory(ServerInfo(memory)), of: .shard(0))
            _ = commands.takeSent()
            let ada = try Principal("ada")
            let ofUser = try await watched.create(record(freshID(), principal: ada, at: moment))
            let touched = try await watched.commit(touching(at: moment), to: session.id, at: moment)
            #expect(ofUser && touched.name == "committed")
            #expect(commands.takeSent().map(\.name) == ["EVALSHA", "EVALSHA"])
            for _ in 0..<2 { _ = try await watched.create(record(at: moment)) }
            let expected = (isAsked ? ["INFO"] : []) + ["EVALSHA", "EVALSHA"]
            #expect(commands.takeSent().map(\.name) == expected)
        }
    }

    @Test("A commit that reads its session first, where the rest of the memory is reserved, has no more time for it")
    func reading() async throws {
        let memory = "used_memory:100\r\nmaxmemory:100"
        try await withWatched(answering: { name in
            name == "INFO" ? .bytes(ArraySlice(memory.utf8)) : nil
        }) { (store, commands, session) async throws in
            // It was asked too long ago.
            #expect(store.memory.takeTurn(on: .shard(0), at: now - .seconds(1)))
            store.note(ServerMemory(ServerInfo(memory)), of: .shard(0))
            _ = commands.takeSent()
            #expect(try await store.commit(setting("n", to: "2"), to: session.id, at: now).name == "committed")
            let sent = commands.takeSent()
            try #require(sent.map(\.name) == ["INFO", "HGETALL", "EVALSHA"])
            #expect(sent[1].deadline == sent[2].deadline)
        }
    }

    @Test("A server that is out of reach for as long as calls wait isn't waited for, whatever its client tolerates")
    func outageTolerance() async throws {
        let clock = TestClock()
        let isOut = Mutex(false)
        let server = try await FakeServer { command in
            ["HGETALL", "EXISTS"].contains(command[0]) && isOut.withLock({ $0 }) ? .bytes("-LOADING wait\r\n") : nil
        }
        var configuration = RedisSessionStore.Configuration(
            commandTimeout: .seconds(100),
            client: .init(
                connections: 1, connectTimeout: .seconds(60), outageTolerance: .seconds(300),
                silenceTimeout: .seconds(600)))
        configuration.client.now = { clock.now }
        let store = try await RedisSessionStore(url: "redis://127.0.0.1:\(server.port)", configuration: configuration)
        isOut.withLock { $0 = true }
        let waiting = Task { try await store.load(freshID(), at: now) }
        try await eventually("the outage has begun") { server.received.count { $0[0] == "HGETALL" } >= 3 }
        clock.advance(by: .seconds(100))
        let asked = server.received.count { $0[0] == "HGETALL" }
        try await eventually("it is still waited for") {
            server.received.count { $0[0] == "HGETALL" } >= asked + 3
        }
        clock.advance(by: .nanoseconds(1))
        await #expect(throws: SessionError.self) { try await waiting.value }
        let given = server.received.count { $0[0] == "HGETALL" }
        for _ in 0..<20 { await expectError(.unavailable) { _ = try await store.load(freshID(), at: now) } }
        #expect(server.received.count { $0[0] == "HGETALL" } == given)
        try await store.close()
        try await server.close()
        let usual = RedisSessionStore.Configuration()
        #expect(usual.client.outageTolerance < usual.commandTimeout)
    }

    /// A clock that a test moves.
    private final class TestClock: Sendable {
        private let time = Mutex(ContinuousClock.now)

        var now: ContinuousClock.Instant { time.withLock { $0 } }

        func advance(by span: Duration) { time.withLock { $0 += span } }
    }
}
