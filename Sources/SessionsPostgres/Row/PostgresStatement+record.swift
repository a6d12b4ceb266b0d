#if Postgres
    import Sessions
    import SessionsPostgresClient

    extension PostgresStatement {
        /// Appends a whole record, as the statement that creates it takes it.
        mutating func append(_ record: SessionRecord) {
            append(record.id.bytes)
            append(record.realm.name)
            append(record.principal?.name)
            append(record.carrier.rawValue)
            append(record.secretDigest.bytes)
            append(record.secretIssuedAt.milliseconds)
            append(record.familyDigest.bytes)
            append(record.createdAt.milliseconds)
            append(record.lastUsedAt.milliseconds)
            let lifetime = record.lifetime
            append(lifetime.idleTimeout?.milliseconds)
            append(lifetime.touchInterval.milliseconds)
            append(lifetime.absoluteDeadline.milliseconds)
            append(lifetime.retention.milliseconds)
            append(lifetime.isPersistent)
            append(Int64(bitPattern: record.generation))
            append(Int64(bitPattern: record.revision))
            append(optional: record.previous?.digest.bytes)
            append(optional: record.previous?.nonce.bytes)
            append(record.previous?.successorSeenAt?.milliseconds)
            append(optional: record.superseded?.familyDigest.bytes)
            append(record.superseded?.at.milliseconds)
            append(record.superseded.map { Int64(bitPattern: $0.revision) })
            append(record.authenticatedAt?.milliseconds)
            append(record.authentications.text)
            append(record.end?.reason.rawValue)
            append(record.end?.at.milliseconds)
            append(record.dueAt.milliseconds)
            let attributes = Array(record.attributes)
            append(attributes.map(\.name))
            append(json: attributes.map(\.json))
            append(attributes.map { Int64(bitPattern: $0.revision) })
            append(attributes.map { Int64($0.json.utf8.count) })
        }

        private mutating func append(optional bytes: [UInt8]?) {
            if let bytes { append(bytes) } else { appendNull() }
        }
    }

    extension SessionChanges {
        /// Bytes that the attributes take in a statement, roughly.
        var size: Int {
            attributes.reduce(expectedRevisions.count * 64) { sum, attribute in
                if case .set(let json) = attribute.value { sum + json.utf8.count + 64 } else { sum + 64 }
            }
        }
    }

    extension SessionID {
        /// The first ID after a cursor, or the first of all; `nil` after the last, and for what is no cursor.
        init?(startingAfter cursor: String?) {
            guard let cursor else {
                self.init(bytes: [UInt8](repeating: 0, count: 16))
                return
            }
            guard var bytes = SessionID(cursor)?.bytes, let last = bytes.lastIndex(where: { $0 < 255 }) else {
                return nil
            }
            bytes[last] += 1
            for index in bytes.indices where index > last { bytes[index] = 0 }
            self.init(bytes: bytes)
        }
    }

    extension String {
        /// Whether a JSON text has the escape of NUL, which is the only way for one to stand in it.
        var holdsNUL: Bool {
            var backslashes = 0
            var text = Substring(self).utf8
            while let found = text.firstIndex(of: UInt8(ascii: "\\")) {
                let run = text[found...].prefix { $0 == UInt8(ascii: "\\") }
                backslashes = run.count
                text = text[run.endIndex...]
                if !backslashes.isMultiple(of: 2), text.starts(with: "u0000".utf8) { return true }
            }
            return false
        }
    }
#endif
