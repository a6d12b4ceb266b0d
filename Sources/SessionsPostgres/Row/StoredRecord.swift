#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// A record with what PostgreSQL knows beside it.
    struct StoredRecord {
        let record: SessionRecord
        /// The bytes that each attribute's JSON had when it was written.
        private let sizes: [(name: String, bytes: Int)]
        /// PostgreSQL's clock when it was read.
        let clock: Timestamp

        /// Reads the answer to a load.
        init(_ rows: PostgresRows) throws(SessionError) {
            var reader = RowReader(rows, row: 0)
            record = try reader.record()
            sizes = reader.sizes
            // Microseconds since 2000.
            let microseconds = try reader.integer()
            clock = Timestamp(milliseconds: microseconds / 1000 + 946_684_800_000)
        }

        /// The limit that the attributes would pass with the changes, as the statement of a commit counts.
        func excess(after changes: SessionChanges, limits: SessionLimits) -> SizeExcess? {
            guard changes.attributes.values.contains(where: { $0 != .remove }) else { return nil }
            var sizes = AttributeMap<Int>(sizes.map { ($0.name, $0.bytes) })
            for (name, edit) in changes.attributes {
                if case .set(let json) = edit { sizes[name] = json.utf8.count } else { sizes[name] = nil }
            }
            if sizes.count > limits.attributeCount {
                return SizeExcess(what: "the session's attributes", size: sizes.count, limit: limits.attributeCount)
            }
            for (name, _) in sizes where name.utf8.count > SessionLimits.nameBytes {
                return SizeExcess(
                    what: "bytes in an attribute's name", size: name.utf8.count, limit: SessionLimits.nameBytes)
            }
            for (name, bytes) in sizes where bytes > limits.attributeBytes {
                return SizeExcess(
                    what: "bytes of JSON in attribute \"\(name)\"", size: bytes, limit: limits.attributeBytes)
            }
            let bytes = sizes.reduce(0) { $0 + $1.name.utf8.count + $1.value }
            return bytes > limits.sessionBytes
                ? SizeExcess(what: "bytes in the session's attributes", size: bytes, limit: limits.sessionBytes) : nil
        }
    }
#endif
