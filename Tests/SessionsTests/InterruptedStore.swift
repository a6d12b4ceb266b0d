import Synchronization

@testable import Sessions

/// Passes calls on to a memory store, and lets other writers act before a commit reaches it.
final class InterruptedStore: ForwardingStore {
    typealias Interruption = @Sendable (SessionChanges, MemorySessionStore) -> Void

    let base: MemorySessionStore
    private let interruption = Mutex<Interruption>({ _, _ in })

    init(limits: SessionLimits = .init()) {
        base = MemorySessionStore(limits: limits)
    }

    /// From now on calls `body` before each commit.
    func interrupt(_ body: @escaping Interruption) { interruption.withLock { $0 = body } }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        interruption.withLock { $0 }(changes, base)
        return try await base.commit(changes, to: id, at: now)
    }
}
