/// A primary with a replica, and three sentinels that watch them under the name `shop-sessions`.
package final class TestSentinels: Sendable {
    package static let name = "shop-sessions"
    package let primary: RedisProcess
    package let replica: RedisProcess
    package let sentinels: [RedisProcess]

    /// Makes servers of which only ``failOver()`` promotes the replica, until ``watchClosely(_:)``.
    package init() async throws {
        primary = try RedisProcess()
        try await primary.start()
        replica = try RedisProcess(["--replicaof", "127.0.0.1 \(primary.port)", "--repl-diskless-sync-delay", "0"])
        try await replica.start()
        let (name, port) = (Self.name, primary.port)
        sentinels = try (0..<3).map { _ in
            try RedisProcess(sentinel: [
                "sentinel monitor \(name) 127.0.0.1 \(port) 2",
                "sentinel down-after-milliseconds \(name) \(Self.longSilence)",
                "sentinel failover-timeout \(name) 3000",
            ])
        }
        for sentinel in sentinels { try await sentinel.start() }
        try await eventually("the sentinels know each other and the replica") {
            try sentinels.allSatisfy { sentinel in
                let facts = try sentinel.cli("SENTINEL", "MASTER", name).split(separator: "\n").map(String.init)
                func fact(_ key: String) -> String? {
                    facts.firstIndex(of: key).flatMap { $0 + 1 < facts.count ? facts[$0 + 1] : nil }
                }
                return fact("num-other-sentinels") == "2" && fact("num-slaves") == "1"
            }
        }
        try await untilInStep()
    }

    package var url: String {
        "redis+sentinel://" + sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",") + "/\(Self.name)"
    }

    /// Says whether a primary is left that says nothing for a second; on a busy machine a healthy one could be.
    package func watchClosely(_ isClose: Bool) throws {
        let silence = isClose ? 1000 : Self.longSilence
        for sentinel in sentinels {
            try sentinel.cli("SENTINEL", "SET", Self.name, "down-after-milliseconds", "\(silence)")
        }
    }

    private static let longSilence = 600_000

    /// Waits until the replica has all that the primary has.
    package func untilInStep() async throws {
        try await eventually("the replica is in step") {
            let (ahead, behind) = (try primary.info(), try replica.info())
            return behind["master_link_status"] == "up"
                && behind["slave_repl_offset"] == ahead["master_repl_offset"]
        }
    }

    /// Has the sentinels promote the replica while the primary lives.
    package func failOver() async throws {
        try await eventually("a sentinel begins a failover") {
            try sentinels[0].cli("SENTINEL", "FAILOVER", Self.name).contains("OK")
        }
    }
}
