#if Postgres
    public import Sessions
    import SessionsPostgresClient

    extension PostgresSessionStore {
        /// Ends what has expired and forgets old tombstones, in parts, past rows that another server is at.
        public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
            try await .collected(upTo: limit) { result throws(SessionError) in
                while result.examined < limit {
                    let part = min(limit - result.examined, Self.sweepPart)
                    let examined = try await self.sweepPart(of: part, at: now, into: &result)
                    if examined < part { break }
                }
                try await self.forget(
                    self.statements.forgetWatermarks, until: now - .days(1), limit, "forgetting watermarks")
                try await self.forget(
                    self.statements.forgetQuarantined, until: now - Self.quarantineLife, limit,
                    "forgetting what was set aside")
            }
        }

        /// - Returns: how many rows were looked at
        private func sweepPart(
            of limit: Int, at now: Timestamp, into result: inout SweepResult
        ) async throws(SessionError) -> Int {
            var statement = PostgresStatement(statements.sweep)
            statement.append(now.milliseconds)
            statement.append(Int64(limit))
            let rows = try await rows(statement, "sweeping")
            guard rows.count > 0 else { return 0 }
            var count = RowReader(rows, row: 0)
            let examined = Int(try count.integer())
            result.examined += examined
            for row in 0..<rows.count where rows.withValue(row: row, column: 1, { $0 != nil }) {
                var reader = RowReader(rows, row: row, from: 1)
                do throws(SessionError) {
                    result.expired.append(try reader.record())
                } catch {
                    guard error.isOfOneRow else { throw error }
                    result.unreadable.append(try RowReader(rows, row: row, from: 1).id())
                }
            }
            return examined
        }

        private func forget(
            _ query: PostgresQuery, until moment: Timestamp, _ limit: Int, _ doing: StaticString
        ) async throws(SessionError) {
            var statement = PostgresStatement(query)
            statement.append(moment.milliseconds)
            statement.append(Int64(min(limit, Self.sweepPart)))
            _ = try await rows(statement, doing)
        }

        /// Rows that one statement locks: other writes of them wait for it.
        private static let sweepPart = 256
        /// How long a row that was set aside is kept.
        private static let quarantineLife = Duration.days(30)
    }

    extension SessionError {
        /// Whether one session's row can't be read, and the others can.
        var isOfOneRow: Bool { code == .corrupt && !concernsStore }
    }
#endif
