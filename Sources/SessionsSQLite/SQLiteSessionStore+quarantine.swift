public import Sessions

extension SQLiteSessionStore: QuarantiningStore {
    /// Moves the rows of a session that can't be read into the tables `quarantined_session` and `quarantined_attribute`.
    public func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        try await writes.write { [deadline = configuration.commitDeadline] transaction in
            do {
                _ = try SessionTable.fetch(id, in: transaction)
                return false
            } catch let error as SessionError where error.code == .corrupt && !error.concernsStore {
                try OwnerTable.recheck(id, except: nil, deadline: deadline, in: transaction.db)
                try QuarantineTable.take(id, at: now, in: transaction)
                return true
            }
        }
    }

    /// Returns the IDs of sessions that were set aside, the oldest first.
    public func quarantined(limit: Int) async throws(SessionError) -> [SessionID] {
        try await lists.read("listing what was set aside") { transaction in
            try QuarantineTable.ids(limit: limit, in: transaction.db).compactMap { SessionID($0) }
        }
    }
}
