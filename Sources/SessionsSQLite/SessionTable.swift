import Foundation
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
    private static let selection =
        "SELECT \(columns.joined(separator: ", ")), realm, due_from FROM session WHERE id = ?"
    private static let insertion =
        "INSERT INTO session (\(columns.joined(separator: ", ")), id, realm, due_from) "
        + "VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")), ?, ?, ?)"
    private static let update =
        "UPDATE session SET \(columns.map { "\($0) = ?" }.joined(separator: ", ")) WHERE id = ?"

    static func fetch(_ id: SessionID, in db: Database, withAttributes: Bool = true) throws -> Stored? {
        let name = id.description
        let rows = try Row.fetchCursor(db.cachedStatement(sql: selection), arguments: [name])
        guard let row = try rows.next() else { return nil }
        var reader = RowReader(row, of: name)
        var stored = try decode(&reader, id)
        if withAttributes { stored.record.attributes = try attributes(of: name, in: db) }
        return stored
    }

    static func exists(_ id: SessionID, in db: Database) throws -> Bool {
        let statement = try db.cachedStatement(sql: "SELECT 1 FROM session WHERE id = ?")
        return try Int.fetchOne(statement, arguments: [id.description]) != nil
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

    static func insert(_ record: SessionRecord, in db: Database) throws {
        let arguments = values(of: record) + [record.id.description, record.realm.name, record.dueAt.milliseconds]
        try db.cachedStatement(sql: insertion).execute(arguments: StatementArguments(arguments))
        for attribute in record.attributes { try put(attribute, of: record.id.description, in: db) }
    }

    /// Writes what no session has and removes it, for a transaction that shows whether it can be committed.
    static func prove(in db: Database) throws {
        // As much as a session, so that it needs pages of its own.
        let json = "\"" + String(repeating: " ", count: 8192) + "\""
        try put(.init(name: "health", json: json, revision: 1), of: "", in: db)
        try db.execute(sql: "DELETE FROM session_attribute WHERE session_id = ''")
    }

    /// Writes what differs between `before` and `after`.
    static func write(_ after: SessionRecord, over before: Stored, in db: Database) throws {
        let name = after.id.description
        try db.cachedStatement(sql: update).execute(arguments: StatementArguments(values(of: after) + [name]))
        // The bound may stay early, and never late: a touch leaves it, what brings the end nearer lowers it.
        if after.dueAt < before.dueFrom { try setDue(after.id, from: after.dueAt, in: db) }
        let previous = before.record.attributes
        for attribute in after.attributes where attribute.revision != previous.revision(of: attribute.name) {
            try put(attribute, of: name, in: db)
        }
        for attribute in previous where after.attributes[attribute.name] == nil {
            try db.cachedStatement(
                sql: "DELETE FROM session_attribute WHERE session_id = ? AND name = CAST(? AS TEXT)"
            ).execute(arguments: [name, Data(attribute.name.utf8)])
        }
    }

    static func setDue(_ id: SessionID, from due: Timestamp, in db: Database) throws {
        try db.cachedStatement(sql: "UPDATE session SET due_from = ? WHERE id = ?")
            .execute(arguments: [due.milliseconds, id.description])
    }

    /// Deletes attributes without having read them.
    static func deleteAttributes(of id: SessionID, in db: Database) throws {
        try db.cachedStatement(sql: "DELETE FROM session_attribute WHERE session_id = ?")
            .execute(arguments: [id.description])
    }

    static func delete(_ id: SessionID, in db: Database) throws {
        try deleteAttributes(of: id, in: db)
        try db.cachedStatement(sql: "DELETE FROM session WHERE id = ?").execute(arguments: [id.description])
    }
}

extension SessionTable {
    private static func attributes(of session: String, in db: Database) throws -> SessionAttributes {
        let statement = try db.cachedStatement(
            sql: "SELECT name, json, revision FROM session_attribute WHERE session_id = ? ORDER BY name")
        let rows = try Row.fetchCursor(statement, arguments: [session])
        var attributes: [SessionAttributes.Attribute] = []
        while let row = try rows.next() {
            var reader = RowReader(row, of: session)
            attributes.append(.init(name: try reader.text(), json: try reader.text(), revision: try reader.unsigned()))
        }
        return SessionAttributes(attributes)
    }

    private static func put(_ attribute: SessionAttributes.Attribute, of session: String, in db: Database) throws {
        // Bound as blobs: GRDB binds a string up to its first NUL, and two names could become one.
        try db.cachedStatement(
            sql: """
                INSERT INTO session_attribute (session_id, name, json, revision)
                VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), ?)
                ON CONFLICT DO UPDATE SET json = excluded.json, revision = excluded.revision
                """
        ).execute(arguments: [
            session, Data(attribute.name.utf8), Data(attribute.json.utf8), Int64(bitPattern: attribute.revision),
        ])
    }

    /// In the order of `columns`.
    private static func values(of record: SessionRecord) -> [(any DatabaseValueConvertible)?] {
        let previous = record.previous
        let superseded = record.superseded
        let lifetime = record.lifetime
        return [
            record.secretDigest.data, record.secretIssuedAt.milliseconds, record.familyDigest.data,
            previous?.digest.data, previous.map { Data($0.nonce.bytes) }, previous?.successorSeenAt?.milliseconds,
            superseded?.familyDigest.data, superseded?.at.milliseconds,
            superseded.map { Int64(bitPattern: $0.revision) },
            record.createdAt.milliseconds, record.lastUsedAt.milliseconds,
            lifetime.idleTimeout?.milliseconds, lifetime.touchInterval.milliseconds,
            lifetime.absoluteDeadline.milliseconds, lifetime.retention.milliseconds, lifetime.isPersistent ? 1 : 0,
            Int64(bitPattern: record.generation), Int64(bitPattern: record.revision),
            record.principal?.name, record.authenticatedAt?.milliseconds, record.carrier.rawValue,
            record.end?.reason.rawValue, record.end?.at.milliseconds,
            record.authentications.text,
        ]
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
        let authentications = try reader.text { [Authentication](text: $0) }
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

extension SecretDigest {
    fileprivate var data: Data { Data(block.bytes) }
}
