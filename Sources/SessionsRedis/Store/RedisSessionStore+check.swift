import Sessions

extension RedisSessionStore {
    /// Refuses a server that would lose sessions or can't do what the store needs, with the reason and what to do.
    func checkServers() async throws(SessionError) {
        let info: ServerInfo?
        do throws(SessionError) {
            info = ServerInfo(try await ask("INFO", in: 0).text ?? "")
        } catch {
            // The user may not have the right to ask; the checks that follow do without.
            guard error.cause is RedisServerError else { throw error }
            info = nil
        }
        if let version = info?["redis_version"], !Self.isRecent(version) {
            throw SessionError(
                .configuration,
                "\(name(ofServerWith: 0)) is version \(version), which is too old; it takes Redis 6.2 or Valkey 7.2, or later"
            )
        }
        // In a cluster every node counts, and every node that has anything of ours has a shard.
        let isCluster = info?["cluster_enabled"] != "0"
        let shards = Array(0..<(isCluster ? Keys.shardCount : 1))
        _ = try await concurrently(shards) { shard throws(SessionError) in
            if !self.configuration.skipsEvictionCheck { try await self.checkEviction(in: shard) }
            try await self.checkClock(in: shard)
        }
    }

    private func ask(_ name: StaticString, _ arguments: String..., in shard: Int) async throws(SessionError)
        -> RedisReply
    {
        var command = RedisCommand(name, key: keys.due(shard), effect: .read)
        for argument in arguments { command.append(argument) }
        return try await send(command, "checking the server")
    }

    /// "Redis", and where it is, if the client is the store's own.
    private func name(ofServerWith shard: Int) -> String {
        guard let server = ownClient?.server(of: keys.due(shard)) else { return "Redis" }
        return "Redis at \(server)"
    }

    private func checkEviction(in shard: Int) async throws(SessionError) {
        var policy: String?
        for source in [PolicySource.setting, .info] where policy == nil {
            do throws(SessionError) {
                policy = try await evictionPolicy(from: source, in: shard)
            } catch {
                guard error.cause is RedisServerError else { throw error }
            }
        }
        switch policy {
        case "noeviction": return
        case nil:
            throw SessionError(
                .configuration,
                "\(name(ofServerWith: shard)) doesn't say whether it evicts keys when its memory is full: this user may use neither CONFIG GET "
                    + "nor INFO. Allow one of them, or see to \"maxmemory-policy noeviction\" and set skipsEvictionCheck"
            )
        case let policy?:
            throw SessionError(
                .configuration,
                "\(name(ofServerWith: shard)) would evict sessions when its memory is full (maxmemory-policy \(policy)), which signs people out "
                    + "at random. Set \"maxmemory-policy noeviction\", here and in redis.conf")
        }
    }

    private enum PolicySource {
        case setting
        case info
    }

    private func evictionPolicy(from source: PolicySource, in shard: Int) async throws(SessionError) -> String? {
        switch source {
        case .setting:
            guard case .array(let pair) = try await ask("CONFIG", "GET", "maxmemory-policy", in: shard) else {
                return nil
            }
            return pair.count == 2 ? pair[1].text : nil
        case .info:
            return ServerInfo(try await ask("INFO", "memory", in: shard).text ?? "")["maxmemory_policy"]
        }
    }

    private func checkClock(in shard: Int) async throws(SessionError) {
        let before = SystemSessionClock().now
        guard case .array(let parts) = try await ask("TIME", in: shard), parts.count == 2,
            let seconds = parts[0].number, let microseconds = parts[1].number
        else { throw unexpected("checking the server") }
        let after = SystemSessionClock().now
        let time = Timestamp(milliseconds: seconds * 1000 + microseconds / 1000)
        let tolerance = configuration.clockTolerance
        guard before - tolerance <= time, time <= after + tolerance + .milliseconds(1) else {
            throw SessionError(
                .configuration,
                "the clock of \(name(ofServerWith: shard)) differs from this server's by \((time - after).milliseconds) ms, and commits are "
                    + "fenced by both; synchronize them, or raise clockTolerance from \(tolerance)")
        }
    }

    static func isRecent(_ version: String) -> Bool {
        let parts = version.split(separator: ".").map { Int($0) ?? 0 }
        guard parts.count >= 2 else { return true }
        return (parts[0], parts[1]) >= (6, 2)
    }
}
