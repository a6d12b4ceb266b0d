import Chaos
import Foundation
import RedisServers
import SessionsTesting
import ShopDriver
import Synchronization
import Testing

extension ChaosTests {
    /// Three shops that are killed, paused and stopped, on a Redis that has troubles of its own.
    @Suite("Redis", .timeLimit(.minutes(10))) struct RedisChaosTests {
        private func url(_ port: Int) -> String { "redis://127.0.0.1:\(port)" }

        @Test("Chaos: a Redis that logs every write is killed and restarted, and nothing that was answered is lost")
        func aRedisThatLogsEveryWriteIsKilled() async throws {
            let server = try RedisProcess(["--appendonly", "yes", "--appendfsync", "always"])
            try await server.start()
            try await ChaosTests.run("Redis, killed, appendfsync always", seed: 20_261_124, on: url(server.port)) {
                random in
                server.kill()
                try await Task.sleep(for: .milliseconds(random.below(500)))
                try await server.start()
                return .nothing
            }
        }

        @Test("Chaos: Redis is paused, also for longer than a request waits, and nothing that was answered is lost")
        func redisIsPaused() async throws {
            let server = try RedisProcess()
            try await server.start()
            let isFirst = Once()
            try await ChaosTests.run("Redis, paused", seed: 20_261_125, on: url(server.port), for: .seconds(14)) {
                random in
                server.pause()
                // Five seconds is what a request waits; its commit may be applied until two more have passed.
                let milliseconds = isFirst.take() ? 5500 + random.below(1000) : random.below(1000)
                try await Task.sleep(for: .milliseconds(milliseconds))
                server.resume()
                return .nothing
            }
        }

        @Test(
            "Chaos: connections to Redis are cut in the middle of commands and replies, and nothing that was answered is lost"
        )
        func connectionsAreCutInMidReply() async throws {
            let server = try RedisProcess()
            try await server.start()
            let proxy = try await CuttingProxy(to: server.port, seed: 20_261_126, cuttingAfter: 500..<20_000)
            try await ChaosTests.run(
                "Redis, cut off", seed: 20_261_126, on: url(proxy.port), until: { _ in proxy.cuts > 20 },
                endTroubles: proxy.stopCutting
            ) { _ in
                // All connections at once, beside those that the proxy cuts one by one.
                try server.cli("CLIENT", "KILL", "TYPE", "normal")
                return .nothing
            }
            #expect(proxy.cuts > 20)
            try await proxy.close()
        }

        @Test(
            "Chaos: a Redis without persistence is killed and restarted: all users are signed out, nothing comes back"
        )
        func aRedisThatForgetsIsKilled() async throws {
            let server = try RedisProcess(["--appendonly", "no"])
            try await server.start()
            let report = try await ChaosTests.run(
                "Redis, killed, no persistence", seed: 20_261_127, on: url(server.port),
                until: { !Checker.check($0).isEmpty }
            ) { random in
                server.kill()
                try await Task.sleep(for: .milliseconds(random.below(500)))
                try await server.start()
                return .everything
            }
            #expect(
                !Checker.check(report.events).isEmpty, "it must not pass for a store that keeps what it acknowledged")
        }

        /// What a replica had confirmed before its primary died is kept; of what came after, an end of it may be lost.
        @Test(
            "Chaos: a primary of a cluster dies: what its replica had confirmed stays, and only the last writes may be lost"
        )
        func aPrimaryOfAClusterDies() async throws {
            let cluster = try await TestCluster(failsOverByItself: false)
            let report = try await ChaosTests.run(
                "Redis, failed over", seed: 20_261_128, on: cluster.url, for: .seconds(12),
                until: { !Checker.check($0).isEmpty }
            ) { random in
                try await cluster.failOver(primary: random.below(3), isPlanned: false)
                return .theLast
            }
            #expect(!Checker.check(report.events).isEmpty, "nothing was lost, so nothing was shown")
        }

        @Test("Chaos: primaries of a cluster hand over to their replicas, and nothing that was answered is lost")
        func primariesOfAClusterHandOver() async throws {
            let cluster = try await TestCluster(failsOverByItself: false)
            try await ChaosTests.run("Redis, handed over", seed: 20_261_129, on: cluster.url) { random in
                try await cluster.failOver(primary: random.below(3), isPlanned: true)
                return .nothing
            }
        }
    }
}

/// True once.
private final class Once: Sendable {
    private let isLeft = Mutex(true)

    func take() -> Bool {
        isLeft.withLock { isLeft in
            defer { isLeft = false }
            return isLeft
        }
    }
}
