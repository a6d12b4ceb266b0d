import GRDB
import Sessions

/// The principals' index and watermarks, inside a transaction of the caller's.
enum PrincipalTable {
    /// Notes an entry before a record names the principal; the sweep compares it with the record after `deadline`.
    static func enroll(
        _ id: SessionID, of principal: Principal, at now: Timestamp, deadline: Duration, in db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO principal_session (principal, session_id, enrolled_at, check_at) VALUES (?, ?, ?, ?)
                ON CONFLICT DO UPDATE SET enrolled_at = max(enrolled_at, excluded.enrolled_at),
                    check_at = max(coalesce(check_at, excluded.check_at), excluded.check_at)
                """
        ).execute(arguments: [principal.name, id.description, now.milliseconds, (now + deadline).milliseconds])
    }

    /// Notes that a record names the principal, in the transaction that makes it do so.
    static func confirm(_ id: SessionID, of principal: Principal, at now: Timestamp, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO principal_session (principal, session_id, enrolled_at, check_at) VALUES (?, ?, ?, NULL)
                ON CONFLICT DO UPDATE SET enrolled_at = max(enrolled_at, excluded.enrolled_at), check_at = NULL
                """
        ).execute(arguments: [principal.name, id.description, now.milliseconds])
    }

    /// Has the sweep look at a session's entries, the one of `current` apart.
    static func recheck(_ id: SessionID, except current: Principal?, deadline: Duration, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                UPDATE principal_session SET check_at = enrolled_at + ?
                WHERE session_id = ? AND check_at IS NULL AND principal IS NOT ?
                """
        ).execute(arguments: [deadline.milliseconds, id.description, current?.name])
    }

    /// The next session IDs of a principal in order, from the index alone.
    static func sessions(
        of principal: Principal, after cursor: String, limit: Int, in db: Database
    ) throws -> [String] {
        let statement = try db.cachedStatement(
            sql: """
                SELECT session_id FROM principal_session WHERE principal = ? AND session_id > ?
                ORDER BY session_id LIMIT ?
                """)
        return try String.fetchAll(statement, arguments: [principal.name, cursor, limit])
    }

    /// Removes entries past the commit deadline whose record is missing, over or another principal's.
    static func clean(at now: Timestamp, limit: Int, in db: Database) throws {
        let due = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT entry.principal, entry.session_id,
                        coalesce(session.principal = entry.principal AND session.ended_at IS NULL, 0)
                    FROM principal_session AS entry LEFT JOIN session ON session.id = entry.session_id
                    WHERE entry.check_at < ? ORDER BY entry.check_at LIMIT ?
                    """), arguments: [now.milliseconds, limit])
        for row in due {
            let isRight: Bool = row[2]
            let entry: StatementArguments = [row[0] as String, row[1] as String]
            let action = isRight ? "UPDATE principal_session SET check_at = NULL" : "DELETE FROM principal_session"
            try db.cachedStatement(sql: action + " WHERE principal = ? AND session_id = ?").execute(arguments: entry)
        }
    }

    static func watermark(of principal: Principal, in db: Database) throws -> Timestamp? {
        let statement = try db.cachedStatement(sql: "SELECT raised_to FROM watermark WHERE principal = ?")
        return try Int64.fetchOne(statement, arguments: [principal.name]).map(Timestamp.init(milliseconds:))
    }

    static func raiseWatermark(of principal: Principal, to time: Timestamp, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO watermark (principal, raised_to) VALUES (?, ?)
                ON CONFLICT DO UPDATE SET raised_to = max(raised_to, excluded.raised_to)
                """
        ).execute(arguments: [principal.name, time.milliseconds])
    }

    static func forgetWatermarks(before time: Timestamp, limit: Int, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                DELETE FROM watermark WHERE principal IN
                    (SELECT principal FROM watermark WHERE raised_to < ? ORDER BY raised_to LIMIT ?)
                """
        ).execute(arguments: [time.milliseconds, limit])
    }
}
