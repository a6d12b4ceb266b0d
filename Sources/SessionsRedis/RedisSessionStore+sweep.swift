public import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    /// Turns expired sessions into tombstones and deletes those that are due, at most `limit` of both.
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        guard limit > 0 else { return SweepResult(examined: 0) }
        try await watchEviction(at: now)
        var result = SweepResult(examined: 0)
        var corrupt: SessionError?
        // From a shard of its own choice, so that sweeps with small limits and those of other servers spread out.
        let first = Int.random(in: 0..<Keys.shardCount)
        for start in stride(from: 0, to: Keys.shardCount, by: 64) {
            let shards = (start..<start + 64).map { (first + $0) % Keys.shardCount }
            let room = limit - result.examined
            let due = try await concurrently(shards) { shard throws(SessionError) in
                try await self.due(in: shard, at: now, limit: min(room, Self.dueInOneLook)).map { (shard, $0) }
            }.joined()
            let swept = try await concurrently(Array(due.prefix(room))) { entry throws(SessionError) in
                let (shard, id) = entry
                return try await self.sweep(id, in: shard, at: now)
            }
            result.examined += swept.count
            for case .expired(let record) in swept { result.expired.append(record) }
            for case .corrupt(let error) in swept where corrupt == nil { corrupt = error }
            if result.examined == limit { break }
            // More may be due here than one look could tell.
            if due.count > room
                || shards.contains(where: { shard in due.count { $0.0 == shard } == Self.dueInOneLook })
            {
                if let corrupt { throw corrupt }
                result.examined = limit
                return result
            }
        }
        if result.examined < limit {
            let owners = min(limit, 8)
            _ = try await concurrently(Array(0..<Keys.shardCount)) { shard throws(SessionError) in
                try await self.cleanIndex(of: shard, at: now, limit: owners)
            }
        }
        if let corrupt { throw corrupt }
        return result
    }

    /// How many due sessions of a shard are asked for at once.
    static let dueInOneLook = 256

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

    private enum Swept: Sendable {
        case done
        /// The tombstone that was made.
        case expired(SessionRecord)
        case corrupt(SessionError)
    }

    /// Does what is due for one session.
    private func sweep(_ id: SessionID, in shard: Int, at now: Timestamp) async throws(SessionError) -> Swept {
        let reply = try await run(scripts.sweep, [keys.session(id), keys.due(shard)], "sweeping") { command in
            command.append(now.milliseconds)
            command.append(id.block.bytes)
        }
        switch reply {
        case .integer(1): return .done
        case .integer(0):
            return .corrupt(
                SessionError(
                    .corrupt, "session \(id) can't be read: its hash has fields of the wrong form; delete its key"))
        case .array(let fields):
            do throws(SessionError) {
                guard let record = try RecordReader(id: id).record(fields) else { throw unexpected("sweeping") }
                return .expired(record)
            } catch {
                guard error.code == .corrupt else { throw error }
                return .corrupt(error)
            }
        default: throw unexpected("sweeping")
        }
    }
}
