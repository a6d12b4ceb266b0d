public import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    public func enroll(_ id: SessionID, of principal: Principal, at now: Timestamp) async throws(SessionError) {
        let names = [keys.sessions(of: principal), keys.principals(keys.shard(of: principal))]
        _ = try await run(scripts.enroll, names, "enrolling") { command in
            command.append(Enrolment(at: now, id: id).bytes)
            command.append((now + Enrolment.settlingTime).milliseconds)
            command.append(principal.name)
        }
    }

    public func watermark(
        of principal: Principal, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        let key = keys.watermark(of: principal)
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

    /// Looks through the sessions of principals whose turn it is, and drops the entries that are wrong.
    ///
    /// - Parameter limit: principals to look at in this shard
    func settlePrincipals(of shard: Int, at now: Timestamp, limit: Int) async throws(SessionError) {
        var due = RedisCommand("ZRANGEBYSCORE", on: keys.principals(shard), effect: .read)
        due.append("-inf")
        due.append(now.milliseconds)
        due.append("LIMIT")
        due.append(0)
        due.append(Int64(limit))
        for name in try await bytes(of: send(due, "sweeping")) {
            guard let principal = String(validating: name, as: UTF8.self).flatMap({ try? Principal($0) }) else {
                continue
            }
            try await settle(principal, in: shard, at: now)
        }
    }

    private func settle(_ principal: Principal, in shard: Int, at now: Timestamp) async throws(SessionError) {
        // Younger entries may belong to a commit that is still on its way.
        let youngest = Enrolment(at: now - Enrolment.settlingTime, id: SessionID(Block16(0, 0)))
        var after: Enrolment?
        // A step-up enrols a session again; its newest entry is enough.
        var newest: [SessionID: Enrolment] = [:]
        while true {
            let page = try await enrolments(of: principal, after: after, before: youngest, limit: 500)
            let current = try await concurrently(page) { entry throws(SessionError) in
                try await self.isCurrent(entry.id, of: principal)
            }
            let wrong = zip(page, current).compactMap { entry, isCurrent in
                isCurrent ? newest.updateValue(entry, forKey: entry.id) : entry
            }
            let names = [keys.sessions(of: principal), keys.principals(shard)]
            _ = try await run(scripts.settle, names, "sweeping") { command in
                command.append((now + .days(1)).milliseconds)
                command.append(principal.name)
                for entry in wrong { command.append(entry.bytes) }
            }
            guard page.count == 500 else { return }
            after = page.last
        }
    }

    private func isCurrent(_ id: SessionID, of principal: Principal) async throws(SessionError) -> Bool {
        var command = RedisCommand("HMGET", on: keys.session(id), effect: .read)
        command.append(RecordLayout.SignIn.name.bytes)
        command.append(RecordLayout.End.name.bytes)
        guard case .array(let fields) = try await send(command, "sweeping"), fields.count == 2 else {
            throw unexpected("sweeping")
        }
        guard case .null = fields[1], case .bytes(let signedIn) = fields[0] else { return false }
        return signedIn.dropFirst(RecordLayout.SignIn.principal.offset).elementsEqual(principal.name.utf8)
    }

    /// The principal's entries in order, after one of them and before another.
    func enrolments(
        of principal: Principal, after: Enrolment?, before: Enrolment? = nil, limit: Int
    ) async throws(SessionError) -> [Enrolment] {
        var command = RedisCommand("ZRANGEBYLEX", on: keys.sessions(of: principal), effect: .read)
        command.append(after.map { [UInt8(ascii: "(")] + $0.bytes } ?? [UInt8(ascii: "-")])
        command.append(before.map { [UInt8(ascii: "(")] + $0.bytes } ?? [UInt8(ascii: "+")])
        command.append("LIMIT")
        command.append(0)
        command.append(Int64(limit))
        var entries: [Enrolment] = []
        for bytes in try await bytes(of: send(command, "listing")) {
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
