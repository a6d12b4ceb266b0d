import Logging
import Sessions
import SessionsRedisClient
import Synchronization

extension RedisSessionStore {
    /// Refuses a server that would lose sessions or can't do what the store needs, with the reason and what to do.
    func checkServers(_ logger: Logger) async throws(SessionError) {
        // Where the user has no right to ask, the checks that follow do without.
        let info = try await info(of: .shard(0))
        if let version = info?["redis_version"], !Self.isRecent(version) {
            throw SessionError(
                .configuration,
                "\(name(of: .shard(0))) is version \(version), which is too old; it takes Redis 6.2 or Valkey 7.2, or later"
            )
        }
        // In a cluster every node counts: every primary that has anything of ours has a shard, and a replica may take over.
        let isCluster = info?["cluster_enabled"] != "0"
        let primaries = primaries(isCluster: isCluster)
        _ = try await concurrently(primaries) { primary throws(SessionError) in try await self.check(primary) }
        _ = try await concurrently(ownClient?.replicas ?? []) { replica throws(SessionError) in
            do throws(SessionError) {
                try await self.check(.replica(replica))
            } catch {
                // One that doesn't answer is no reason not to start: the cluster lists it for a while after it died.
                guard error.cause is RedisFailure else { throw error }
            }
        }
        try await checkRights()
        watch.withLock { $0 = Watch(isOn: true, isCluster: isCluster, last: clock.now) }
        try await lookAtMemory(of: primaries)
        let warnings = try await concurrently(primaries) { primary throws(SessionError) in
            try await self.persistenceWarning(of: primary)
        }
        for case let warning? in warnings { logger.warning("\(warning)") }
    }

    private func check(_ place: Place) async throws(SessionError) {
        try await checkEviction(of: place)
        try await checkClock(of: place)
    }

    /// Does everything that the store will ever do there, and leaves nothing behind.
    private func checkRights() async throws(SessionError) {
        let doing: StaticString = "checking the server"
        do throws(SessionError) {
            // By its source, so that the right to that is tried as well.
            try await prove(doing, bySource: true)
        } catch {
            // What passes without a new setting is no reason not to start: the sessions that there are can be read.
            guard let refusal = error.cause as? RedisServerError, Self.passing.contains(String(refusal.code)) else {
                throw error
            }
        }
        let unused = Self.unusedID()
        let reply = try await run(scripts.commit, [keys.session(unused)], doing) { command in
            command.append(SessionChanges(expectedGeneration: 1), to: unused, at: clock.now, stamp: 0)
        }
        guard case .null = reply else { throw unexpected(doing) }
        // What is asked outside of scripts.
        let questions: [(StaticString, [String])] = [
            ("HGETALL", []), ("HMGET", ["a"]), ("GET", []), ("ZSCAN", ["0"]), ("ZRANGEBYSCORE", ["-inf", "0"]),
            ("ZRANGEBYLEX", ["-", "+"]),
        ]
        for (name, arguments) in questions {
            var command = RedisCommand(name, on: keys.session(unused), effect: .read)
            for argument in arguments { command.append(argument) }
            _ = try await send(command, doing)
        }
    }

    /// Codes of a server that takes no writes for now: its memory is full, its disk or its replicas fail it.
    private static let passing: Set = ["OOM", "MISCONF", "NOREPLICAS"]

    /// Writes, reads and removes a key that no session has, in one script.
    func prove(_ doing: StaticString, bySource: Bool = false) async throws(SessionError) {
        let reply = try await run(scripts.health, [keys.session(Self.unusedID())], bySource: bySource, doing) { _ in }
        guard case .integer(1) = reply else { throw unexpected(doing) }
    }

    private static func unusedID() -> SessionID {
        var random = SystemRandomNumberGenerator()
        return SessionID(Block16(random.next(), random.next()))
    }

    private func checkClock(of place: Place) async throws(SessionError) {
        let before = clock.now
        let time = try await time(of: place)
        let after = clock.now
        let tolerance = configuration.clockTolerance
        guard before - tolerance <= time, time <= after + tolerance + .milliseconds(1) else {
            throw SessionError(
                .configuration,
                "the clock of \(name(of: place)) differs from this server's by \((time - after).milliseconds) ms, and commits are "
                    + "fenced by both; synchronize them, or raise clockTolerance from \(tolerance)")
        }
    }

    /// What time it is by a server's clock.
    func time(of place: Place) async throws(SessionError) -> Timestamp {
        guard case .array(let parts) = try await ask("TIME", of: place), parts.count == 2,
            let seconds = parts[0].number, let microseconds = parts[1].number
        else { throw unexpected("asking for the time") }
        return Timestamp(milliseconds: 0) + .seconds(seconds) + .microseconds(microseconds)
    }

    static func isRecent(_ version: String) -> Bool {
        let parts = version.split(separator: ".").map { Int($0) ?? 0 }
        guard parts.count >= 2 else { return true }
        return (parts[0], parts[1]) >= (6, 2)
    }
}
