#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// A record with what PostgreSQL knows beside it.
    struct StoredRecord: Sendable {
        private(set) var record: SessionRecord
        /// The bytes that each attribute's JSON had when it was written.
        private var sizes: [(name: String, bytes: Int)]
        /// PostgreSQL's clock when it was read.
        let clock: Timestamp
        /// The version of the row as it is here; `nil` where another one may come to have the same.
        var version: RowVersion?

        /// Reads a row of the answer to a load or a commit.
        init(_ rows: PostgresRows, row: Int = 0) throws(SessionError) {
            var reader = RowReader(rows, row: row)
            record = try reader.record()
            sizes = reader.sizes
            // Microseconds since 2000.
            let microseconds = try reader.integer()
            clock = Timestamp(milliseconds: microseconds / 1000 + 946_684_800_000)
            let transaction = try reader.transaction()
            version = try reader.optionalInteger().map { RowVersion(transaction: transaction, serverStart: $0) }
        }

        /// Returns the row as the changes leave it, still with its version; `nil` where it doesn't take them.
        func applying(_ changes: SessionChanges, at now: Timestamp, limits: SessionLimits) -> StoredRecord? {
            guard case .committed(let changed) = result(of: changes, at: now),
                excess(after: changes, limits: limits) == nil
            else { return nil }
            var row = self
            row.record = changed
            row.sizes = changes.end == nil ? sizes(after: changes) : []
            return row
        }

        /// What the record says to the changes, whatever their size is.
        ///
        /// Sizes are those of the texts that came, which jsonb doesn't keep: ``excess(after:limits:)`` knows them.
        func result(of changes: SessionChanges, at now: Timestamp) -> CommitResult {
            var record = record
            let unlimited = SessionLimits(attributeBytes: .max, sessionBytes: .max, attributeCount: .max)
            return changes.apply(to: &record, at: now, limits: unlimited)
        }

        /// The limit that the attributes would pass with the changes, as the statement of a commit counts.
        func excess(after changes: SessionChanges, limits: SessionLimits) -> SizeExcess? {
            guard changes.sets else { return nil }
            return limits.excess(ofSizes: sizes(after: changes))
        }

        private func sizes(after changes: SessionChanges) -> [(name: String, bytes: Int)] {
            var sizes = sizes
            for (name, edit) in changes.attributes {
                let index = sizes.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
                switch (index, edit) {
                case (let index?, .set(let json)): sizes[index].bytes = json.utf8.count
                case (nil, .set(let json)): sizes.append((name, json.utf8.count))
                case (let index?, .remove): sizes.remove(at: index)
                case (nil, .remove): break
                }
            }
            return sizes
        }
    }
#endif
