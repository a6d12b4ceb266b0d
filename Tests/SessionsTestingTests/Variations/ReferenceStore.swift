import Sessions
import Synchronization

/// The contract in the fewest lines: one lock over everything, with a variation for what a test wants to go wrong.
final class ReferenceStore: QuarantiningStore {
    struct State {
        var records: [SessionID: SessionRecord] = [:]
        var index: [SessionOwner: [SessionID: Timestamp]] = [:]
        var watermarks: [SessionOwner: Timestamp] = [:]
        /// When each record was due as it was created; only variations read it.
        var dueAtCreation: [SessionID: Timestamp] = [:]
    }

    let state = Mutex(State())
    let limits = SessionLimits()
    private let variation: Variation

    init(_ variation: Variation = .init()) {
        self.variation = variation
    }

    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        state.withLock { state in
            variation.load(&state, id, now)
            return state.records[id]
        }
    }

    func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if variation.checksSizesAtCreate, let excess = limits.excess(of: record.attributes) {
            throw SessionError(.tooLarge, "\(excess)")
        }
        return state.withLock { variation.create(&$0, record) }
    }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        await variation.commit(self, changes, id, now)
    }

    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        state.withLock { variation.enroll(&$0, id, owner, now) }
    }

    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
        state.withLock { state in
            let raised = raisedTo.map { variation.watermark(state.watermarks[owner], $0) }
            if let raised { state.watermarks[owner] = raised }
            return state.watermarks[owner]
        }
    }

    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        state.withLock { variation.list($0, query, now) }
    }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        state.withLock { variation.sweep(&$0, now, limit) }
    }

    func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        state.withLock { variation.quarantine(&$0, id) }
    }

    func quarantined(limit: Int) async throws(SessionError) -> [SessionID] { [] }

    func checkHealth() async throws(SessionError) { state.withLock { variation.checkHealth(&$0) } }

    func close() async throws(SessionError) {}

    /// Reads, decides and writes in one step.
    func apply(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp,
        by apply: (SessionChanges, inout SessionRecord, Timestamp, SessionLimits) -> CommitResult
    ) -> CommitResult {
        state.withLock { state in
            guard var record = state.records[id] else { return .missing }
            let result = apply(changes, &record, now, limits)
            state.records[id] = record
            return result
        }
    }
}
