import GRDB
import Sessions

/// Rows that can't be read, set aside for the operator, inside a transaction of the caller's.
enum QuarantineTable {
    /// How long a row is kept.
    private static let life: Duration = .days(30)

    /// Moves a session's rows as they are.
    static func take(_ id: SessionID, at now: Timestamp, in transaction: Transaction) throws {
        let db = transaction.db
        let columns = (["id"] + SessionTable.columns + ["realm", "due_from"]).joined(separator: ", ")
        try db.execute(
            sql:
                "INSERT INTO quarantined_session (\(columns), quarantined_at) SELECT \(columns), ? FROM session WHERE id = ?",
            arguments: [now.milliseconds, id.description])
        try db.execute(
            sql: """
                INSERT INTO quarantined_attribute (session_id, name, json, revision)
                SELECT session_id, name, json, revision FROM session_attribute WHERE session_id = ?
                """, arguments: [id.description])
        try SessionTable.delete(id, in: transaction)
    }

    static func ids(limit: Int, in db: Database) throws -> [String] {
        // SQLite takes a negative limit for none.
        try String.fetchAll(
            db, sql: "SELECT id FROM quarantined_session ORDER BY quarantined_at LIMIT ?",
            arguments: [max(limit, 0)])
    }

    /// Forgets the oldest of those that have been kept for long enough.
    static func forget(at now: Timestamp, limit: Int, in db: Database) throws {
        let old = "FROM quarantined_session WHERE quarantined_at <= ? ORDER BY quarantined_at, rowid LIMIT ?"
        for sql in [
            "DELETE FROM quarantined_attribute WHERE session_id IN (SELECT id \(old))",
            "DELETE FROM quarantined_session WHERE rowid IN (SELECT rowid \(old))",
        ] {
            try db.cachedStatement(sql: sql).execute(arguments: [(now - life).milliseconds, limit])
        }
    }
}
