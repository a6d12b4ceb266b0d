#if Postgres
    import Sessions
    import SessionsPostgres

    /// Loads a session before each commit to it, as a request does.
    struct LoadingStore: SessionStore {
        let base: PostgresSessionStore

        var limits: SessionLimits { base.limits }

        func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
            try await base.load(id, at: now)
        }

        func create(_ record: SessionRecord) async throws(SessionError) -> Bool { try await base.create(record) }

        func commit(
            _ changes: SessionChanges, to id: SessionID, at now: Timestamp
        ) async throws(SessionError) -> CommitResult {
            _ = try? await base.load(id, at: now)
            return try await base.commit(changes, to: id, at: now)
        }

        func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
            try await base.enroll(id, of: owner, at: now)
        }

        func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
            try await base.watermark(of: owner, raisedTo: raisedTo)
        }

        func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
            try await base.list(query, at: now)
        }

        func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
            try await base.sweep(at: now, limit: limit)
        }

        func checkHealth() async throws(SessionError) { try await base.checkHealth() }

        func close() async throws(SessionError) {}
    }
#endif
