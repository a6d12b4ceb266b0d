public import Sessions
import Synchronization

/// Passes every call on to another store and remembers it, so that a test can say what a request cost.
public final class RecordingStore: SessionStore {
    private let base: any SessionStore
    private let log = Mutex<[StoreCall]>([])

    /// Makes a store that passes every call on to `base`.
    public init(_ base: any SessionStore) {
        self.base = base
    }

    /// The calls since the beginning or the last ``reset()``, in the order in which they began.
    public var calls: [StoreCall] { log.withLock { $0 } }

    /// The kinds of the ``calls``, in their order.
    public var operations: [StoreOperation] { calls.map(\.operation) }

    /// Returns how many of the ``calls`` are of one kind.
    public func count(of operation: StoreOperation) -> Int {
        log.withLock { $0.count { $0.operation == operation } }
    }

    /// Forgets the calls so far.
    public func reset() {
        log.withLock { $0 = [] }
    }

    private func note(_ call: StoreCall) {
        log.withLock { $0.append(call) }
    }
}

extension RecordingStore {
    /// Remembers the call and passes it on.
    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        note(.load(id, at: now))
        return try await base.load(id, at: now)
    }

    /// Remembers the call and passes it on.
    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        note(.create(record))
        return try await base.create(record)
    }

    /// Remembers the call and passes it on.
    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        note(.commit(changes, to: id, at: now))
        return try await base.commit(changes, to: id, at: now)
    }

    /// Remembers the call and passes it on.
    public func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        note(.enroll(id, of: owner, at: now))
        try await base.enroll(id, of: owner, at: now)
    }

    /// Remembers the call and passes it on.
    public func watermark(
        of owner: SessionOwner, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        note(.watermark(of: owner, raisedTo: raisedTo))
        return try await base.watermark(of: owner, raisedTo: raisedTo)
    }

    /// Remembers the call and passes it on.
    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        note(.list(query, at: now))
        return try await base.list(query, at: now)
    }

    /// Remembers the call and passes it on.
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        note(.sweep(at: now, limit: limit))
        return try await base.sweep(at: now, limit: limit)
    }

    /// Remembers the call and passes it on.
    public func checkHealth() async throws(SessionError) {
        note(.checkHealth)
        try await base.checkHealth()
    }

    /// The limits of the other store.
    public var limits: SessionLimits { base.limits }

    /// Remembers the call and passes it on.
    public func close() async throws(SessionError) {
        note(.close)
        try await base.close()
    }
}

extension RecordingStore: QuarantiningStore {
    /// Passes the call on, where the other store sets records aside.
    public func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        guard let base = base as? any QuarantiningStore else { return false }
        return try await base.quarantine(id, at: now)
    }

    /// Passes the call on, where the other store sets records aside.
    public func quarantined(limit: Int) async throws(SessionError) -> [SessionID] {
        guard let base = base as? any QuarantiningStore else { return [] }
        return try await base.quarantined(limit: limit)
    }
}
