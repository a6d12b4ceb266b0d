public import Sessions
import Synchronization

/// Passes calls on to another store, except where a script has one fail, lose its answer or hang.
///
/// ```swift
/// let store = FaultyStore(MemorySessionStore()) { operation, call in
///     operation == .commit && call == 2 ? .loseAnswer : .pass
/// }
/// ```
public final class FaultyStore: SessionStore {
    /// What happens to one call.
    public enum Fault: Sendable {
        /// The other store answers the call.
        case pass
        /// The store never sees the call, and the caller gets this error.
        case fail(SessionError)
        /// The store does what was asked, and the caller gets `SessionError.Code.unavailable`.
        case loseAnswer
        /// The call waits for ``release()`` and then passes; cancelled, it fails and the store never sees it.
        case hang

        /// A failure with `SessionError.Code.unavailable`.
        public static var fail: Self { .fail(SessionError(.unavailable, "the store is down, as the script says")) }
    }

    /// Decides what happens to a call by its kind and its number among the calls of that kind, the first being 1.
    public typealias Script = @Sendable (_ operation: StoreOperation, _ call: Int) -> Fault

    private struct State {
        var script: Script
        var calls: [StoreOperation: Int] = [:]
    }

    private let base: any SessionStore
    private let state: Mutex<State>
    private let gate = Gate()

    /// Passes every call on until a script says otherwise.
    public init(_ base: any SessionStore, script: @escaping Script = { _, _ in .pass }) {
        self.base = base
        state = Mutex(State(script: script))
    }

    /// Replaces the script and starts counting calls from 1 again.
    public func follow(_ script: @escaping Script) {
        state.withLock { $0 = State(script: script) }
    }

    /// The number of calls that hang now.
    public var hanging: Int { gate.count }

    /// Returns as soon as at least `count` calls hang.
    public func untilHanging(_ count: Int = 1) async { await gate.untilCount(count) }

    /// Lets every call that hangs go on.
    public func release() { gate.open() }

    private func faulty<Answer: Sendable>(
        _ operation: StoreOperation, _ call: () async throws(SessionError) -> Answer
    ) async throws(SessionError) -> Answer {
        let (script, number) = state.withLock { state in
            state.calls[operation, default: 0] += 1
            return (state.script, state.calls[operation, default: 0])
        }
        switch script(operation, number) {
        case .pass:
            return try await call()
        case .fail(let error):
            throw error
        case .loseAnswer:
            _ = try await call()
            throw SessionError(.unavailable, "the store's answer to \(operation) was lost, as the script says")
        case .hang:
            guard await gate.wait() else {
                throw SessionError(.unavailable, "\(operation) was cancelled while it waited for the store")
            }
            return try await call()
        }
    }
}

extension FaultyStore {
    /// Passes the call on, unless the script says otherwise.
    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await faulty(.load) { () async throws(SessionError) in try await base.load(id, at: now) }
    }

    /// Passes the call on, unless the script says otherwise.
    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        try await faulty(.create) { () async throws(SessionError) in try await base.create(record) }
    }

    /// Passes the call on, unless the script says otherwise.
    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try await faulty(.commit) { () async throws(SessionError) in
            try await base.commit(changes, to: id, at: now)
        }
    }

    /// Passes the call on, unless the script says otherwise.
    public func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        try await faulty(.enroll) { () async throws(SessionError) in
            try await base.enroll(id, of: owner, at: now)
        }
    }

    /// Passes the call on, unless the script says otherwise.
    public func watermark(
        of owner: SessionOwner, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        try await faulty(.watermark) { () async throws(SessionError) in
            try await base.watermark(of: owner, raisedTo: raisedTo)
        }
    }

    /// Passes the call on, unless the script says otherwise.
    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        try await faulty(.list) { () async throws(SessionError) in try await base.list(query, at: now) }
    }

    /// Passes the call on, unless the script says otherwise.
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await faulty(.sweep) { () async throws(SessionError) in try await base.sweep(at: now, limit: limit) }
    }

    /// Passes the call on, unless the script says otherwise.
    public func checkHealth() async throws(SessionError) {
        try await faulty(.checkHealth) { () async throws(SessionError) in try await base.checkHealth() }
    }

    /// The limits of the other store.
    public var limits: SessionLimits { base.limits }

    /// Passes the call on, unless the script says otherwise.
    public func close() async throws(SessionError) {
        try await faulty(.close) { () async throws(SessionError) in try await base.close() }
    }
}

extension FaultyStore: QuarantiningStore {
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
