import GRDB
import Sessions

/// One transaction's part of a sweep.
struct Sweep: Sendable {
    let now: Timestamp
    /// Records to look at.
    let limit: Int
    let commitDeadline: Duration

    /// Records in one transaction: other writes have their turn after it.
    static let partLimit = 256

    /// What a part of a sweep found.
    struct Progress: Sendable {
        var examined = 0
        /// The tombstones of sessions that had expired, also of those that were forgotten at once.
        var expired: [SessionRecord] = []
        /// The sessions whose rows can't be read.
        var unreadable: [SessionID] = []
        /// Of a row whose ID can't be read.
        var corrupt: SessionError?
    }

    /// Looks at the records whose bound has passed and does what is due, or moves the bound to where it is.
    func run(in transaction: Transaction) throws -> Progress {
        let due = try String.fetchAll(
            transaction.db.cachedStatement(sql: "SELECT id FROM session WHERE due_from <= ? ORDER BY due_from LIMIT ?"),
            arguments: [now.milliseconds, limit])
        var progress = Progress(examined: due.count)
        for name in due {
            do {
                guard let id = SessionID(name) else {
                    throw SessionError(.corrupt, "a session can't be read: its id isn't 32 hexadecimal digits")
                }
                if let expired = try sweep(id, in: transaction) { progress.expired.append(expired) }
            } catch let error as SessionError where error.code == .corrupt {
                // Moved on by a day, so that a bad row which can't be set aside doesn't come again with each sweep.
                if let id = SessionID(name) { progress.unreadable.append(id) } else { progress.corrupt = error }
                try transaction.db.execute(
                    sql: "UPDATE session SET due_from = ? WHERE id = ?",
                    arguments: [(now + .days(1)).milliseconds, name])
            }
        }
        return progress
    }

    /// Returns the tombstone of a session that had expired.
    private func sweep(_ id: SessionID, in transaction: Transaction) throws -> SessionRecord? {
        guard let stored = try SessionTable.fetch(id, in: transaction, withAttributes: false) else { return nil }
        var record = stored.record
        guard record.dueAt <= now else {
            try SessionTable.setDue(id, from: record.dueAt, in: transaction)
            return nil
        }
        let wasLive = record.end == nil
        if wasLive { record.end(.init(reason: .expired, at: record.deadline)) }
        if record.forgettableAt <= now {
            try OwnerTable.recheck(id, except: nil, deadline: commitDeadline, in: transaction.db)
            try SessionTable.delete(id, in: transaction)
        } else {
            try SessionTable.write(record, over: stored, in: transaction)
            try SessionTable.deleteAttributes(of: id, in: transaction)
            try SessionTable.setDue(id, from: record.dueAt, in: transaction)
        }
        return wasLive ? record : nil
    }
}
