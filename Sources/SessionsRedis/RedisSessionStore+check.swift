import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    /// Refuses a server that would lose sessions or can't do what the store needs, with the reason and what to do.
    func checkServers() async throws(SessionError) {
        let info: ServerInfo?
        do throws(SessionError) {
            info = ServerInfo(try await ask("INFO", of: .shard(0)).text ?? "")
        } catch {
            // The user may not have the right to ask; the checks that follow do without.
            guard error.cause is RedisServerError else { throw error }
            info = nil
        }
        if let version = info?["redis_version"], !Self.isRecent(version) {
            throw SessionError(
                .configuration,
                "\(name(of: .shard(0))) is version \(version), which is too old; it takes Redis 6.2 or Valkey 7.2, or later"
            )
        }
        // In a cluster every node counts: every primary that has anything of ours has a shard, and a replica may take over.
        let isCluster = info?["cluster_enabled"] != "0"
        let shards = (0..<(isCluster ? Keys.shardCount : 1)).map(Place.shard)
        _ = try await concurrently(shards) { shard throws(SessionError) in try await self.check(shard) }
        _ = try await concurrently(ownClient?.replicas ?? []) { replica throws(SessionError) in
            do throws(SessionError) {
                try await self.check(.replica(replica))
            } catch {
                // One that doesn't answer is no reason not to start: the cluster lists it for a while after it died.
                guard error.cause is RedisFailure else { throw error }
            }
        }
        try await checkRights()
    }

    private func check(_ place: Place) async throws(SessionError) {
        if !configuration.skipsEvictionCheck { try await checkEviction(of: place) }
        try await checkClock(of: place)
    }

    /// Runs the script that each request will, on a session that doesn't exist, which changes nothing.
    private func checkRights() async throws(SessionError) {
        var random = SystemRandomNumberGenerator()
        let unused = SessionID(Block16(random.next(), random.next()))
        let doing: StaticString = "checking the server"
        let reply = try await run(scripts.commit, [keys.session(unused)], doing) { command in
            command.append(SessionChanges(expectedGeneration: 1), to: unused, at: clock.now)
        }
        guard case .null = reply else { throw unexpected(doing) }
    }

    /// Which server to ask: the primary of a shard, or a replica, of which the store's own client alone knows.
    private enum Place {
        case shard(Int)
        case replica(ServerAddress)
    }

    private func ask(
        _ name: StaticString, _ arguments: String..., of place: Place
    ) async throws(SessionError) -> RedisReply {
        let (key, replica): ([UInt8], ServerAddress?) =
            switch place {
            case .shard(let shard): (keys.due(shard), nil)
            case .replica(let address): ([], address)
            }
        var command = RedisCommand(name, key: key, effect: .read)
        for argument in arguments { command.append(argument) }
        return try await send(command, to: replica, "checking the server")
    }

    /// "Redis", and where it is, if the client is the store's own.
    private func name(of place: Place) -> String {
        switch place {
        case .shard(let shard): ownClient?.server(of: keys.due(shard)).map { "Redis at \($0)" } ?? "Redis"
        case .replica(let address): "the replica at \(address)"
        }
    }

    private func checkEviction(of place: Place) async throws(SessionError) {
        var policy: String?
        for source in [PolicySource.setting, .info] where policy == nil {
            do throws(SessionError) {
                policy = try await evictionPolicy(from: source, of: place)
            } catch {
                guard error.cause is RedisServerError else { throw error }
            }
        }
        switch policy {
        case "noeviction": return
        case nil:
            throw SessionError(
                .configuration,
                "\(name(of: place)) doesn't say whether it evicts keys when its memory is full: this user may use neither CONFIG GET "
                    + "nor INFO. Allow one of them, or see to \"maxmemory-policy noeviction\" and set skipsEvictionCheck"
            )
        case let policy?:
            throw SessionError(
                .configuration,
                "\(name(of: place)) would evict sessions when its memory is full (maxmemory-policy \(policy)), which signs people out "
                    + "at random. Set \"maxmemory-policy noeviction\", here and in redis.conf")
        }
    }

    private enum PolicySource {
        case setting
        case info
    }

    private func evictionPolicy(from source: PolicySource, of place: Place) async throws(SessionError) -> String? {
        switch source {
        case .setting:
            guard case .array(let pair) = try await ask("CONFIG", "GET", "maxmemory-policy", of: place) else {
                return nil
            }
            return pair.count == 2 ? pair[1].text : nil
        case .info:
            return ServerInfo(try await ask("INFO", "memory", of: place).text ?? "")["maxmemory_policy"]
        }
    }

    private func checkClock(of place: Place) async throws(SessionError) {
        let before = clock.now
        guard case .array(let parts) = try await ask("TIME", of: place), parts.count == 2,
            let seconds = parts[0].number, let microseconds = parts[1].number
        else { throw unexpected("checking the server") }
        let after = clock.now
        let time = Timestamp(milliseconds: 0) + .seconds(seconds) + .microseconds(microseconds)
        let tolerance = configuration.clockTolerance
        guard before - tolerance <= time, time <= after + tolerance + .milliseconds(1) else {
            throw SessionError(
                .configuration,
                "the clock of \(name(of: place)) differs from this server's by \((time - after).milliseconds) ms, and commits are "
                    + "fenced by both; synchronize them, or raise clockTolerance from \(tolerance)")
        }
    }

    static func isRecent(_ version: String) -> Bool {
        let parts = version.split(separator: ".").map { Int($0) ?? 0 }
        guard parts.count >= 2 else { return true }
        return (parts[0], parts[1]) >= (6, 2)
    }
}
