import RedisServers
import SessionsTesting
import Testing

@testable import SessionsRedisClient

@Suite(.timeLimit(.minutes(10))) struct CancellationTests {
    /// Ten thousand commands are given up after they were sent, by cancellation or by their deadline, between others that are
    /// not: a caller that gets an answer gets its own, also on the connections that others gave up on.
    @Test func answersNeverReachAnotherCaller() async throws {
        let client = try await RedisClient(
            .init(host: "127.0.0.1", port: TestServers.single.port), configuration: .patient())
        var random = SplitMix64(seed: 4)
        var answered = 0
        var unsent = 0
        var sent = 0
        while sent < 10_000 {
            let plans = (0..<100).map { number in
                (
                    text: "\(sent) \(unsent) \(number)", padding: Int.random(in: 0...2000, using: &random),
                    yields: Int.random(in: 0...40, using: &random), fate: Int.random(in: 0..<8, using: &random)
                )
            }
            let outcomes = await withTaskGroup(of: Fate.self) { group in
                for plan in plans {
                    group.addTask {
                        let text = plan.text + String(repeating: ".", count: plan.padding)
                        // Six of eight are given up, most of them after they were sent.
                        let deadline =
                            ContinuousClock.now + (plan.fate > 3 ? .microseconds(plan.yields * 60) : .seconds(280))
                        let task = Task {
                            var echo = RedisCommand("ECHO", key: [], effect: .write)
                            echo.append(text)
                            return try await client.send(echo, deadline: deadline)
                        }
                        if plan.fate == 2 || plan.fate == 3 {
                            for _ in 0..<plan.yields { await Task.yield() }
                            task.cancel()
                        }
                        switch await task.result {
                        case .success(let reply): return reply.text == text ? .answered : .mistaken
                        case .failure(let error as RedisFailure) where error.outcome == .unknown: return .givenUp
                        case .failure: return .unsent
                        }
                    }
                }
                return await group.reduce(into: [Fate]()) { $0.append($1) }
            }
            #expect(!outcomes.contains(.mistaken), "an answer reached another caller")
            answered += outcomes.count { $0 == .answered }
            unsent += outcomes.count { $0 == .unsent }
            sent += outcomes.count { $0 == .givenUp }
            try #require(answered + unsent + sent < 500_000, "too few are given up after they were sent")
        }
        #expect(answered > 2500)
        client.close()
    }

    private enum Fate { case answered, unsent, givenUp, mistaken }

    @Test func aCommandThatWasCancelledBeforeItWasSentHasNoEffect() async throws {
        let client = try await RedisClient(
            .init(host: "127.0.0.1", port: TestServers.single.port), configuration: .patient())
        let key = Array(freshPrefix().utf8)
        for _ in 0..<50 {
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                let command = RedisCommand("INCR", on: key, effect: .write)
                return try await client.send(command, deadline: .now + .seconds(280))
            }
            guard case .failure(let error as RedisFailure) = await task.result else {
                Issue.record("a cancelled command was answered")
                continue
            }
            #expect(error.outcome == .notApplied)
        }
        let reply = try await client.send(RedisCommand("GET", on: key, effect: .read), deadline: .now + .seconds(280))
        #expect(reply == .null)
        client.close()
    }
}
