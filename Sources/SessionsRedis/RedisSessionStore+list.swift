public import Sessions
import SessionsRedisClient

extension RedisSessionStore {
    /// Returns a page of sessions: of an owner by the index, of a realm or of all by a scan.
    ///
    /// An owner's page has the time of one call. A scan is many questions, and each of them has that much.
    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        switch query.scope {
        case .owner(let owner): try await list(owner, query, at: now)
        case .realm, .all: try await listAll(query, at: now)
        }
    }

    private func list(
        _ owner: SessionOwner, _ query: SessionQuery, at now: Timestamp
    ) async throws(SessionError) -> SessionPage {
        let begun = ContinuousClock.now
        var after: Enrolment?
        if let cursor = query.cursor {
            guard let entry = Enrolment(hex: cursor) else { throw Self.invalidCursor }
            after = entry
        }
        let entries = try await enrolments(of: owner, after: after, limit: query.limit, begunAt: begun)
        // The index is a hint; the record says whose it is.
        var page = SessionPage(records: [], next: entries.count == query.limit ? entries.last?.hex : nil)
        try await add(entries.map(\.id), of: query, at: now, begunAt: begun, to: &page)
        return page
    }

    /// Lists sessions shard by shard.
    ///
    /// The sweep's index has every live session, and a scan shows whatever stays in it.
    private func listAll(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        guard var place = ScanPlace(query.cursor) else { throw Self.invalidCursor }
        var page = SessionPage(records: [], next: nil)
        // A bounded number of questions; a page with nothing on it is fine where there is a next.
        for _ in 0..<64 {
            let shards = Array(place.shard..<min(place.shard + 32, Keys.shardCount))
            let first = place
            let batches = try await concurrently(shards) { shard throws(SessionError) in
                try await self.scan(shard, from: shard == first.shard ? first.cursor : "0", count: query.limit)
            }
            for (shard, batch) in zip(shards, batches) {
                if shard != place.shard { place = ScanPlace(shard: shard) }
                // Where the same question now leads elsewhere, the set was rebuilt, and what was shown may come again.
                let isSame = place.end == batch.next
                let ids = batch.ids.sorted().filter { id in isSame ? place.after.map { $0 < id } ?? true : true }
                let room = query.limit - page.records.count
                try await add(Array(ids.prefix(room)), of: query, at: now, to: &page)
                if ids.count > room {
                    let last = room > 0 ? ids[room - 1] : (isSame ? place.after : nil)
                    place.after = last
                    place.end = last == nil ? nil : batch.next
                    page.next = place.description
                    return page
                }
                if batch.next != "0" {
                    place = ScanPlace(shard: shard, cursor: batch.next)
                    break
                }
                guard shard + 1 < Keys.shardCount else { return page }
                place = ScanPlace(shard: shard + 1)
            }
            if page.records.count == query.limit { break }
        }
        page.next = place.description
        return page
    }

    private func scan(
        _ shard: Int, from cursor: String, count: Int
    ) async throws(SessionError) -> (ids: [SessionID], next: String) {
        var command = RedisCommand("ZSCAN", on: keys.due(shard), effect: .read)
        command.append(cursor)
        command.append("COUNT")
        command.append(Int64(count))
        guard case .array(let parts) = try await send(command, "listing"), parts.count == 2, let next = parts[0].text
        else { throw unexpected("listing") }
        let members = try bytes(of: parts[1])
        var ids: [SessionID] = []
        for index in stride(from: 0, to: members.count, by: 2) {
            guard let block = Block16(members[index]) else {
                throw SessionError(
                    .corrupt, "the sessions can't be listed: an entry of shard \(shard) has the wrong form")
            }
            ids.append(SessionID(block))
        }
        return (ids, next)
    }

    /// Adds the records of `ids` that the query wants, and the IDs of those that can't be read.
    ///
    /// - Parameter begun: when the call began whose time all of them share; `nil` where each has its own
    private func add(
        _ ids: [SessionID], of query: SessionQuery, at now: Timestamp, begunAt begun: ContinuousClock.Instant? = nil,
        to page: inout SessionPage
    ) async throws(SessionError) {
        let found = try await concurrently(ids) { id throws(SessionError) -> Result<SessionRecord?, SessionError> in
            do throws(SessionError) {
                return .success(try await self.load(id, begunAt: begun ?? .now))
            } catch {
                guard error.code == .corrupt else { throw error }
                return .failure(error)
            }
        }
        for (id, result) in zip(ids, found) {
            switch result {
            case .success(let record?) where query.wants(record, at: now): page.records.append(record)
            case .success: continue
            case .failure: page.unreadable.append(id)
            }
        }
    }

    private static var invalidCursor: SessionError {
        SessionError(.invalid, "the cursor isn't the `next` of a page of this store")
    }
}
