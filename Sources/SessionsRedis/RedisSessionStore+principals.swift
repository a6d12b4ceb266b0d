public import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    /// Adds `id` to the index of `owner`, before its record names the principal.
    public func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        let names = [keys.sessions(of: owner), keys.owners(keys.shard(of: owner))]
        _ = try await run(scripts.enroll, names, "enrolling") { command in
            command.append(Enrolment(at: now, id: id).bytes)
            command.append((now + Enrolment.waitingTime).milliseconds)
            command.append(Keys.name(of: owner))
        }
    }

    /// Returns the owner's watermark, raised first if asked; it is forgotten a day later.
    public func watermark(
        of owner: SessionOwner, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        let key = keys.watermark(of: owner)
        let reply: RedisReply
        if let raisedTo {
            reply = try await run(scripts.watermark, [key], "raising a watermark") { command in
                command.append(raisedTo.milliseconds)
                command.append(Duration.days(1).milliseconds + 60_000)
            }
        } else {
            reply = try await send(RedisCommand("GET", on: key, effect: .read), "reading a watermark")
        }
        if case .null = reply { return nil }
        guard let time = reply.number else {
            throw SessionError(.corrupt, "a watermark in Redis can't be read: it is no number")
        }
        return Timestamp(milliseconds: time)
    }

    /// Returns the time by the clock of the server that has the owner's watermark, to the millisecond.
    public func time(of owner: SessionOwner) async throws(SessionError) -> Timestamp {
        try await time(of: .shard(keys.shard(of: owner)))
    }

    /// Looks through the sessions of owners whose turn it is, and drops the entries that are wrong.
    ///
    /// - Parameter limit: owners to look at in this shard
    func cleanIndex(of shard: Int, at now: Timestamp, limit: Int) async throws(SessionError) {
        var due = RedisCommand("ZRANGEBYSCORE", on: keys.owners(shard), effect: .read)
        due.append("-inf")
        due.append(now.milliseconds)
        due.append("LIMIT")
        due.append(0)
        due.append(Int64(limit))
        for name in try await bytes(of: send(due, "sweeping")) {
            guard let owner = Keys.owner(named: name) else { continue }
            try await cleanIndex(of: owner, in: shard, at: now)
        }
    }

    private func cleanIndex(of owner: SessionOwner, in shard: Int, at now: Timestamp) async throws(SessionError) {
        // Younger entries may belong to a commit that is still on its way.
        let youngest = Enrolment(at: now - Enrolment.waitingTime, id: SessionID(Block16(0, 0)))
        var after: Enrolment?
        // A step-up enrols a session again; its newest entry is enough.
        var newest: [SessionID: Enrolment] = [:]
        while true {
            let page = try await enrolments(of: owner, after: after, before: youngest, limit: 500)
            let current = try await concurrently(page) { entry throws(SessionError) in
                try await self.isCurrent(entry.id, of: owner)
            }
            let wrong = zip(page, current).compactMap { entry, isCurrent in
                isCurrent ? newest.updateValue(entry, forKey: entry.id) : entry
            }
            let names = [keys.sessions(of: owner), keys.owners(shard)]
            _ = try await run(scripts.clean, names, "sweeping") { command in
                command.append((now + .days(1)).milliseconds)
                command.append(Keys.name(of: owner))
                for entry in wrong { command.append(entry.bytes) }
            }
            guard page.count == 500 else { return }
            after = page.last
        }
    }

    private func isCurrent(_ id: SessionID, of owner: SessionOwner) async throws(SessionError) -> Bool {
        var command = RedisCommand("HMGET", on: keys.session(id), effect: .read)
        command.append(RecordLayout.SignIn.name.bytes)
        command.append(RecordLayout.RealmName.name.bytes)
        let reply: RedisReply
        do throws(SessionError) {
            reply = try await send(command, "sweeping")
        } catch {
            // A key of another type is a session that can't be read: a list names it, and a sweep isn't stopped by it.
            guard (error.cause as? RedisServerError)?.code == "WRONGTYPE" else { throw error }
            return true
        }
        guard case .array(let fields) = reply, fields.count == 2 else { throw unexpected("sweeping") }
        guard case .bytes(let signedIn) = fields[0] else { return false }
        let isSameRealm =
            if case .bytes(let realm) = fields[1] { realm.elementsEqual(owner.realm.name.utf8) } else {
                owner.realm == .default
            }
        return isSameRealm
            && signedIn.dropFirst(RecordLayout.SignIn.principal.offset).elementsEqual(owner.principal.name.utf8)
    }

    /// The owner's entries in order, after one of them and before another.
    func enrolments(
        of owner: SessionOwner, after: Enrolment?, before: Enrolment? = nil, limit: Int,
        begunAt begun: ContinuousClock.Instant = .now
    ) async throws(SessionError) -> [Enrolment] {
        var command = RedisCommand("ZRANGEBYLEX", on: keys.sessions(of: owner), effect: .read)
        command.append(after.map { [UInt8(ascii: "(")] + $0.bytes } ?? [UInt8(ascii: "-")])
        command.append(before.map { [UInt8(ascii: "(")] + $0.bytes } ?? [UInt8(ascii: "+")])
        command.append("LIMIT")
        command.append(0)
        command.append(Int64(limit))
        var entries: [Enrolment] = []
        for bytes in try await bytes(of: send(command, at: begun, "listing")) {
            guard let entry = Enrolment(bytes) else {
                throw SessionError(.corrupt, "the sessions of a principal can't be read: an entry has the wrong form")
            }
            entries.append(entry)
        }
        return entries
    }

    func bytes(of reply: RedisReply) throws(SessionError) -> [ArraySlice<UInt8>] {
        guard case .array(let values) = reply else { throw unexpected("listing") }
        var found: [ArraySlice<UInt8>] = []
        for value in values {
            guard case .bytes(let bytes) = value else { throw unexpected("listing") }
            found.append(bytes)
        }
        return found
    }
}

extension RedisSessionStore: ClockedStore {}
