import RedisServers
import Sessions
import SessionsRedisClient
import Synchronization
import Testing

@testable import SessionsRedis

/// A client between the store and another: it counts, and can lose answers.
///
/// Any `RedisCommands` can be used like this.
final class WatchedCommands: RedisCommands {
    private let inner: any RedisCommands
    private let state = Mutex((names: [String](), losesNext: false))

    init(_ inner: any RedisCommands) { self.inner = inner }

    var names: [String] { state.withLock { $0.names } }

    func forget() { state.withLock { $0.names = [] } }

    /// The next command is applied, and its answer is lost.
    func loseNextAnswer() { state.withLock { $0.losesNext = true } }

    func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        let isLost = state.withLock { state in
            state.names.append(String(decoding: command.arguments[0], as: UTF8.self))
            defer { state.losesNext = false }
            return state.losesNext
        }
        let reply = try await inner.send(command, deadline: deadline)
        if isLost { throw RedisFailure(.unknown, "the answer was lost") }
        return reply
    }
}

@Suite(.timeLimit(.minutes(10))) struct RoundTripTests {
    private func withVisitor(_ body: (Visitor, WatchedCommands) async throws -> Void) async throws {
        let client = try await RedisClient(
            .init(host: "127.0.0.1", port: TestServers.single.port), configuration: .patient())
        let commands = WatchedCommands(client)
        let store = try await RedisSessionStore(
            commands, configuration: .patient(keyPrefix: freshPrefix()))
        // By a clock that stands still no use is written.
        let visitor = try Visitor(store, clock: FixedClock(now: now))
        // Twice: the first uses of a script on a new server send its source too.
        _ = try await visitor.request { try $0.set("n", to: 0) }
        _ = try await visitor.request { try await $0.update("n", default: 0) { $0 += 1 } }
        commands.forget()
        try await body(visitor, commands)
        client.close()
    }

    @Test func aRequestThatReadsIsOneRoundTrip() async throws {
        try await withVisitor { visitor, commands in
            let outcome = try await visitor.request { session in
                let n: Int? = try session.value("n")
                #expect(n == 1)
            }
            #expect(outcome.error == nil && commands.names == ["HGETALL"])
        }
    }

    @Test func aRequestThatReadsAndWritesIsTwo() async throws {
        try await withVisitor { visitor, commands in
            let set = try await visitor.request { session in
                let n: Int? = try session.value("n")
                try session.set("n", to: (n ?? 0) + 1)
            }
            #expect(set.error == nil && commands.names == ["HGETALL", "EVALSHA"])
            commands.forget()
            let update = try await visitor.request { try await $0.update("n", default: 0) { $0 += 1 } }
            #expect(update.error == nil && commands.names == ["HGETALL", "EVALSHA"])
        }
    }

    @Test func aRequestThatEndsIsTwo() async throws {
        try await withVisitor { visitor, commands in
            _ = try await visitor.request { try await $0.end() }
            #expect(commands.names == ["HGETALL", "EVALSHA"])
        }
    }

    @Test func aCommitWhoseAnswerWasLostIsNotRepeated() async throws {
        try await withVisitor { visitor, commands in
            let lost = try await visitor.request { session in
                // Loaded before the body, so that the commit loses its answer.
                commands.loseNextAnswer()
                try await session.update("n", default: 0) { $0 += 1 }
            }
            #expect(lost.error?.code == .unavailable && lost.cookies.isEmpty)
            #expect(commands.names == ["HGETALL", "EVALSHA"])
            let next = try await visitor.request { session in
                let n: Int? = try session.value("n")
                #expect(n == 2)
            }
            #expect(next.error == nil)
        }
    }

    @Test func digestsAreThoseOfRedis() async throws {
        let server = try await TestServers.single
        for text in ["return 1", String(repeating: "-- a comment\n", count: 100)] {
            let loaded = try server.cli("SCRIPT", "LOAD", text).trimmingSuffix(while: \.isNewline)
            #expect(Script(text).digest == loaded)
        }
        #expect(Script("").digest == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }
}

extension String {
    fileprivate func trimmingSuffix(while condition: (Character) -> Bool) -> String {
        String(reversed().drop(while: condition).reversed())
    }
}
