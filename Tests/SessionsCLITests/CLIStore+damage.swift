import GRDB
import RedisServers
import Sessions

extension CLIStore {
    /// Changes what the store has of a session, so that it can't be read any more.
    func damage(_ id: SessionID) async throws {
        guard url.hasPrefix("sqlite:") else {
            let prefix = String(url.split(separator: "=").last ?? "")
            let damaging = """
                for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*:' .. ARGV[2])) do
                    redis.call('HSET', key, 'h', 'short')
                end
                """
            _ = try await TestServers.single.cli("EVAL", damaging, "0", prefix, "\(id)")
            return
        }
        var settings = GRDB.Configuration()
        settings.busyMode = .timeout(300)
        let database = try DatabaseQueue(path: String(url.dropFirst("sqlite:".count)), configuration: settings)
        try await database.write { db in
            try db.execute(sql: "UPDATE session SET carrier = 'pigeon' WHERE id = ?", arguments: ["\(id)"])
        }
        try database.close()
    }
}
