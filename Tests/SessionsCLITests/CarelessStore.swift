import Sessions

/// Does something else than it was asked, where a test says so.
struct CarelessStore: SessionStore {
    typealias Making = @Sendable (SessionRecord, any SessionStore) async throws(SessionError) -> Bool
    typealias Committing =
        @Sendable (SessionChanges, SessionID, any SessionStore) async throws(SessionError) -> CommitResult

    let base: any SessionStore = MemorySessionStore()
    /// What it does to make a session; `nil` to make it.
    var making: Making?
    /// What it does to change a session; `nil` to change it.
    var committing: Committing?
    /// Whether each page is followed by itself.
    var repeatsPages = false
    /// What it says of every page that it can't read there.
    var unreadable: [SessionID] = []

    var limits: SessionLimits { base.limits }

    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await base.load(id, at: now)
    }

    func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let making { return try await making(record, base) }
        return try await base.create(record)
    }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        if let committing { return try await committing(changes, id, base) }
        return try await base.commit(changes, to: id, at: now)
    }

    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        try await base.enroll(id, of: owner, at: now)
    }

    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
        try await base.watermark(of: owner, raisedTo: raisedTo)
    }

    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        var query = query
        let isFirst = query.cursor == nil
        if repeatsPages { query.cursor = nil }
        var page = try await base.list(query, at: now)
        page.unreadable += unreadable
        if repeatsPages { page.next = isFirst ? "again" : nil }
        return page
    }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await base.sweep(at: now, limit: limit)
    }

    func checkHealth() async throws(SessionError) { try await base.checkHealth() }

    func close() async throws(SessionError) { try await base.close() }
}
