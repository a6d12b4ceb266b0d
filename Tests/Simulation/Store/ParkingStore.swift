import Sessions
import SessionsTesting
import Synchronization

/// Parks every call of a simulated request until the scheduler picks it; calls of the simulation itself pass.
final class ParkingStore: SessionStore {
    /// A call that waits, or a handler that does.
    struct Parked {
        let actor: Int
        let move: Step.Move
        let name: String
        let footprint: Footprint
        let continuation: CheckedContinuation<StoreFault?, Never>
    }

    private let base: MemorySessionStore
    private let executor: StepExecutor
    private let history: History
    private let parked = Mutex<[Parked]>([])

    init(_ base: MemorySessionStore, executor: StepExecutor, history: History) {
        self.base = base
        self.executor = executor
        self.history = history
    }

    /// What waits, in the order of the requests.
    var waiting: [Parked] { parked.withLock { $0.sorted { ($0.actor, $0.name) < ($1.actor, $1.name) } } }

    /// Lets what waits under this name and number go on.
    func resume(_ actor: Int, _ name: String, _ fault: StoreFault?) {
        let found = parked.withLock { parked in
            parked.firstIndex { $0.actor == actor && $0.name == name }.map { parked.remove(at: $0) }
        }
        found?.continuation.resume(returning: fault)
        executor.runUntilParked()
    }

    /// A handler's own work, between two uses of its session.
    func pause() async {
        _ = await park(.act, "act", .init(reads: [.clock]))
    }

    private func park(_ move: Step.Move, _ name: String, _ footprint: Footprint) async -> StoreFault? {
        let actor = Actor.number
        return await withCheckedContinuation { continuation in
            parked.withLock {
                $0.append(
                    .init(actor: actor, move: move, name: name, footprint: footprint, continuation: continuation))
            }
        }
    }

    private func call<Answer: Sendable>(
        _ operation: StoreOperation, _ footprint: Footprint,
        _ effect: @escaping @Sendable () async throws(SessionError) -> Answer
    ) async throws(SessionError) -> Answer {
        guard Actor.number != 0 else { return try await effect() }
        var footprint = footprint
        footprint.reads.append(.clock)
        switch await park(.call(nil), operation.rawValue, footprint) {
        case nil:
            history.noteEffect(of: Actor.number)
            return try await effect()
        case .fails:
            history.noteEffect(of: Actor.number)
            throw SessionError(.unavailable, "\(operation) failed before it did anything, as the schedule says")
        case .loses:
            history.noteEffect(of: Actor.number)
            let late = footprint
            // A read does nothing that anybody could see later.
            if !footprint.writes.isEmpty || !footprint.adds.isEmpty {
                Task(executorPreference: executor) {
                    _ = await self.park(.late, "late-\(operation.rawValue)", late)
                    _ = try? await effect()
                }
            }
            throw SessionError(.unavailable, "the answer to \(operation) was lost, as the schedule says")
        }
    }
}

extension ParkingStore {
    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await call(.load, .init(reads: [.record(id)])) { () throws(SessionError) in
            try await self.base.load(id, at: now)
        }
    }

    func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        try await call(.create, .init(writes: [.record(record.id)])) { () throws(SessionError) in
            let isNew = try await self.base.create(record)
            if isNew { self.history.noteStored(record) }
            return isNew
        }
    }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try await call(.commit, .init(writes: [.record(id)])) { () throws(SessionError) in
            let before = try await self.base.load(id, at: now)
            let result = try await self.base.commit(changes, to: id, at: now)
            if let before, let after = try await self.base.load(id, at: now) {
                self.history.noteCommit(from: before, to: after, at: now)
            }
            return result
        }
    }

    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        try await call(.enroll, .init(adds: [.index])) { () throws(SessionError) in
            try await self.base.enroll(id, of: owner, at: now)
        }
    }

    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp? {
        let footprint =
            raisedTo == nil ? Footprint(reads: [.watermark]) : Footprint(writes: [.watermark])
        return try await call(.watermark, footprint) { () throws(SessionError) in
            try await self.base.watermark(of: owner, raisedTo: raisedTo)
        }
    }

    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        try await call(.list, .init(reads: [.index, .everyRecord])) { () throws(SessionError) in
            try await self.base.list(query, at: now)
        }
    }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await base.sweep(at: now, limit: limit)
    }

    var limits: SessionLimits { base.limits }

    func checkHealth() async throws(SessionError) { try await base.checkHealth() }

    func close() async throws(SessionError) {}
}
