import HTTPTypes
import Logging
import Synchronization

/// One request's way to its session, made by ``SessionManager/begin(_:over:logger:)``.
///
/// Nothing is loaded until ``session()`` is called for the first time.
public final class SessionHandle: Sendable {
    private typealias Live = RequestState.Live

    let manager: SessionManager
    let request: HTTPRequest
    let connection: ClientConnection
    let logger: Logger?
    let arrivedAt: Timestamp
    private let carrier: SessionRecord.Carrier
    let state = Mutex(RequestState())

    init(
        manager: SessionManager, request: HTTPRequest, connection: ClientConnection, logger: Logger?,
        carrier: SessionRecord.Carrier
    ) {
        self.manager = manager
        self.request = request
        self.connection = connection
        self.logger = logger
        self.carrier = carrier
        arrivedAt = manager.clock.now
    }

    /// The application whose sessions these are.
    public var realm: Realm { manager.realm }

    /// The address of the client that the request comes from, behind the trusted proxies; `nil` where there is none.
    public var clientAddress: NetworkAddress? {
        connection.clientAddress(of: request, under: manager.trust)
    }

    /// The client as events name it: a client that hides behind a trusted proxy's address has none.
    var reportedClient: NetworkAddress? {
        clientAddress.flatMap { manager.trust.believes(.address($0)) ? nil : $0 }
    }

    /// Loads the session on first use, which is a use of it for the idle timeout, and returns it.
    ///
    /// A request without a token makes no store call.
    /// - Throws: ``SessionError/Code/unavailable`` when the store fails: that is never mistaken for "no session";
    ///   ``SessionError/Code/sealed`` for a first use once the response head is out, which could not say `no-store` any more
    public func session() async throws(SessionError) -> Session {
        try await load(isPeeking: false)
    }

    /// Loads the session and returns it without using it: nothing is written, and its idle timeout goes on.
    ///
    /// It is for what runs by itself, such as a countdown that asks how long the session lasts. A later ``session()`` of the
    /// request is a use.
    public func peek() async throws(SessionError) -> Session {
        try await load(isPeeking: true)
    }

    /// Whether the session is only looked at.
    var isPeeking: Bool { state.withLock { $0.isPeeked } }

    private func load(isPeeking: Bool) async throws(SessionError) -> Session {
        var reading = state.withLock { $0.beginReading(isPeeking: isPeeking) }
        switch reading {
        case .needless: return Session(handle: self)
        case .waits:
            await takeTurn()
            reading = state.withLock { $0.beginReading(isPeeking: isPeeking, hasTurn: true) }
        case .begins: break
        }
        defer { yieldTurn() }
        guard case .begins(let found, let isSealed) = reading else { return Session(handle: self) }
        guard !isSealed else {
            throw SessionError(
                .sealed, "the response head is out: use the session once before the response is returned")
        }
        var tokens = try presentedTokens()
        if manager.urls != nil { removeOutranked(&tokens, reporting: found == nil) }
        let mayCarry = !tokens.isEmpty && carriesTokens
        if mayCarry {
            state.withLock { $0.note(tokens) }
        } else if tokens.isEmpty {
            state.withLock { $0.noteNothing() }
        }
        // What the look has refused was reported then.
        if let found { tokens.removeFirst(tokens.firstIndex { $0.isTheOne(of: found) } ?? 0) }
        if !readNow(tokens, mayCarry: mayCarry, isPeeking: isPeeking) {
            try await read(tokens, mayCarry: mayCarry)
            if !isPeeking, let live = state.withLock({ $0.live }) { reportUse(of: live, at: manager.clock.now) }
        }
        if let found { state.withLock { $0.keepEdits(for: found) } }
        return Session(handle: self)
    }

    private func reportUse(of live: Live, at now: Timestamp) {
        for observer in manager.useObservers { observer.observeUse(of: live.record.id, in: live.record.realm, at: now) }
    }

    /// Like ``session()``, but an empty, read-only session while the store is down.
    ///
    /// It is for pages that visitors may see whether they are signed in or not. ``Session/isAvailable`` tells the two
    /// apart. No token moves.
    public func sessionOrNobody() async throws(SessionError) -> Session {
        do {
            return try await session()
        } catch {
            guard error.code == .unavailable else { throw error }
            state.withLock { $0.fail(error) }
            return Session(handle: self)
        }
    }

    /// What the request holds for every carrier, in their order.
    func presentedTokens() throws(SessionError) -> [PresentedToken] {
        // Most servers have one.
        guard var tokens = try manager.carriers.first?.read(request) else { return [] }
        for carrier in manager.carriers.dropFirst() { tokens += try carrier.read(request) }
        return tokens
    }

    /// Takes out what counts for nothing beside a cookie, so that it neither hides nor is a session, and tells of it.
    private func removeOutranked(_ tokens: inout [PresentedToken], reporting: Bool) {
        let count = tokens.count
        tokens.removeAll { if case .outranked = $0.value { true } else { false } }
        guard reporting else { return }
        for _ in tokens.count..<count { manager.report(.tokenRefused(.outranked), handle: self) }
    }

    /// Reads the session where nothing waits: the way of most requests.
    ///
    /// Nothing waits where nothing came, or only what is no token, or the only token names no session of a store in this
    /// process, or the first one proves such a session and nothing has to be written.
    /// - Returns: `false`, with nothing done, where that is not so
    private func readNow(_ tokens: [PresentedToken], mayCarry: Bool, isPeeking: Bool) -> Bool {
        guard let first = tokens.first else {
            state.withLock { $0.readNothing(ended: nil) }
            return true
        }
        if case .malformed = first.value, tokens.count == 1 {
            readNothing(because: .malformed)
            return true
        }
        // A token in a URL has a binding to be checked.
        guard first.place != .url, let store = manager.calls.immediate, mayCarry, case .token(let token) = first.value
        else {
            return false
        }
        let now = manager.clock.now
        guard let record = store.loadNow(token.id, at: now) else {
            guard tokens.count == 1 else { return false }
            readNothing(because: .unknown, token.id)
            return true
        }
        let digest = token.secret.digest(in: manager.realmTag)
        let verdict = manager.policy.judge(
            token.secret, digest, in: manager.realmTag, against: record, arrivedAt: arrivedAt, now: now)
        guard verdict == .current || verdict == .previous, TokenPlace(for: record) == first.place,
            isPeeking || !manager.policy.isTouchDue(record, at: now)
        else { return false }
        let live = Live(consume record, .presented(token, digest))
        state.withLock { $0.read(live) }
        if !isPeeking { reportUse(of: live, at: now) }
        return true
    }

    /// Goes on without a session, since the only token that came is refused.
    private func readNothing(because refusal: SessionEvent.Refusal, _ id: SessionID? = nil) {
        manager.report(.tokenRefused(refusal), id: id, handle: self)
        state.withLock { $0.readNothing(ended: nil) }
    }

    /// Takes the first token that proves a live session.
    private func read(_ tokens: [PresentedToken], mayCarry: Bool) async throws(SessionError) {
        var ended: SessionExplanation?
        for presented in tokens {
            switch presented.value {
            case .malformed: manager.report(.tokenRefused(.malformed), handle: self)
            case .ambiguous: manager.report(.tokenRefused(.ambiguous), handle: self)
            case .outranked: break
            case .token(let token):
                guard mayCarry else {
                    reportInsecureTransport(id: token.id)
                    continue
                }
                guard presented.place != .url || namesClient else {
                    reportInsecureTransport(id: token.id, because: .unknownClient)
                    continue
                }
                switch try await TokenLookup(manager: manager, handle: self).find(token, at: presented.place) {
                case .live(let record, let token, let digest):
                    if presented.place == .url { state.withLock { $0.noteURL() } }
                    return state.withLock { $0.read(Live(record, .presented(token, digest)), beside: ended) }
                case .superseded(let record, let family):
                    if presented.place == .url { state.withLock { $0.noteURL() } }
                    return state.withLock { $0.readSuperseded(record, family: family) }
                // A dead token must not hide a live one at the next place.
                case .nothing(let explanation):
                    ended = ended ?? explanation
                }
            }
        }
        state.withLock { $0.readNothing(ended: ended) }
    }

    /// How the token of a session that this request makes travels.
    var newCarrier: SessionRecord.Carrier { state.withLock { $0.isByURL } ? .url : carrier }

    var carriesTokens: Bool {
        connection.carriesTokens(request, under: manager.trust)
    }

    /// Throws where the response may bring no visitor's session.
    ///
    /// A change that another site asks for comes without a Lax cookie, so its session would replace the visitor's own.
    func checkNewVisitorAllowed() throws(SessionError) {
        try checkNewTokenAllowed()
        guard newCarrier != .cookie || !request.isUnsafeFromAnotherSite || state.withLock({ $0.acceptsCrossSite })
        else {
            throw SessionError(
                .crossSite,
                "another site sent this request, and a session made for it would replace the visitor's own; a route that "
                    + "expects such requests calls acceptCrossSite()")
        }
    }

    func checkNewTokenAllowed() throws(SessionError) {
        if state.withLock({ $0.isSealed }) {
            throw SessionError(
                .sealed,
                "the response head is out, so no new token can be sent: do this before the response is returned")
        }
        guard carriesTokens else { throw reportInsecureTransport() }
    }

    /// Reports that a token could not travel, and returns the error that says so.
    ///
    /// A request is reported once, and once for each token that it brought.
    @discardableResult
    func reportInsecureTransport(id: SessionID? = nil, because reason: SessionError? = nil) -> SessionError {
        let error = reason ?? SessionError(.insecureTransport, connection.refusal(under: manager.trust))
        if state.withLock({ $0.noteInsecureTransport(isToken: id != nil) }) {
            manager.reportInsecureTransport(error, id: id, handle: self)
        }
        return error
    }
}

extension SessionHandle: CustomStringConvertible, CustomReflectable {
    /// The session's ID, or `nobody`; never the token or the request's fields.
    public var description: String {
        "SessionHandle(\(state.withLock { $0.record?.id.description } ?? "nobody"))"
    }
    /// Nothing, so that a dump shows no token.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
