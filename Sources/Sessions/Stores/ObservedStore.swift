import Logging

/// A store whose failures and durations reach the observers; where there are none, the store itself.
struct ObservedStore: Sendable {
    let base: any SessionStore
    /// The same store where its loads and commits never wait: then nothing in the engine does.
    let immediate: (any ImmediateSessionStore)?
    let realm: Realm
    let clock: any SessionClock
    let observers: [any SessionObserver]

    init(_ base: any SessionStore, realm: Realm, clock: any SessionClock, observers: [any SessionObserver]) {
        self.base = base
        immediate = observers.contains { $0.observesOperations } ? nil : base as? any ImmediateSessionStore
        self.realm = realm
        self.clock = clock
        self.observers = observers
    }

    func load(_ id: SessionID, at now: Timestamp, for logger: Logger?) async throws(SessionError) -> SessionRecord? {
        if let immediate { return immediate.loadNow(id, at: now) }
        return try await observed(.load, logger) { () async throws(SessionError) in try await base.load(id, at: now) }
    }

    func create(_ record: SessionRecord, for logger: Logger?) async throws(SessionError) -> Bool {
        try await observed(.create, logger) { () async throws(SessionError) in try await base.create(record) }
    }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp, for logger: Logger?
    ) async throws(SessionError) -> CommitResult {
        if let immediate { return try commitNow(changes, to: id, of: immediate, at: now, for: logger) }
        return try await observed(.commit, logger) { () async throws(SessionError) in
            try await base.commit(changes, to: id, at: now)
        }
    }

    /// Commits to the store in this process: not measured, since nobody asked for that, but its failure is told.
    func commitNow(
        _ changes: SessionChanges, to id: SessionID, of immediate: any ImmediateSessionStore, at now: Timestamp,
        for logger: Logger?
    ) throws(SessionError) -> CommitResult {
        do {
            return try immediate.commitNow(changes, to: id, at: now)
        } catch {
            report(error, logger)
            throw error
        }
    }

    func enroll(
        _ id: SessionID, of owner: SessionOwner, at now: Timestamp, for logger: Logger?
    ) async throws(SessionError) {
        try await observed(.enroll, logger) { () async throws(SessionError) in
            try await base.enroll(id, of: owner, at: now)
        }
    }

    func watermark(
        of owner: SessionOwner, raisedTo: Timestamp?, for logger: Logger?
    ) async throws(SessionError) -> Timestamp? {
        try await observed(.watermark, logger) { () async throws(SessionError) in
            try await base.watermark(of: owner, raisedTo: raisedTo)
        }
    }

    /// - Returns: the time by the store's own clock; `nil` where it has none
    func time(of owner: SessionOwner, for logger: Logger?) async throws(SessionError) -> Timestamp? {
        guard let store = base as? any ClockedStore else { return nil }
        return try await observed(.watermark, logger) { () async throws(SessionError) in
            try await store.time(of: owner)
        }
    }

    func list(_ query: SessionQuery, at now: Timestamp, for logger: Logger?) async throws(SessionError) -> SessionPage {
        try await observed(.list, logger) { () async throws(SessionError) in try await base.list(query, at: now) }
    }

    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        try await observed(.sweep, nil, failure: \.failure) { () async throws(SessionError) in
            try await base.sweep(at: now, limit: limit)
        }
    }

    /// - Returns: whether the record was set aside
    func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool {
        guard let store = base as? any QuarantiningStore else { return false }
        return try await store.quarantine(id, at: now)
    }

    func checkHealth() async throws(SessionError) {
        try await observed(.checkHealth, nil) { () async throws(SessionError) in try await base.checkHealth() }
    }

    /// - Parameter failure: the error that an answer carries
    private func observed<Answer>(
        _ name: SessionStoreOperation.Name, _ logger: Logger?, failure: (Answer) -> SessionError? = { _ in nil },
        _ call: () async throws(SessionError) -> Answer
    ) async throws(SessionError) -> Answer {
        if observers.isEmpty { return try await call() }
        let start = ContinuousClock.now
        do {
            let answer = try await call()
            report(name, ContinuousClock.now - start, failure(answer), logger)
            return answer
        } catch {
            report(name, ContinuousClock.now - start, error, logger)
            throw error
        }
    }

    private func report(
        _ name: SessionStoreOperation.Name, _ duration: Duration, _ error: SessionError?, _ logger: Logger?
    ) {
        let operation = SessionStoreOperation(name: name, realm: realm, duration: duration, error: error)
        for observer in observers { observer.observe(operation, logger: logger) }
        if let error { report(error, logger) }
    }

    private func report(_ error: SessionError, _ logger: Logger?) {
        let event = SessionEvent(.storeFailed, at: clock.now, realm: realm, error: error)
        for observer in observers { observer.observe(event, logger: logger) }
    }
}

/// A store whose loads and commits never wait, so that they need not be awaited, and whose loads never fail.
protocol ImmediateSessionStore: AnyObject, SessionStore {
    func loadNow(_ id: SessionID, at now: Timestamp) -> SessionRecord?
    func commitNow(_ changes: SessionChanges, to id: SessionID, at now: Timestamp) throws(SessionError) -> CommitResult
}
