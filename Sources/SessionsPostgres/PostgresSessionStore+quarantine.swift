#if Postgres
    public import Sessions
    import SessionsPostgresClient

    extension PostgresSessionStore: QuarantiningStore {
        /// Moves the row of a session that can't be read into the table `quarantined_sessions`, as it is.
        public func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
            let deadline = ContinuousClock.now + configuration.commandTimeout
            var look = PostgresStatement(statements.examine, capacity: 16)
            look.append(id.bytes)
            let found = try await rows(look, "looking at a row that can't be read", deadline: deadline)
            guard found.count == 1 else { return false }
            do throws(SessionError) {
                var reader = RowReader(found, row: 0, from: 1)
                _ = try reader.record()
                return false
            } catch {
                guard error.isOfOneRow else { throw error }
            }
            var move = PostgresStatement(statements.quarantine)
            move.append(id.bytes)
            move.append(RowReader(found, row: 0).version)
            move.append(now.milliseconds)
            return try await rows(move, "setting a row aside", deadline: deadline).count == 1
        }

        /// Returns the IDs of sessions that were set aside, the oldest first.
        public func quarantined(limit: Int) async throws(SessionError) -> [SessionID] {
            var statement = PostgresStatement(statements.quarantined)
            statement.append(Int64(max(limit, 0)))
            let rows = try await rows(statement, "listing what was set aside")
            var ids: [SessionID] = []
            for row in 0..<rows.count { ids.append(try RowReader(rows, row: row).id()) }
            return ids
        }
    }
#endif
