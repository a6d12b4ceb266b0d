public import HTTPTypes

/// The session system of one application: a store, a configuration, and what begins and finishes each request.
///
/// Any number of managers, in any number of processes, can share a store. Nothing runs in the background; add a
/// ``SessionSweeper`` to the server's services so that stale sessions don't pile up.
public final class SessionManager: Sendable {
    public let store: any SessionStore
    public let configuration: SessionConfiguration
    /// The application whose sessions these are.
    public let realm: Realm
    let policy: SessionPolicy
    let clock: any SessionClock
    let random: any RandomSource
    let reader: CookieReader
    let observer: (@Sendable (SessionEvent) -> Void)?

    /// - Parameters:
    ///   - store: where records are kept
    ///   - clock: the only source of time
    ///   - random: the only source of IDs, secrets and nonces
    ///   - observer: told of everything that happens to sessions; called in line, so keep it quick
    /// - Throws: ``SessionError/Code/configuration`` for a configuration that is unsafe or can't work, with what to change
    public init(
        store: any SessionStore, realm: Realm = .default, configuration: SessionConfiguration = .init(),
        clock: any SessionClock = SystemSessionClock(), random: any RandomSource = SystemRandomSource(),
        observer: (@Sendable (SessionEvent) -> Void)? = nil
    ) throws(SessionError) {
        policy = try SessionPolicy(configuration)
        self.store = store
        self.realm = realm
        self.configuration = configuration
        self.clock = clock
        self.random = random
        self.observer = observer
        reader = CookieReader(
            visitorName: configuration.cookies.visitorName, signedInName: configuration.cookies.signedInName)
    }

    /// Begins a request, when its head has arrived. Nothing is read or loaded until the session is used.
    public func begin(_ request: HTTPRequest, over connection: ClientConnection) -> SessionHandle {
        SessionHandle(manager: self, fields: request.headerFields, connection: connection)
    }

    func owner(_ principal: Principal) -> SessionOwner { SessionOwner(realm: realm, principal: principal) }

    func report(
        _ kind: SessionEvent.Kind, _ record: SessionRecord? = nil, id: SessionID? = nil, error: SessionError? = nil
    ) {
        observer?(.init(kind, at: clock.now, id: record?.id ?? id, principal: record?.principal, error: error))
    }
}

// What operators, and users on their own account page, do with sessions that are not the request's.
extension SessionManager {
    /// Ends a session by its ID, whatever runs at the same time.
    ///
    /// - Returns: `false` if there is none or it was over already
    @discardableResult
    public func end(_ id: SessionID, reason: SessionEnd.Reason = .endedByOperator) async throws(SessionError) -> Bool {
        try await end(id, reason: reason, ofGeneration: nil)
    }

    private func end(
        _ id: SessionID, reason: SessionEnd.Reason, ofGeneration generation: UInt64?
    ) async throws(SessionError) -> Bool {
        let now = clock.now
        var changes = SessionChanges(expectedGeneration: generation)
        changes.end = SessionEnd(reason: reason, at: now)
        guard case .committed(let record) = try await store.commit(changes, to: id, at: now) else { return false }
        report(.ended(reason), record)
        return true
    }

    /// Ends every session of a principal that was authenticated up to now, also those that are signing in meanwhile.
    ///
    /// - Parameter kept: a session that goes on, such as the one that asks
    /// - Returns: how many this call ended
    @discardableResult
    public func endAll(
        of principal: Principal, except kept: SessionID? = nil, reason: SessionEnd.Reason = .endedByOperator
    ) async throws(SessionError) -> Int {
        // One millisecond more, so that what was authenticated in this very one is over too.
        _ = try await store.watermark(of: owner(principal), raisedTo: clock.now + .milliseconds(1))
        var count = 0
        for record in try await sessions(of: principal) where record.id != kept {
            if try await end(record.id, reason: reason) { count += 1 }
        }
        return count
    }

    /// Every live session of a principal.
    public func sessions(of principal: Principal) async throws(SessionError) -> [SessionRecord] {
        var records: [SessionID: SessionRecord] = [:]
        var cursor: String?
        repeat {
            let page = try await list(SessionQuery(.owner(owner(principal)), limit: 1000, after: cursor))
            for record in page.records { records[record.id] = record }
            cursor = page.next
        } while cursor != nil
        return Array(records.values)
    }

    /// One page of live sessions.
    public func list(_ query: SessionQuery) async throws(SessionError) -> SessionPage {
        try await store.list(query, at: clock.now)
    }

    /// Ends all but the newest sessions of a principal, in the total order of (authenticatedAt, ID), so that two
    /// sign-ins at once agree on which stay.
    ///
    /// - Returns: the IDs of those that are over
    func enforceLimit(on principal: Principal) async throws(SessionError) -> [SessionID] {
        guard let maximum = configuration.maximumSessionsPerPrincipal else { return [] }
        let live = try await sessions(of: principal)
        guard live.count > maximum else { return [] }
        let oldestFirst = live.sorted {
            let (left, right) = ($0.authenticatedAt ?? $0.createdAt, $1.authenticatedAt ?? $1.createdAt)
            return left == right ? $0.id < $1.id : left < right
        }
        var ended: [SessionID] = []
        for record in oldestFirst.dropLast(maximum) {
            // Fenced: one that steps up meanwhile is among the newest.
            if try await end(record.id, reason: .limit, ofGeneration: record.generation) { ended.append(record.id) }
        }
        return ended
    }
}
