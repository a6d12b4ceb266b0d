public import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> Int {
        guard limit > 0 else { return 0 }
        var examined = 0
        var corrupt: SessionError?
        // From a shard of its own choice, so that sweeps with small limits and those of other servers spread out.
        let first = Int.random(in: 0..<Keys.shardCount)
        for start in stride(from: 0, to: Keys.shardCount, by: 64) {
            let shards = (start..<start + 64).map { (first + $0) % Keys.shardCount }
            let room = limit - examined
            let due = try await concurrently(shards) { shard throws(SessionError) in
                try await self.due(in: shard, at: now, limit: min(room, 256)).map { (shard, $0) }
            }.joined()
            let isReadable = try await concurrently(Array(due.prefix(room))) { entry throws(SessionError) in
                let (shard, id) = entry
                return try await self.sweep(id, in: shard, at: now) ? nil : id
            }
            examined += isReadable.count
            if let id = isReadable.compactMap({ $0 }).first, corrupt == nil {
                corrupt = SessionError(
                    .corrupt, "session \(id) can't be read: its hash has fields of the wrong form; delete its key")
            }
            if examined == limit { break }
            // More may be due here than one look could tell.
            if due.count > room || shards.contains(where: { shard in due.count { $0.0 == shard } == 256 }) {
                if let corrupt { throw corrupt }
                return limit
            }
        }
        if examined < limit {
            let principals = min(limit, 8)
            _ = try await concurrently(Array(0..<Keys.shardCount)) { shard throws(SessionError) in
                try await self.settlePrincipals(of: shard, at: now, limit: principals)
            }
        }
        if let corrupt { throw corrupt }
        return examined
    }

    private func due(in shard: Int, at now: Timestamp, limit: Int) async throws(SessionError) -> [SessionID] {
        var command = RedisCommand("ZRANGEBYSCORE", on: keys.due(shard), effect: .read)
        command.append("-inf")
        command.append(now.milliseconds)
        command.append("LIMIT")
        command.append(0)
        command.append(Int64(limit))
        var ids: [SessionID] = []
        for bytes in try await bytes(of: send(command, "sweeping")) {
            guard let block = Block16(bytes) else {
                throw SessionError(.corrupt, "shard \(shard) can't be swept: an entry has the wrong form")
            }
            ids.append(SessionID(block))
        }
        return ids
    }

    /// Does what is due for one session. `false`: it can't be read.
    private func sweep(_ id: SessionID, in shard: Int, at now: Timestamp) async throws(SessionError) -> Bool {
        let reply = try await run(
            scripts.sweep, [keys.session(id), keys.due(shard)], "sweeping"
        ) { command in
            command.append(now.milliseconds)
            command.append(id.block.bytes)
        }
        return reply.number == 1
    }
}
