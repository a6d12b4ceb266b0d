import Crypto
public import Sessions
import SessionsRedisClient

extension RedisSessionStore: QuarantiningStore {
    /// Moves the hash of a session that can't be read into the hash of its shard's unreadable ones.
    ///
    /// A key of another type stays where it is: no release can read it.
    public func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        let end = callEnd
        guard case .array(let fields) = try await fields(of: id, at: end.begun) else { return false }
        do throws(SessionError) {
            _ = try RecordReader(id: id).session(fields)
            return false
        } catch {
            guard error.code == .corrupt else { throw error }
        }
        var hash = Insecure.SHA1()
        for case .bytes(let text) in fields {
            hash.update(data: Array("\(text.count):".utf8))
            hash.update(data: Array(text))
        }
        let digest = hash.finalize().map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        let shard = keys.shard(of: id)
        let names = [keys.session(id), keys.due(shard), keys.unreadable(shard)]
        let reply = try await run(scripts.quarantine, names, end: end, "setting aside") { command in
            command.append(id.block.bytes)
            command.append(id.description)
            command.append(digest)
            command.append(Duration.days(30).milliseconds)
        }
        return reply.number == 1
    }

    /// Returns the IDs of sessions that were set aside, shard by shard.
    public func quarantined(limit: Int) async throws(SessionError) -> [SessionID] {
        let names = try await concurrently(Array(0..<Keys.shardCount)) { shard throws(SessionError) in
            let command = RedisCommand("HKEYS", on: self.keys.unreadable(shard), effect: .read)
            return try await self.bytes(of: self.send(command, "listing what was set aside"))
        }
        let ids = names.joined().compactMap { SessionID(String(decoding: $0, as: UTF8.self)) }
        return Array(ids.prefix(max(limit, 0)))
    }
}
