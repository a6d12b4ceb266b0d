import RedisServers
import Sessions
import SessionsTesting
import Testing

@testable import SessionsRedis

@Suite struct CancellationTests {
    /// Ten thousand commands, of which about half are cancelled or time out at some random moment: whoever gets an
    /// answer gets its own, also on the connections that others gave up on.
    @Test func answersNeverReachSomebodyElse() async throws {
        let client = try await RedisClient(
            .init(host: "127.0.0.1", port: TestServers.single.port), configuration: .init(connections: 2))
        var random = SplitMix64(seed: 4)
        var answered = 0
        var abandoned = 0
        for wave in 0..<100 {
            let plans = (0..<100).map { number in
                (
                    text: "wave \(wave) number \(number)", padding: Int.random(in: 0...2000, using: &random),
                    yields: Int.random(in: 0...12, using: &random), fate: Int.random(in: 0..<4, using: &random)
                )
            }
            let outcomes = await withTaskGroup(of: Bool?.self) { group in
                for plan in plans {
                    group.addTask {
                        let text = plan.text + String(repeating: ".", count: plan.padding)
                        let deadline =
                            ContinuousClock.now + (plan.fate == 3 ? .microseconds(plan.yields * 60) : .seconds(60))
                        let task = Task {
                            var echo = RedisCommand("ECHO", key: [], effect: .write)
                            echo.append(text)
                            return try await client.send(echo, deadline: deadline)
                        }
                        if plan.fate == 2 {
                            for _ in 0..<plan.yields { await Task.yield() }
                            task.cancel()
                        }
                        guard case .success(let reply) = await task.result else { return nil }
                        return reply.text == text
                    }
                }
                return await group.reduce(into: [Bool?]()) { $0.append($1) }
            }
            #expect(!outcomes.contains(false), "an answer reached somebody else in wave \(wave)")
            answered += outcomes.count { $0 == true }
            abandoned += outcomes.count { $0 == nil }
        }
        #expect(answered + abandoned == 10_000)
        #expect(answered >= 5000 && abandoned > 100, "\(answered) were answered, \(abandoned) given up")
        client.close()
    }

    @Test func aCommandThatWasCancelledBeforeItWasSentHasNoEffect() async throws {
        let client = try await RedisClient(.init(host: "127.0.0.1", port: TestServers.single.port))
        let key = Array(freshPrefix().utf8)
        for _ in 0..<50 {
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                let command = RedisCommand("INCR", on: key, effect: .write)
                return try await client.send(command, deadline: .now + .seconds(60))
            }
            guard case .failure(let error as RedisFailure) = await task.result else {
                Issue.record("a cancelled command was answered")
                continue
            }
            #expect(error.outcome == .notApplied)
        }
        let reply = try await client.send(RedisCommand("GET", on: key, effect: .read), deadline: .now + .seconds(60))
        #expect(reply == .null)
        client.close()
    }
}
