import GRDB
import Sessions

/// The index of sessions by owner, and the owners' watermarks, inside a transaction of the caller's.
enum OwnerTable {
    /// Notes an entry before a record belongs to the owner; the sweep compares it with the record after `deadline`.
    static func enroll(
        _ id: SessionID, of owner: SessionOwner, at now: Timestamp, deadline: Duration, in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO principal_session (realm, principal, session_id, enrolled_at, check_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET enrolled_at = max(enrolled_at, excluded.enrolled_at),
                    check_at = max(coalesce(check_at, excluded.check_at), excluded.check_at)
                """
        ).execute(arguments: [
            owner.realm.name, owner.principal.name, id.description, now.milliseconds, (now + deadline).milliseconds,
        ])
    }

    /// Notes that a record belongs to the owner, in the transaction that makes it do so.
    static func confirm(_ id: SessionID, of owner: SessionOwner, at now: Timestamp, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO principal_session (realm, principal, session_id, enrolled_at, check_at)
                VALUES (?, ?, ?, ?, NULL)
                ON CONFLICT DO UPDATE SET enrolled_at = max(enrolled_at, excluded.enrolled_at), check_at = NULL
                """
        ).execute(arguments: [owner.realm.name, owner.principal.name, id.description, now.milliseconds])
    }

    /// Has the sweep look at a session's entries, the one of `current` apart.
    static func recheck(_ id: SessionID, except current: SessionOwner?, deadline: Duration, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE principal_session SET check_at = enrolled_at + ?
                WHERE session_id = ? AND check_at IS NULL AND (realm IS NOT ? OR principal IS NOT ?)
                """
        ).execute(arguments: [deadline.milliseconds, id.description, current?.realm.name, current?.principal.name])
    }

    /// The next session IDs of an owner in order, from the index alone.
    static func sessions(
        of owner: SessionOwner, after cursor: String, limit: Int, in db: Database
    ) throws -> [String] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT session_id FROM principal_session WHERE realm = ? AND principal = ? AND session_id > ?
                ORDER BY session_id LIMIT ?
                """)
        return try String.fetchAll(statement, arguments: [owner.realm.name, owner.principal.name, cursor, limit])
    }

    /// Removes entries past the commit deadline whose record is missing or another owner's.
    static func clean(at now: Timestamp, limit: Int, in db: Database) throws {
        let due = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT entry.realm, entry.principal, entry.session_id,
                        coalesce(session.realm = entry.realm AND session.principal = entry.principal, 0)
                    FROM principal_session AS entry LEFT JOIN session ON session.id = entry.session_id
                    WHERE entry.check_at < ? ORDER BY entry.check_at LIMIT ?
                    """), arguments: [now.milliseconds, limit])
        for row in due {
            let isRight: Bool = row[3]
            let entry: StatementArguments = [row[0] as String, row[1] as String, row[2] as String]
            let action = isRight ? "UPDATE principal_session SET check_at = NULL" : "DELETE FROM principal_session"
            try db.cachedStatement(sql: action + " WHERE realm = ? AND principal = ? AND session_id = ?")
                .execute(arguments: entry)
        }
    }

    static func watermark(of owner: SessionOwner, in db: Database) throws -> Timestamp? {
        let statement = try db.cachedStatement(sql: "SELECT raised_to FROM watermark WHERE realm = ? AND principal = ?")
        return try Int64.fetchOne(statement, arguments: [owner.realm.name, owner.principal.name]).map(
            Timestamp.init(milliseconds:))
    }

    static func raiseWatermark(of owner: SessionOwner, to time: Timestamp, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO watermark (realm, principal, raised_to) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET raised_to = max(raised_to, excluded.raised_to)
                """
        ).execute(arguments: [owner.realm.name, owner.principal.name, time.milliseconds])
    }

    static func forgetWatermarks(before time: Timestamp, limit: Int, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                DELETE FROM watermark WHERE (realm, principal) IN
                    (SELECT realm, principal FROM watermark WHERE raised_to < ? ORDER BY raised_to LIMIT ?)
                """
        ).execute(arguments: [time.milliseconds, limit])
    }
}
