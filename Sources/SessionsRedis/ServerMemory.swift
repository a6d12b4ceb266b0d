import Sessions
import SessionsRedisClient

/// How much of its memory a server uses that has a limit.
struct ServerMemory: Sendable {
    /// What tells servers apart: their address, or a shard that one has, where the client is not the store's own.
    enum Server: Hashable {
        case address(ServerAddress)
        case shard(Int)
    }

    let used: Int
    let maximum: Int

    /// Reads the section `memory` of `INFO`.
    ///
    /// - Returns: `nil` for a server without a limit
    init?(_ info: ServerInfo) {
        guard let maximum = info["maxmemory"].flatMap({ Int($0) }), maximum > 0,
            let used = info["used_memory"].flatMap({ Int($0) })
        else { return nil }
        self.maximum = maximum
        // As Redis itself compares it: without what it keeps for its replicas and its log.
        self.used = used - (info["mem_not_counted_for_evict"].flatMap { Int($0) } ?? 0)
    }

    /// - Parameter reserve: the share for signed-in users, from 0 to 1
    func admitsVisitors(reserving reserve: Double) -> Bool {
        used < (reserve >= 1 ? 0 : maximum - Int(Double(maximum) * max(reserve, 0)))
    }
}
