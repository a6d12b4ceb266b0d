#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// Reads a row's columns in order and throws `corrupt` where one doesn't hold what this package writes.
    struct RowReader {
        private let rows: PostgresRows
        private let row: Int
        private let first: Int
        private var column: Int
        private var session = "of an unknown id"

        /// - Parameter first: the column to begin with
        init(_ rows: PostgresRows, row: Int, from first: Int = 0) {
            self.rows = rows
            self.row = row
            self.first = first
            column = first
        }

        mutating func record() throws(SessionError) -> SessionRecord {
            guard rows.columnCount >= first + Columns.all.count else {
                throw SessionError(
                    .corrupt, "an answer of PostgreSQL has \(rows.columnCount) columns", concernsStore: true)
            }
            let id = try required { SessionID(bytes: $0) }
            session = id.description
            let realm = try text { try? Realm($0) }
            let principal = try optionalText { try? Principal($0) }
            let carrier = try text { SessionRecord.Carrier(rawValue: $0) }
            let secretDigest = try required { SecretDigest(bytes: $0) }
            let secretIssuedAt = try time()
            let familyDigest = try required { SecretDigest(bytes: $0) }
            let (createdAt, lastUsedAt) = (try time(), try time())
            let lifetime = SessionLifetime(
                idleTimeout: try optionalInteger().map { .milliseconds($0) },
                touchInterval: .milliseconds(try integer()),
                absoluteDeadline: try time(), retention: .milliseconds(try integer()), isPersistent: try bool())
            let generation = UInt64(bitPattern: try integer())
            let revision = UInt64(bitPattern: try integer())
            let previous = (
                try optional { SecretDigest(bytes: $0) }, try optional { RenewalNonce(bytes: $0) }, try optionalTime()
            )
            let superseded = (try optional { SecretDigest(bytes: $0) }, try optionalTime(), try optionalInteger())
            let authenticatedAt = try optionalTime()
            let authentications = try text { [Authentication](text: $0) }
            let end = (try optionalText { $0 }, try optionalTime())
            var record = SessionRecord(
                id: id, realm: realm, secretDigest: secretDigest, secretIssuedAt: secretIssuedAt,
                familyDigest: familyDigest, createdAt: createdAt, lastUsedAt: lastUsedAt, lifetime: lifetime,
                generation: generation, revision: revision, principal: principal, authenticatedAt: authenticatedAt,
                authentications: authentications, carrier: carrier)
            switch previous {
            case (let digest?, let nonce?, let seenAt):
                record.previous = .init(digest: digest, nonce: nonce, successorSeenAt: seenAt)
            case (nil, nil, nil): break
            default: throw corrupt("the columns previous_* don't fit together")
            }
            switch superseded {
            case (let digest?, let at?, let revision?):
                record.superseded = .init(familyDigest: digest, at: at, revision: UInt64(bitPattern: revision))
            case (nil, nil, nil): break
            default: throw corrupt("the columns superseded_* don't fit together")
            }
            switch end {
            case (let reason?, let at?): record.end = .init(reason: .init(rawValue: reason), at: at)
            case (nil, nil): break
            default: throw corrupt("end_reason and ended_at don't fit together")
            }
            let values = try members()
            let writes = try members()
            guard values.count == writes.count else {
                throw corrupt("attributes and attribute_writes don't fit together")
            }
            var attributes: [SessionAttributes.Attribute] = []
            attributes.reserveCapacity(values.count)
            for (value, write) in zip(values, writes) {
                guard value.name.utf8.elementsEqual(write.name.utf8), let write = AttributeWrite(write.json) else {
                    throw corrupt("attributes and attribute_writes don't fit together")
                }
                attributes.append(.init(name: value.name, json: value.json, revision: write.revision))
                sizes.append((value.name, write.bytes))
            }
            record.attributes = SessionAttributes(attributes)
            return record
        }

        /// The ID of a row, which every row has.
        func id() throws(SessionError) -> SessionID {
            let id: SessionID? = rows.withValue(row: row, column: first) { bytes in
                bytes.flatMap { SessionID(bytes: $0) }
            }
            guard let id else { throw SessionError(.corrupt, "a session can't be listed: its id isn't a uuid") }
            return id
        }

        /// The text in the first column.
        var version: String {
            rows.withValue(row: row, column: 0) { bytes in bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }
        }

        /// After a record: the bytes that each attribute's JSON had when it was written.
        private(set) var sizes: [(name: String, bytes: Int)] = []

        /// The number of a transaction in the next column.
        mutating func transaction() throws(SessionError) -> UInt32 {
            try required { $0.count == 4 ? UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) : nil }
        }

        /// The number in the next column.
        mutating func integer() throws(SessionError) -> Int64 {
            guard let value = try optionalInteger() else { throw corrupt("\(name) is missing") }
            return value
        }
    }

    // One column each.
    extension RowReader {
        private mutating func optional<Value>(_ make: (UnsafeRawBufferPointer) -> Value?) throws(SessionError) -> Value?
        {
            column += 1
            let value: Value?? = rows.withValue(row: row, column: column - 1) { bytes in bytes.map(make) }
            guard let value else { return nil }
            guard let value else { throw corrupt("\(name) has the wrong form") }
            return value
        }

        private mutating func required<Value>(_ make: (UnsafeRawBufferPointer) -> Value?) throws(SessionError) -> Value
        {
            guard let value = try optional(make) else { throw corrupt("\(name) is missing") }
            return value
        }

        mutating func optionalInteger() throws(SessionError) -> Int64? {
            try optional { $0.count == 8 ? Int64(bigEndian: $0.loadUnaligned(as: Int64.self)) : nil }
        }

        private mutating func time() throws(SessionError) -> Timestamp { Timestamp(milliseconds: try integer()) }

        private mutating func optionalTime() throws(SessionError) -> Timestamp? {
            try optionalInteger().map(Timestamp.init(milliseconds:))
        }

        private mutating func bool() throws(SessionError) -> Bool { try required { $0.count == 1 ? $0[0] != 0 : nil } }

        private mutating func text<Value>(_ make: (String) -> Value?) throws(SessionError) -> Value {
            try required { String(validating: $0, as: UTF8.self).flatMap(make) }
        }

        private mutating func optionalText<Value>(_ make: (String) -> Value?) throws(SessionError) -> Value? {
            try optional { String(validating: $0, as: UTF8.self).flatMap(make) }
        }

        private mutating func members() throws(SessionError) -> [JSONMembers.Member] {
            try required { bytes in
                // The version of the format comes before the text.
                guard bytes.first == 1 else { return nil }
                return JSONMembers.read(UnsafeRawBufferPointer(rebasing: bytes.dropFirst()))
            }
        }

        /// The column read last.
        private var name: String {
            let index = column - 1 - first
            return "its column " + (Columns.all.indices.contains(index) ? Columns.all[index] : "\(index)")
        }

        private func corrupt(_ problem: String) -> SessionError {
            SessionError(.corrupt, "session \(session) can't be read: \(problem)")
        }
    }

    /// Who wrote an attribute, as the column `attribute_writes` has it: `[5, 120]`.
    struct AttributeWrite {
        let revision: UInt64
        let bytes: Int

        init?(_ json: String) {
            var text = json.utf8[...]
            guard text.popFirst() == UInt8(ascii: "["), let revision = Self.number(&text, as: Int64.self),
                text.popFirst() == UInt8(ascii: ","), let bytes = Self.number(&text, as: Int.self),
                text.popFirst() == UInt8(ascii: "]"), text.isEmpty
            else { return nil }
            self.revision = UInt64(bitPattern: revision)
            self.bytes = bytes
        }

        private static func number<Number: FixedWidthInteger>(
            _ text: inout Substring.UTF8View, as _: Number.Type
        ) -> Number? {
            let digits = text.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "]") }
            text = text[digits.endIndex...]
            return Number(Substring(digits))
        }
    }
#endif
