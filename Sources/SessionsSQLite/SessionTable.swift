import GRDB
import Sessions

/// Reads and writes the rows of sessions and their attributes, inside a transaction of the caller's.
enum SessionTable {
    /// A record with the bound the sweep's index has for it.
    struct Stored {
        var record: SessionRecord
        var dueFrom: Timestamp
    }

    /// What a commit may change; the realm, which has an index, never does.
    static let columns = [
        "secret_digest", "secret_issued_at", "family_digest",
        "previous_digest", "previous_nonce", "previous_successor_seen_at",
        "superseded_family_digest", "superseded_at", "superseded_revision",
        "created_at", "last_used_at",
        "idle_timeout", "touch_interval", "absolute_deadline", "retention", "is_persistent",
        "generation", "revision", "principal", "authenticated_at", "carrier", "end_reason", "ended_at",
        "authentications",
    ]

    /// What loads and commits run.
    enum Query: Int, CaseIterable {
        case fetch, attributes, exists, insert, touch, update, setDue, put, change, remove

        var sql: String {
            switch self {
            case .fetch: SessionTable.selection
            case .attributes:
                "SELECT name, json, revision FROM session_attribute WHERE session_id = ? ORDER BY name"
            case .exists: "SELECT 1 FROM session WHERE id = ?"
            case .insert: SessionTable.insertion
            case .touch: "UPDATE session SET last_used_at = ?, revision = ? WHERE id = ?"
            case .update: SessionTable.update
            case .setDue: "UPDATE session SET due_from = ? WHERE id = ?"
            case .put:
                """
                INSERT INTO session_attribute (json, revision, session_id, name) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET json = excluded.json, revision = excluded.revision
                """
            case .change: "UPDATE session_attribute SET json = ?, revision = ? WHERE session_id = ? AND name = ?"
            case .remove: "DELETE FROM session_attribute WHERE session_id = ? AND name = ?"
            }
        }
    }

    private static let selection =
        "SELECT \(columns.joined(separator: ", ")), realm, due_from FROM session WHERE id = ?"
    private static let insertion =
        "INSERT INTO session (\(columns.joined(separator: ", ")), id, realm, due_from) "
        + "VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")), ?, ?, ?)"
    private static let update =
        "UPDATE session SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?"

    static func fetch(
        _ id: SessionID, in transaction: Transaction, withAttributes: Bool = true
    ) throws -> Stored? {
        let name = id.description
        let statement = try transaction.statement(.fetch)
        defer { statement.reset() }
        statement.bind(name)
        guard try statement.step() else { return nil }
        var reader = RowReader(statement, of: id)
        var stored = try decode(&reader, id)
        if withAttributes { stored.record.attributes = try attributes(of: id, named: name, in: transaction) }
        return stored
    }

    static func exists(_ id: SessionID, in transaction: Transaction) throws -> Bool {
        let statement = try transaction.statement(.exists)
        defer { statement.reset() }
        statement.bind(id.description)
        return try statement.step()
    }

    /// The next session IDs in order.
    static func ids(after cursor: String, limit: Int, in db: Database) throws -> [String] {
        let statement = try db.cachedStatement(sql: "SELECT id FROM session WHERE id > ? ORDER BY id LIMIT ?")
        return try String.fetchAll(statement, arguments: [cursor, limit])
    }

    /// The next session IDs of a realm in order, from the index alone.
    static func ids(in realm: Realm, after cursor: String, limit: Int, in db: Database) throws -> [String] {
        let statement = try db.cachedStatement(
            sql: "SELECT id FROM session WHERE realm = ? AND id > ? ORDER BY id LIMIT ?")
        return try String.fetchAll(statement, arguments: [realm.name, cursor, limit])
    }

    static func insert(_ record: SessionRecord, in transaction: Transaction) throws {
        let name = record.id.description
        let statement = try transaction.statement(.insert)
        bind(record, to: statement)
        statement.bind(name)
        statement.bind(record.realm.name)
        statement.bind(record.dueAt.milliseconds)
        try statement.run()
        for attribute in record.attributes { try put(attribute, of: name, in: transaction) }
    }

    /// Writes what no session has and removes it, for a transaction that shows whether it can be committed.
    static func prove(in transaction: Transaction) throws {
        // As much as a session, so that it needs pages of its own.
        let json = "\"" + String(repeating: " ", count: 8192) + "\""
        try put(.init(name: "health", json: json, revision: 1), of: "", in: transaction)
        try transaction.db.execute(sql: "DELETE FROM session_attribute WHERE session_id = ''")
    }

    /// Writes what differs between `before` and `after`.
    static func write(_ after: SessionRecord, over before: Stored, in transaction: Transaction) throws {
        let name = after.id.description
        if after.differsInUseAlone(from: before.record) {
            // Most commits: SQLite leaves the other columns' triggers alone.
            let statement = try transaction.statement(.touch)
            statement.bind(after.lastUsedAt.milliseconds)
            statement.bind(Int64(bitPattern: after.revision))
            statement.bind(name)
            try statement.run()
        } else {
            let statement = try transaction.statement(.update)
            bind(after, to: statement)
            statement.bind(name)
            try statement.run()
        }
        // The bound may stay early, and never late: a touch leaves it, what brings the end nearer lowers it.
        if after.dueAt < before.dueFrom { try setDue(after.id, from: after.dueAt, in: transaction) }
        let previous = before.record.attributes
        for attribute in after.attributes {
            let old = previous[attribute.name]
            if old?.revision != attribute.revision {
                try put(attribute, of: name, isThere: old != nil, in: transaction)
            }
        }
        for attribute in previous where after.attributes[attribute.name] == nil {
            let statement = try transaction.statement(.remove)
            statement.bind(name)
            statement.bind(attribute.name)
            try statement.run()
        }
    }

    static func setDue(_ id: SessionID, from due: Timestamp, in transaction: Transaction) throws {
        let statement = try transaction.statement(.setDue)
        statement.bind(due.milliseconds)
        statement.bind(id.description)
        try statement.run()
    }

    /// Deletes attributes without having read them.
    static func deleteAttributes(of id: SessionID, in transaction: Transaction) throws {
        try transaction.db.cachedStatement(sql: "DELETE FROM session_attribute WHERE session_id = ?")
            .execute(arguments: [id.description])
    }

    static func delete(_ id: SessionID, in transaction: Transaction) throws {
        try deleteAttributes(of: id, in: transaction)
        try transaction.db.cachedStatement(sql: "DELETE FROM session WHERE id = ?")
            .execute(arguments: [id.description])
    }
}

extension SessionTable {
    private static func attributes(
        of id: SessionID, named name: String, in transaction: Transaction
    ) throws -> SessionAttributes {
        let statement = try transaction.statement(.attributes)
        defer { statement.reset() }
        statement.bind(name)
        var attributes: [SessionAttributes.Attribute] = []
        while try statement.step() {
            var reader = RowReader(statement, of: id)
            attributes.append(.init(name: try reader.text(), json: try reader.text(), revision: try reader.unsigned()))
        }
        return SessionAttributes(attributes)
    }

    private static func put(
        _ attribute: SessionAttributes.Attribute, of session: String, isThere: Bool = false, in transaction: Transaction
    ) throws {
        let statement = try transaction.statement(isThere ? .change : .put)
        statement.bind(attribute.json)
        statement.bind(Int64(bitPattern: attribute.revision))
        statement.bind(session)
        statement.bind(attribute.name)
        try statement.run()
    }

    /// In the order of `columns`.
    private static func bind(_ record: SessionRecord, to statement: PreparedStatement) {
        let previous = record.previous
        let superseded = record.superseded
        let lifetime = record.lifetime
        statement.bind(record.secretDigest)
        statement.bind(record.secretIssuedAt.milliseconds)
        statement.bind(record.familyDigest)
        statement.bind(previous?.digest)
        if let nonce = previous?.nonce {
            nonce.bytes.withUnsafeBytes(statement.bind)
        } else {
            statement.bind(Int64?.none)
        }
        statement.bind(previous?.successorSeenAt?.milliseconds)
        statement.bind(superseded?.familyDigest)
        statement.bind(superseded?.at.milliseconds)
        statement.bind(superseded.map { Int64(bitPattern: $0.revision) })
        statement.bind(record.createdAt.milliseconds)
        statement.bind(record.lastUsedAt.milliseconds)
        statement.bind(lifetime.idleTimeout?.milliseconds)
        statement.bind(lifetime.touchInterval.milliseconds)
        statement.bind(lifetime.absoluteDeadline.milliseconds)
        statement.bind(lifetime.retention.milliseconds)
        statement.bind(lifetime.isPersistent ? 1 : 0)
        statement.bind(Int64(bitPattern: record.generation))
        statement.bind(Int64(bitPattern: record.revision))
        statement.bind(record.principal?.name)
        statement.bind(record.authenticatedAt?.milliseconds)
        statement.bind(record.carrier.rawValue)
        statement.bind(record.end?.reason.rawValue)
        statement.bind(record.end?.at.milliseconds)
        statement.bind(record.authentications.text)
    }

    /// In the order of `columns`.
    private static func decode(_ reader: inout RowReader, _ id: SessionID) throws -> Stored {
        let secretDigest = try reader.digest()
        let secretIssuedAt = try reader.time()
        let familyDigest = try reader.digest()
        let previous = (
            try reader.optionalDigest(), try reader.optionalBytes { RenewalNonce(bytes: $0) }, try reader.optionalTime()
        )
        let superseded = (try reader.optionalDigest(), try reader.optionalTime(), try reader.optionalInteger())
        let createdAt = try reader.time()
        let lastUsedAt = try reader.time()
        let lifetime = SessionLifetime(
            idleTimeout: try reader.optionalSpan(), touchInterval: try reader.span(),
            absoluteDeadline: try reader.time(), retention: try reader.span(), isPersistent: try reader.integer() != 0)
        let generation = try reader.unsigned()
        let revision = try reader.unsigned()
        let principal = try reader.optionalText { try? Principal($0) }
        let authenticatedAt = try reader.optionalTime()
        let carrier = try reader.text { SessionRecord.Carrier(rawValue: $0) }
        let end = (try reader.optionalText(), try reader.optionalTime())
        let authentications = try reader.text { $0.isEmpty ? [] : [Authentication](text: $0) }
        var record = SessionRecord(
            id: id, realm: try reader.text { try? Realm($0) }, secretDigest: secretDigest,
            secretIssuedAt: secretIssuedAt, familyDigest: familyDigest, createdAt: createdAt, lastUsedAt: lastUsedAt,
            lifetime: lifetime, generation: generation, revision: revision, principal: principal,
            authenticatedAt: authenticatedAt, authentications: authentications, carrier: carrier)
        switch previous {
        case (let digest?, let nonce?, let seenAt):
            record.previous = .init(digest: digest, nonce: nonce, successorSeenAt: seenAt)
        case (nil, nil, nil): break
        default: throw SessionError(.corrupt, "session \(id) can't be read: its columns previous_* don't fit together")
        }
        switch superseded {
        case (let digest?, let at?, let revision?):
            record.superseded = .init(familyDigest: digest, at: at, revision: UInt64(bitPattern: revision))
        case (nil, nil, nil): break
        default:
            throw SessionError(.corrupt, "session \(id) can't be read: its columns superseded_* don't fit together")
        }
        switch end {
        case (let reason?, let at?): record.end = .init(reason: .init(rawValue: reason), at: at)
        case (nil, nil): break
        default: throw SessionError(.corrupt, "session \(id) can't be read: end_reason and ended_at don't fit together")
        }
        return Stored(record: record, dueFrom: try reader.time())
    }
}
