public import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    /// Turns expired sessions into tombstones and deletes those that are due, at most `limit` of both.
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await .collected(upTo: limit) { result throws(SessionError) in
            try await self.sweep(at: now, limit: limit, into: &result)
        }
    }

    private func sweep(
        at now: Timestamp, limit: Int, into result: inout SweepResult
    ) async throws(SessionError) {
        try await watchEviction(at: now)
        // From a shard of its own choice, so that sweeps with small limits and those of other servers spread out.
        let first = Int.random(in: 0..<Keys.shardCount)
        for start in stride(from: 0, to: Keys.shardCount, by: 64) {
            let shards = (start..<start + 64).map { (first + $0) % Keys.shardCount }
            let room = limit - result.examined
            let due = try await concurrently(shards) { shard throws(SessionError) in
                try await self.due(in: shard, at: now, limit: min(room, Self.dueInOneLook)).map { (shard, $0) }
            }.joined()
            // One that fails doesn't keep the others from being reported.
            let swept = try await concurrently(Array(due.prefix(room))) { entry in
                let (shard, id) = entry
                return await self.sweep(id, in: shard, at: now)
            }
            result.examined += swept.count
            var failure: SessionError?
            for outcome in swept {
                switch outcome {
                case .done: break
                case .expired(let record): result.expired.append(record)
                case .unreadable(let id): result.unreadable.append(id)
                case .failed(let error): failure = failure ?? error
                }
            }
            if let failure { throw failure }
            if result.examined == limit { break }
            // More may be due here than one look could tell.
            if due.count > room
                || shards.contains(where: { shard in due.count { $0.0 == shard } == Self.dueInOneLook })
            {
                result.examined = limit
                return
            }
        }
        if result.examined < limit {
            let owners = min(limit, 8)
            _ = try await concurrently(Array(0..<Keys.shardCount)) { shard throws(SessionError) in
                try await self.cleanIndex(of: shard, at: now, limit: owners)
            }
        }
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
        case unreadable(SessionID)
        case failed(SessionError)
    }

    /// Does what is due for one session.
    private func sweep(_ id: SessionID, in shard: Int, at now: Timestamp) async -> Swept {
        do throws(SessionError) {
            let reply = try await run(scripts.sweep, [keys.session(id), keys.due(shard)], "sweeping") { command in
                command.append(now.milliseconds)
                command.append(id.block.bytes)
            }
            switch reply {
            case .integer(1): return .done
            case .integer(0): return .unreadable(id)
            case .array(let fields):
                guard let record = try RecordReader(id: id).session(fields)?.record else {
                    return .failed(unexpected("sweeping"))
                }
                return .expired(record)
            default: return .failed(unexpected("sweeping"))
            }
        } catch {
            return error.code == .corrupt && !error.concernsStore ? .unreadable(id) : .failed(error)
        }
    }
}
