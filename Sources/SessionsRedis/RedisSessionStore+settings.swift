import Sessions
import SessionsRedisClient
import Synchronization

// What operators have set in Redis: whether it may drop sessions when its memory is full, or forgets them at a restart.
extension RedisSessionStore {
    /// Which server to ask: the primary of a shard, or a replica, of which the store's own client alone knows.
    enum Place {
        case shard(Int)
        case replica(ServerAddress)
    }

    func ask(_ name: StaticString, _ arguments: String..., of place: Place) async throws(SessionError) -> RedisReply {
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
    func name(of place: Place) -> String {
        switch place {
        case .shard(let shard): ownClient?.server(of: keys.due(shard)).map { "Redis at \($0)" } ?? "Redis"
        case .replica(let address): "the replica at \(address)"
        }
    }

    /// A shard on each primary, as far as is known which has which.
    func primaries(isCluster: Bool) -> [Place] {
        guard isCluster else { return [.shard(0)] }
        var seen: Set<ServerAddress> = []
        return (0..<Keys.shardCount).filter { shard in
            guard let server = ownClient?.server(of: keys.due(shard)) else { return true }
            return seen.insert(server).inserted
        }.map(Place.shard)
    }

    func checkEviction(of place: Place) async throws(SessionError) {
        if configuration.skipsEvictionCheck { return }
        var policy = try await setting("maxmemory-policy", of: place)
        if policy == nil { policy = try await info("memory", of: place)?["maxmemory_policy"] }
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

    /// What a server that keeps nothing on its disk is warned of; `nil` for one that does, or whose user may not ask.
    func persistenceWarning(of place: Place) async throws(SessionError) -> String? {
        guard try await setting("appendonly", of: place) == "no", try await setting("save", of: place) == "" else {
            return nil
        }
        return
            "\(name(of: place)) keeps nothing on its disk (appendonly no, save \"\"): when it restarts, every user is signed "
            + "out. Set \"appendonly yes\", here and in redis.conf, unless that is meant"
    }

    /// Looks again, once a minute, whether Redis has been set to evict sessions.
    ///
    /// Throws before a sweep has done anything, so that nothing of it is lost; the next one sweeps.
    func watchEviction(at now: Timestamp) async throws(SessionError) {
        let places = watch.withLock { watch -> [Place] in
            guard watch.isOn, !(watch.last...watch.last + Self.watchInterval).contains(now) else { return [] }
            watch.last = now
            return primaries(isCluster: watch.isCluster)
        }
        for place in places { try await checkEviction(of: place) }
        try await lookAtMemory(of: places)
    }

    private static let watchInterval = Duration.minutes(1)

    /// What ``watchEviction(at:)`` goes by; off until the servers were checked for the first time.
    struct Watch {
        var isOn = false
        var isCluster = false
        var last = Timestamp(milliseconds: 0)
    }

    /// A value of `CONFIG GET`; `nil` where this user may not ask or the server knows no such setting.
    private func setting(_ setting: String, of place: Place) async throws(SessionError) -> String? {
        do throws(SessionError) {
            guard case .array(let pair) = try await ask("CONFIG", "GET", setting, of: place), pair.count == 2 else {
                return nil
            }
            return pair[1].text
        } catch {
            guard error.cause is RedisServerError else { throw error }
            return nil
        }
    }

    /// A section of `INFO`; `nil` where this user may not ask.
    func info(_ section: String? = nil, of place: Place) async throws(SessionError) -> ServerInfo? {
        do throws(SessionError) {
            let reply =
                if let section { try await ask("INFO", section, of: place) } else { try await ask("INFO", of: place) }
            return ServerInfo(reply.text ?? "")
        } catch {
            guard error.cause is RedisServerError else { throw error }
            return nil
        }
    }
}
