import Synchronization

@testable import Sessions

/// Passes calls on to a memory store, and lets other writers act before a commit reaches it.
final class InterruptedStore: SessionStore {
    typealias Interruption = @Sendable (SessionChanges, MemorySessionStore) -> Void

    let base: MemorySessionStore
    private let interruption = Mutex<Interruption>({ _, _ in })

    init(limits: SessionLimits = .init()) {
        base = MemorySessionStore(limits: limits)
    }

    var limits: SessionLimits { base.limits }

    /// From now on calls `body` before each commit.
    func interrupt(_ body: @escaping Interruption) { interruption.withLock { $0 = body } }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        interruption.withLock { $0 }(changes, base)
        return try await base.commit(changes, to: id, at: now)
    }

    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await base.load(id, at: now)
    }

    func create(_ record: SessionRecord) async throws(SessionError) -> Bool { try await base.create(record) }

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

    func close() async throws(SessionError) { try await base.close() }
}
