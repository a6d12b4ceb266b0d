import Sessions
import SessionsRedisClient
import Synchronization

// The last of a server's memory is for signed-in users. When it is full, Redis itself refuses what takes any.
extension RedisSessionStore {
    /// How old what is known of a server's memory may get.
    static let memoryAge = Duration.seconds(1)

    /// Refuses a visitor's session that has no room.
    func checkRoom(
        for record: SessionRecord, before end: CallEnd
    ) async throws(SessionError) {
        guard record.principal == nil else { return }
        if let problem = await problemForVisitors(in: keys.shard(of: record.id), before: end) { throw problem }
    }

    /// Refuses changes by which a visitor's session would grow where there is no room.
    func checkRoom(
        for changes: SessionChanges, to id: SessionID, at now: Timestamp, before end: CallEnd
    ) async throws(SessionError) {
        guard changes.sets, let problem = await problemForVisitors(in: keys.shard(of: id), before: end),
            let record = try await load(id, begunAt: end.begun), let growth = changes.growth(of: record, at: now)
        else { return }
        if growth.isVisitor, growth.bytes > 0 { throw problem }
    }

    /// Learns how much memory primaries may use, and use.
    ///
    /// It is asked when the store is opened and once a minute by a sweep, since a server that has no limit is not asked in
    /// between, which would be another round trip.
    func lookAtMemory(of primaries: [Place]) async throws(SessionError) {
        guard configuration.reserve > 0 else { return }
        _ = try await concurrently(primaries) { place throws(SessionError) in
            guard case .shard(let shard) = place else { return }
            let server = self.server(of: shard)
            _ = self.memory.takeTurn(on: server, at: self.clock.now)
            let info = try await self.info("memory", of: place)
            self.note(info.flatMap { ServerMemory($0) }, of: server)
        }
    }

    /// Returns why no visitor's session may be made or grow in a shard now; `nil` where it may.
    ///
    /// Once a second a call asks a server that has a limit first, for which it has a quarter of its time.
    private func problemForVisitors(in shard: Int, before end: CallEnd) async -> SessionError? {
        guard isLimited.load(ordering: .relaxed) else { return nil }
        let server = server(of: shard)
        guard memory[server] != nil else { return nil }
        if memory.takeTurn(on: server, at: clock.now) {
            // As a write, since those are asked once. Where it fails, what comes next says why, or works.
            var command = RedisCommand("INFO", key: keys.due(shard), effect: .write)
            command.append("memory")
            let latest = min(end.deadline, .now + configuration.commandTimeout / 4)
            if let text = (try? await commands.send(command, deadline: latest))?.text {
                note(ServerMemory(ServerInfo(text)), of: server)
            }
        }
        guard let memory = memory[server], !memory.admitsVisitors(reserving: configuration.reserve) else { return nil }
        return SessionError(
            .full,
            "\(name(of: .shard(shard))) uses \(memory.used) bytes of its maxmemory of \(memory.maximum), and the rest is "
                + "reserved for signed-in users; raise maxmemory or end sessions")
    }

    func note(_ memory: ServerMemory?, of server: ServerMemory.Server) {
        self.memory.change(server) { $0 = memory }
        if memory != nil { isLimited.store(true, ordering: .relaxed) }
    }

    private func server(of shard: Int) -> ServerMemory.Server {
        if let address = ownClient?.server(of: keys.due(shard)) { return .address(address) }
        return .shard(watch.withLock { $0.isCluster } ? shard : 0)
    }
}
