#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// How many live sessions the table holds and how many bytes they take, by an estimate.
    struct TableUse: Sendable {
        var records: Int
        var bytes: Int
    }

    // Nothing counts the table's rows: a sample of its pages tells how full it is, and what this server makes is added.
    extension PostgresSessionStore {
        /// How old the estimate may get.
        static let useAge = Duration.seconds(5)

        /// Refuses a session that has no room.
        func checkRoom(
            for record: SessionRecord, deadline: ContinuousClock.Instant
        ) async throws(SessionError) {
            guard room.isLimited, let use = await currentUse(deadline: deadline) else { return }
            try room.check(
                records: use.records + 1, bytes: use.bytes + StoreRoom.size(of: record),
                isVisitor: record.principal == nil)
        }

        /// Refuses changes by which a session would grow where there is no room.
        func checkRoom(
            for changes: SessionChanges, to id: SessionID, at now: Timestamp, deadline: ContinuousClock.Instant
        ) async throws(SessionError) {
            guard room.isLimited, changes.sets, let use = await currentUse(deadline: deadline) else { return }
            do {
                try room.check(bytes: use.bytes + 1, isVisitor: true)
            } catch {
                guard let record = try await stored(id, deadline: deadline)?.record,
                    let growth = changes.growth(of: record, at: now), growth.bytes > 0
                else { return }
                try room.check(bytes: use.bytes + growth.bytes, isVisitor: growth.isVisitor)
            }
        }

        func noteCreated(_ record: SessionRecord) {
            use.change(true) { use in
                use?.records += 1
                use?.bytes += StoreRoom.size(of: record)
            }
        }

        /// What is known; every five seconds a call asks first, for which it has a quarter of its time.
        private func currentUse(deadline: ContinuousClock.Instant) async -> TableUse? {
            if use.takeTurn(on: true, at: clock.now) {
                // Where it fails, what comes next says why, or works: it is no reason to refuse anything.
                let latest = min(deadline, .now + configuration.commandTimeout / 4)
                let found = try? await look(deadline: latest)
                use.change(true) { $0 = found }
            }
            return use[true]
        }

        func look(deadline: ContinuousClock.Instant) async throws(SessionError) -> TableUse? {
            let rows = try await rows(
                PostgresStatement(statements.look), "estimating how full the table is", deadline: deadline)
            guard rows.count == 1 else { return nil }
            var reader = RowReader(rows, row: 0)
            return TableUse(records: Int(try reader.integer()), bytes: Int(try reader.integer()))
        }
    }
#endif
