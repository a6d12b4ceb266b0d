public import Sessions
import SessionsRedisClient

extension RedisSessionStore: CountingStore {
    /// The shards that are looked at first, spread over all of them.
    private static let sampleCount = 32
    /// With this many sessions in the sample, the rest is like it to a few parts in a hundred.
    private static let enough = 2000

    /// Returns about how many sessions the store has, ended ones that are still explained among them.
    ///
    /// It asks 32 of the 1,024 shards how many they hold, and the others too where these are few.
    public func count() async throws(SessionError) -> SessionCount {
        let step = Keys.shardCount / Self.sampleCount
        let sampled = Array(stride(from: 0, to: Keys.shardCount, by: step))
        let sample = try await count(in: sampled)
        if sample >= Self.enough { return SessionCount(sessions: sample * step, isExact: false) }
        let rest = try await count(in: (0..<Keys.shardCount).filter { !$0.isMultiple(of: step) })
        return SessionCount(sessions: sample + rest, isExact: false)
    }

    private func count(in shards: [Int]) async throws(SessionError) -> Int {
        try await concurrently(shards) { shard throws(SessionError) -> Int in
            let command = RedisCommand("ZCARD", on: self.keys.due(shard), effect: .read)
            guard case .integer(let count) = try await self.send(command, "counting") else {
                throw self.unexpected("counting")
            }
            return Int(count)
        }.reduce(0, +)
    }
}
