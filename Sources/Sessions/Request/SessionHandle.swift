import HTTPTypes
import Synchronization

/// One request's way to its session. Nothing is loaded until ``session()`` is called for the first time.
public final class SessionHandle: Sendable {
    enum Phase {
        /// The handler runs.
        case open
        /// What was buffered is being written: a `set` would come too late.
        case finishing
        /// The response head is out: no new token can be sent.
        case sealed
    }

    struct State {
        var isLoaded = false
        var standing = Standing.nobody(ended: nil)
        var proof: Proof?
        var buffered: AttributeMap<SessionChanges.Edit> = [:]
        /// Cookies that the response must delete.
        var deletions: CookieSlot = []
        var presentedSlots: CookieSlot = []
        var clearsSiteData = false
        var phase = Phase.open
        /// A store call of this request is under way; others wait their turn, so that nothing reorders.
        var isActing = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    let manager: SessionManager
    let arrivedAt: Timestamp
    let state = Mutex(State())
    private let fields: HTTPFields
    private let connection: ClientConnection

    init(manager: SessionManager, fields: HTTPFields, connection: ClientConnection) {
        self.manager = manager
        self.fields = fields
        self.connection = connection
        arrivedAt = manager.clock.now
    }

    /// Loads the session on first use, which is a use of it for the idle timeout, and returns it.
    ///
    /// A request without a token makes no store call.
    /// - Throws: ``SessionError/Code/unavailable`` when the store fails: that is never mistaken for "no session"
    public func session() async throws(SessionError) -> Session {
        if state.withLock({ $0.isLoaded }) { return Session(handle: self) }
        await takeTurn()
        defer { yieldTurn() }
        if !state.withLock({ $0.isLoaded }) {
            try await load()
            state.withLock { $0.isLoaded = true }
        }
        return Session(handle: self)
    }

    /// As ``session()``, but while the store is down a session of nobody: it can be read and not written, and no cookie moves.
    ///
    /// For pages that everybody may see, who is signed in or not. ``Session/isAvailable`` tells the two apart.
    public func sessionOrNobody() async throws(SessionError) -> Session {
        do {
            return try await session()
        } catch {
            guard error.code == .unavailable else { throw error }
            await takeTurn()
            defer { yieldTurn() }
            state.withLock { if !$0.isLoaded { $0.standing = .unreachable(error) } }
            return Session(handle: self)
        }
    }

    // MARK: One store call of a request at a time

    func takeTurn() async {
        let isFree = state.withLock { state in
            if state.isActing { return false }
            state.isActing = true
            return true
        }
        if isFree { return }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isActing {
                    state.waiting.append(continuation)
                    return false
                }
                state.isActing = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func yieldTurn() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.waiting.isEmpty {
                state.isActing = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }

    // MARK: Loading

    private func load() async throws(SessionError) {
        let cookies = try manager.reader.read(fields)
        var ended: SessionEnd?
        // The signed-in session wins; a dead token under its name must not hide the visitor's live one.
        for (slot, value) in [(CookieSlot.signedIn, cookies.signedIn), (.visitor, cookies.visitor)] {
            switch value {
            case .absent: continue
            case .malformed: manager.report(.tokenRefused(.malformed))
            case .ambiguous: manager.report(.tokenRefused(.ambiguous))
            case .token(let token):
                guard carriesTokens else {
                    manager.report(.insecureTransport, id: token.id)
                    continue
                }
                state.withLock { _ = $0.presentedSlots.insert(slot) }
                switch try await find(token, in: slot) {
                case .found: return
                case .nothing(let end): ended = ended ?? end
                }
            }
        }
        state.withLock { $0.standing = .nobody(ended: ended) }
    }

    var carriesTokens: Bool {
        connection.carriesTokens(
            fields, trusting: manager.configuration.trustedProxies,
            cookiesAreSecure: manager.configuration.cookies.scope.isSecure)
    }

    private enum Finding {
        /// The request's standing is set.
        case found
        /// The token is dead; why, for its holder.
        case nothing(SessionEnd?)
    }

    /// Looks a token up, verifies it and touches the session if that is due.
    private func find(_ token: SessionToken, in slot: CookieSlot) async throws(SessionError) -> Finding {
        let digest = token.secret.digest
        var now = manager.clock.now
        guard
            var record = try await reporting({ () throws(SessionError) in
                try await manager.store.load(token.id, at: now)
            })
        else {
            manager.report(.tokenRefused(.unknown), id: token.id)
            return .nothing(nil)
        }
        // At most one more turn: a touch that finds the session changed is judged by what is there then.
        for attempt in 0...1 {
            let verdict = manager.policy.judge(token.secret, digest, against: record, arrivedAt: arrivedAt, now: now)
            switch verdict {
            case .none:
                manager.report(.tokenRefused(.unknown), id: token.id)
                return .nothing(nil)
            case .ended(let end):
                manager.report(.tokenRefused(.ended), record)
                return .nothing(end)
            case .theft:
                return .nothing(try await suspectTheft(record, at: now))
            case .superseded, .late:
                manager.report(.tokenRefused(verdict == .late ? .late : .superseded), record)
                state.withLock { $0.standing = .superseded(record, family: token.secret.familyDigest) }
                return .found
            case .current, .previous:
                guard record.carrier == .cookie, (record.principal != nil) == (slot == .signedIn) else {
                    manager.report(.tokenRefused(.misplaced), record)
                    return .nothing(nil)
                }
                if attempt == 0, manager.policy.isTouchDue(record, at: now) {
                    var touch = SessionChanges(expectedGeneration: record.generation)
                    touch.lastUsedAt = now
                    touch.secretMove = forgetting(record, at: now)
                    switch try await commit(touch, to: record.id, at: now) {
                    case .committed(let touched), .conflict(let touched):
                        record = touched
                    case .missing:
                        return .nothing(nil)
                    case .ended(let end):
                        return .nothing(end)
                    case .superseded, .tooLarge:
                        now = manager.clock.now
                        guard
                            let current = try await reporting({ () throws(SessionError) in
                                try await manager.store.load(token.id, at: now)
                            })
                        else { return .nothing(nil) }
                        record = current
                        continue
                    }
                }
                state.withLock {
                    $0.standing = .live(record)
                    $0.proof = Proof(token, digest: digest, isNew: false)
                }
                return .found
            }
        }
        throw SessionError(.contention, "the session changed twice while it was loaded; send the request again")
    }

    private func suspectTheft(_ record: SessionRecord, at now: Timestamp) async throws(SessionError) -> SessionEnd? {
        manager.report(.theftSuspected, record)
        guard manager.configuration.endsOnSuspectedTheft else { return nil }
        var changes = SessionChanges(expectedGeneration: record.generation)
        let end = SessionEnd(reason: .suspectedTheft, at: now)
        changes.end = end
        switch try await commit(changes, to: record.id, at: now) {
        case .committed(let tombstone):
            manager.report(.ended(.suspectedTheft), tombstone)
            return end
        case .ended(let earlier):
            return earlier
        case .conflict, .superseded, .missing, .tooLarge:
            return nil
        }
    }

    // MARK: Store calls

    func commit(_ changes: SessionChanges, to id: SessionID, at now: Timestamp) async throws(SessionError)
        -> CommitResult
    {
        try await reporting { () throws(SessionError) in try await manager.store.commit(changes, to: id, at: now) }
    }

    func reporting<Answer>(_ call: () async throws(SessionError) -> Answer) async throws(SessionError) -> Answer {
        do {
            return try await call()
        } catch {
            manager.report(.storeFailed, error: error)
            throw error
        }
    }

    /// What a write takes along when an overlap is long over: with nonce and digest gone, nothing can be derived.
    func forgetting(_ record: SessionRecord, at now: Timestamp) -> SessionChanges.SecretMove? {
        manager.policy.mayForgetPrevious(of: record, at: now)
            ? .init(expected: record.secretDigest, step: .forgetPrevious) : nil
    }

    /// Takes what a commit returned for the request's session, if it is newer than what the request has.
    func keep(_ record: SessionRecord) {
        state.withLock { state in
            if let known = state.standing.record, known.id == record.id, known.revision > record.revision { return }
            state.standing = .live(record)
        }
    }

    /// Makes a session under a fresh ID, with the token for it.
    func create(
        attributes: SessionAttributes, principal: Principal? = nil, authenticatedAt: Timestamp? = nil,
        timeouts: SessionTimeouts, enrolling: Bool = false
    ) async throws(SessionError) -> SessionRecord {
        try checkNewTokenAllowed()
        // An ID that is taken is a matter of 2^-64 or of a broken random source; three tries tell them apart.
        for _ in 0..<3 {
            let now = manager.clock.now
            let id = SessionID(try manager.random.block())
            let secret = try SessionSecret(from: manager.random)
            let digest = secret.digest
            let record = SessionRecord(
                id: id, secretDigest: digest, secretIssuedAt: now, familyDigest: secret.familyDigest, createdAt: now,
                lastUsedAt: now, lifetime: manager.policy.lifetime(timeouts, from: now), principal: principal,
                authenticatedAt: authenticatedAt, attributes: attributes)
            if let principal {
                try await reporting { () throws(SessionError) in
                    try await manager.store.enroll(id, of: manager.owner(principal), at: now)
                }
            }
            guard try await reporting({ () throws(SessionError) in try await manager.store.create(record) }) else {
                continue
            }
            state.withLock {
                $0.standing = .live(record)
                $0.proof = Proof(SessionToken(id: id, secret: secret), digest: digest, isNew: true)
            }
            manager.report(.created, record)
            return record
        }
        throw SessionError(.unavailable, "three fresh session IDs were all taken: the random source is broken")
    }

    func checkNewTokenAllowed() throws(SessionError) {
        if state.withLock({ $0.phase == .sealed }) {
            throw SessionError(
                .sealed,
                "the response head is out, so no new token can be sent: do this before the response is returned")
        }
        guard carriesTokens else {
            throw SessionError(
                .insecureTransport,
                "the request came over plain HTTP from another machine; use TLS, or name the TLS proxy in trustedProxies"
            )
        }
    }
}

extension SessionHandle: CustomStringConvertible, CustomReflectable {
    /// Neither the token nor the request's cookies.
    public var description: String {
        "SessionHandle(\(state.withLock { $0.standing.record?.id.description } ?? "nobody"))"
    }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
