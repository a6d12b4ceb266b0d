/// What one request knows of its session: a value without store, clock or lock.
///
/// All that changes it is in this file, so that nothing outside can set a part of it.
///
/// | standing | reads | writes | leaves by |
/// | --- | --- | --- | --- |
/// | `unread` | – | – | any of the others, at the first use |
/// | `nobody` | nothing | make a session | `issue` |
/// | `unreachable` | nothing | its error | another try to read |
/// | `live` | the record | go to the record | `end`, `startOver`, `abandon` |
/// | `superseded` | nothing | `superseded` | `issue`, at a sign-in |
/// | `over` | nothing | `ended` | `startAnew`, for a message |
/// | `abandoned` | nothing | its error | – |
struct RequestState: Sendable {
    /// Where the request stands with its session.
    ///
    /// What is rare is kept outside, so that what most requests copy is small.
    enum Standing: Sendable {
        /// The session has not been used yet.
        case unread
        /// No session: a stranger's request, or a token that turned out dead. `ended` says why, to the last token's holder.
        case nobody(ended: SessionExplanation?)
        /// The store did not answer, and the route does without.
        indirect case unreachable(SessionError)
        /// A session that this request may read and write.
        case live(Live)
        /// Privileges moved on without this request's token. `family` is the digest of its secret's family: it tells whose
        /// writes the token may still speak for.
        indirect case superseded(SessionRecord, family: SecretDigest)
        /// This request has ended it.
        indirect case over(SessionExplanation)
        /// A sign-in of this request was stored and may not stand, or that can't be known: its token goes to no client.
        indirect case abandoned(SessionError)
    }

    /// A live session, as an object, since a request looks at it many times.
    final class Live: Sendable {
        let record: SessionRecord
        let secret: Secret

        init(_ record: consuming SessionRecord, _ secret: Secret) {
            self.record = record
            self.secret = secret
        }
    }

    /// What the request holds of its live session's secret.
    enum Secret: Sendable {
        /// The client came with this token: it holds the current secret, or the previous one.
        case presented(SessionToken, SecretDigest)
        /// Made in this request and acknowledged by the store: the response must carry it.
        case issued(SessionToken, SecretDigest)
        /// The session moved on or ended since: nothing that the request holds may go to the client.
        case withheld
    }

    enum Phase: Sendable {
        /// The handler runs. What it has set and removed waits here for the end of the request.
        case open(AttributeMap<SessionChanges.Edit>)
        /// What was buffered is being written: a `set` would come too late.
        case finishing
        /// The response head is out: no new token can be sent.
        case sealed
    }

    /// Whose turn it is to call the store for the request.
    var turns = Turns()
    private(set) var standing = Standing.unread
    private(set) var phase = Phase.open([:])
    /// Where well-formed tokens came, or several values, over a connection that may carry them.
    private(set) var presented: TokenPlaces = []
    /// Where anything came, also what is no token.
    private(set) var occupied: TokenPlaces = []
    /// The places with several values.
    private(set) var ambiguous: [PresentedToken] = []
    /// Whether the route takes what other sites send, and makes visitors' sessions for it.
    private(set) var acceptsCrossSite = false
    /// Whether it was reported that a token of this request could not travel.
    private var hasReportedTransport = false
    /// Whether the request brought nothing at all for a carrier, over whatever connection.
    private(set) var isBare = false
    /// Whether the route lets caches keep what a stranger gets.
    private(set) var allowsCaching = false
    private(set) var deletions: TokenPlaces = []
    private(set) var clearsSiteData = false
    /// The field that gives the browser its token as a known device.
    private var deviceCookie: String?
    /// Whether the session was looked at and not used.
    private(set) var isPeeked = false
    /// Whether a token in the URL proved a session, so that what this request makes travels there as well.
    private(set) var isByURL = false
    /// Whether the session was asked for, also where it could not be had.
    private var isAskedFor = false
    /// The hand-over codes that this request made, and the host and path of each.
    private(set) var codes: [String: String] = [:]
    /// Why the signed-in session is over whose token came beside that of a live visitor's session.
    private(set) var beside: SessionExplanation?
}

// MARK: - Reading

extension RequestState {
    var live: Live? {
        if case .live(let live) = standing { live } else { nil }
    }

    var record: SessionRecord? { live?.record }

    var secret: Secret? {
        if case .live(let live) = standing { live.secret } else { nil }
    }

    /// Whether this request has made a token.
    var hasIssued: Bool {
        if case .live(let live) = standing, case .issued = live.secret { true } else { false }
    }

    /// The token of the live session where it travels in URLs, for links.
    var urlToken: SessionToken? {
        guard case .live(let live) = standing, live.record.carrier == .url else { return nil }
        switch live.secret {
        case .presented(let token, _), .issued(let token, _): return token
        case .withheld: return nil
        }
    }

    /// Buffered and not written yet.
    var edits: AttributeMap<SessionChanges.Edit> {
        if case .open(let edits) = phase { edits } else { [:] }
    }

    func edit(of name: String) -> SessionChanges.Edit? {
        if case .open(let edits) = phase, !edits.isEmpty { edits[name] } else { nil }
    }

    func attribute(_ name: String) -> SessionAttributes.Attribute? {
        if case .live(let live) = standing { live.record.attributes[name] } else { nil }
    }

    var isSealed: Bool {
        if case .sealed = phase { true } else { false }
    }

    /// Whether the session has to be read before it can be used.
    var needsReading: Bool {
        switch standing {
        case .unread, .unreachable: true
        case .nobody, .live, .superseded, .over, .abandoned: false
        }
    }

    /// Whether nothing is known of the visitor.
    var isUnreachable: Bool {
        switch standing {
        case .unreachable, .abandoned: true
        case .unread, .nobody, .live, .superseded, .over: false
        }
    }

    /// Why the session that the token named is over, or that of a user which was there before a visitor's.
    var explanation: SessionExplanation? {
        switch standing {
        case .nobody(let explanation): explanation
        case .over(let explanation): explanation
        case .live(let live): live.record.principal == nil ? beside : nil
        case .unread, .superseded, .unreachable, .abandoned: nil
        }
    }

    /// The one table from a standing to why it refuses writes; `nil` where it takes them.
    var refusal: SessionError? {
        switch standing {
        case .unread, .nobody, .live: nil
        case .superseded: .supersededToken
        case .over(let explanation): .over(explanation.end)
        case .unreachable(let error), .abandoned(let error): error
        }
    }

    /// The session that a write goes to, `nil` where it makes one, or why there can't be a write.
    func writableSession() throws(SessionError) -> Live? {
        if let refusal { throw refusal }
        if case .live(let live) = standing { return live }
        return nil
    }

    /// The record that a write goes to, `nil` where it makes a session, or why there can't be a write.
    func writable() throws(SessionError) -> SessionRecord? {
        try writableSession()?.record
    }
}

// MARK: - The token of the request

extension RequestState {
    mutating func note(presentedAt place: TokenPlace) {
        presented.formUnion(TokenPlaces(place))
    }

    mutating func note(_ tokens: [PresentedToken]) {
        if !ambiguous.isEmpty { ambiguous = [] }
        for token in tokens {
            occupied.formUnion(TokenPlaces(token.place))
            switch token.value {
            case .token:
                note(presentedAt: token.place)
            case .ambiguous:
                note(presentedAt: token.place)
                ambiguous.append(token)
            case .malformed, .outranked:
                break
            }
        }
    }

    /// - Returns: whether there is something new to report
    mutating func noteInsecureTransport(isToken: Bool) -> Bool {
        defer { hasReportedTransport = true }
        return isToken || !hasReportedTransport
    }

    mutating func noteURL() { isByURL = true }

    mutating func keep(deviceCookie cookie: String) { deviceCookie = cookie }

    mutating func note(code: SessionToken, to place: String) { codes[code.exposedText] = place }

    mutating func noteNothing() { isBare = true }

    mutating func acceptCrossSite() { acceptsCrossSite = true }

    mutating func allowCaching() { allowsCaching = true }

    /// How a use of the session, or a look at it, begins.
    enum Reading {
        /// It has what it needs.
        case needless
        /// It is another call's turn.
        case waits
        /// It has the turn, and reads; what a look has found, it reads again.
        case begins(found: Live?, isSealed: Bool)
    }

    mutating func beginReading(isPeeking: Bool, hasTurn: Bool = false) -> Reading {
        // A use reads again what a look has found.
        let found = isPeeked && !isPeeking && !isSealed ? untouched : nil
        guard needsReading || found != nil else { return .needless }
        guard hasTurn || turns.tryTake() else { return .waits }
        if !isSealed {
            isPeeked = isPeeking
            isAskedFor = true
        }
        return .begins(found: found, isSealed: isSealed)
    }

    /// The session as the request's token found it, which may be read once more; `nil` where the request has changed it.
    private var untouched: Live? {
        guard case .live(let live) = standing, case .presented = live.secret else { return nil }
        return live
    }

    /// What was buffered after a look is for the session that the look has found: where that is over, for no other.
    mutating func keepEdits(for found: Live) {
        switch standing {
        case _ where edits.isEmpty: break
        case .live(let live) where live.record.id == found.record.id: break
        case .live, .nobody:
            let gone = SessionEnd(reason: .expired, at: found.record.deadline)
            standing = .over(explanation ?? .init(gone, of: found.record))
        case .unread, .unreachable, .superseded, .over, .abandoned: break
        }
    }

    /// Takes what the store has of the session now, however it moved on; no token moves for it.
    mutating func refresh(_ current: SessionRecord?, at now: Timestamp) {
        guard case .live(let known) = standing else { return }
        let gone = SessionEnd(reason: .expired, at: known.record.deadline)
        if let end = current.map({ $0.end(at: now) }) ?? gone {
            standing = .over(.init(end, of: known.record))
        } else if let current, current.generation != known.record.generation {
            standing = .superseded(current, family: known.record.familyDigest)
        } else if let current {
            update(current)
        }
    }

    /// - Parameter explanation: why the session is over that an earlier token named
    mutating func read(_ live: Live, beside explanation: SessionExplanation? = nil) {
        standing = .live(live)
        if let explanation, explanation.wasSignedIn, !explanation.isTaken(in: live.record) { beside = explanation }
    }

    mutating func readNothing(ended: SessionExplanation?) {
        standing = .nobody(ended: ended)
    }

    mutating func readSuperseded(_ record: SessionRecord, family: SecretDigest) {
        standing = .superseded(record, family: family)
    }

    mutating func fail(_ error: SessionError) {
        if needsReading { standing = .unreachable(error) }
    }
}

// MARK: - Writes

extension RequestState {
    /// Buffers an edit for the end of the request.
    ///
    /// - Throws: why the standing refuses writes, ``SessionError/Code/sealed`` once the handler has returned, or
    ///   ``SessionError/Code/tooLarge``
    mutating func buffer(
        _ edit: SessionChanges.Edit, as name: String, limits: SessionLimits
    ) throws(SessionError) {
        guard case .open(var edits) = phase else {
            throw SessionError(
                .sealed, "the response head is out, so \"\(name)\" would not be stored: use update, or save with edits")
        }
        if let refusal { throw refusal }
        edits[name] = edit
        // A session that this request makes in a URL keeps its client's binding as well.
        let isBound = isByURL && record == nil
        let limits = isBound ? ClientBinding.rest(of: limits) : limits
        if edit != .remove, let excess = limits.excess(ofSizes: (record?.attributes ?? .init()).sizes(with: edits)) {
            let beside = isBound ? " beside its client's binding" : ""
            throw SessionError(.tooLarge, "the session would be too large\(beside): \(excess)")
        }
        phase = .open(edits)
    }

    /// What the session's attributes are with these edits.
    func attributes(with edits: AttributeMap<SessionChanges.Edit>) -> SessionAttributes {
        var attributes = record?.attributes ?? .init()
        for (name, edit) in edits { attributes.apply(edit, to: name, revision: 0) }
        return attributes
    }

    /// Forgets edits that were written otherwise, unless they have been replaced meanwhile.
    mutating func dropEdits(_ written: AttributeMap<SessionChanges.Edit>) {
        guard case .open(var edits) = phase, !edits.isEmpty else { return }
        for (name, edit) in written where edits[name] == edit { edits[name] = nil }
        phase = .open(edits)
    }

    private mutating func dropEdits() {
        if case .open = phase { phase = .open([:]) }
    }

    /// Takes the record that a store returned, if it is newer than what the request has.
    mutating func update(_ record: SessionRecord) {
        guard case .live(let known) = standing,
            known.record.id != record.id || known.record.revision <= record.revision
        else { return }
        standing = .live(Live(record, known.secret))
    }
}

// MARK: - Privileges and ends

extension RequestState {
    /// A session that the store has just acknowledged, with the token that was made for it here.
    mutating func issue(_ record: SessionRecord, _ token: SessionToken, _ digest: SecretDigest) {
        standing = .live(Live(record, .issued(token, digest)))
    }

    /// A sign-in leaves the client one token: the visitor's goes, where the client brought one.
    mutating func dropVisitor() {
        if presented.contains(.visitorCookie) { deletions.formUnion(TokenPlaces(.visitorCookie)) }
    }

    /// The session moved on or ended without this request: what the request has made must not overwrite a newer token.
    mutating func withhold() {
        if case .live(let live) = standing, case .issued = live.secret {
            standing = .live(Live(live.record, .withheld))
        }
        deletions = []
    }

    /// The store has ended the session.
    mutating func end(_ end: SessionEnd) {
        if let record { deletions.formUnion(TokenPlaces(TokenPlace(for: record))) }
        for token in ambiguous { deletions.formUnion(TokenPlaces(token.place)) }
        standing = .over(.init(end, of: record))
        clearsSiteData = true
        dropEdits()
    }

    /// A sign-out without a session: the tokens that came are dead already.
    mutating func endNothing() {
        deletions.formUnion(presented)
        clearsSiteData = !presented.isEmpty
        dropEdits()
    }

    /// Forgets the session that the request had: what follows has nothing of it, nor of what was to be written to it.
    mutating func startOver() {
        standing = .nobody(ended: nil)
        dropEdits()
    }

    /// The request's sign-in is refused, and its session over: what follows is a visitor's, with what is buffered.
    ///
    /// A visitor's cookie stays: it may be of a session that another request has taken along, which is no end (rule 11).
    mutating func giveUpSignIn() {
        standing = .nobody(ended: nil)
        deletions.subtract(TokenPlaces(.visitorCookie))
    }

    /// What follows the end of the session belongs to a visitor's, as long as its token can be sent.
    mutating func startAnew() {
        if case .over(let end) = standing, !isSealed { standing = .nobody(ended: end) }
    }

    /// The request's sign-in is over by the store's word.
    mutating func abandon(as end: SessionEnd) {
        standing = .over(.init(end, of: record))
        deletions = []
        dropEdits()
    }

    /// Whether the request's sign-in may stand can't be known.
    mutating func abandon(because error: SessionError) {
        standing = .abandoned(error)
        deletions = []
        dropEdits()
    }
}

// MARK: - The response

extension RequestState {
    /// Stops taking edits, and returns those to write.
    mutating func beginFinish() -> AttributeMap<SessionChanges.Edit> {
        let edits = edits
        phase = .finishing
        return edits
    }

    /// Whether the response would carry a successor that follows from a record which was read a while ago.
    ///
    /// That record may have been left behind by a step-up or another sign-in, whose newer token the successor would overwrite
    /// (rule 6), so it has to be read again first.
    var recordBehindSuccessor: SessionRecord? {
        guard case .live(let live) = standing, case .presented(_, let digest) = live.secret,
            live.record.previous?.digest == digest
        else { return nil }
        return live.record
    }

    /// Takes what a second look has found, in time for the response.
    mutating func lookAgain(_ current: SessionRecord?, at now: Timestamp) {
        guard case .live(let known) = standing else { return }
        if let current, current.generation == known.record.generation, current.end(at: now) == nil {
            standing = .live(Live(current, known.secret))
        } else {
            standing = .live(Live(known.record, .withheld))
        }
    }

    /// Closes the state and decides what the response carries: a token or none, deletions, lifetimes, caching.
    ///
    /// - Parameters:
    ///   - refusal: why the request's writes failed, if they did
    ///   - now: when the response's head leaves
    ///   - arrivedAt: when the request's head arrived
    mutating func seal(
        refusal: SessionError?, at now: Timestamp, arrivedAt: Timestamp, under policy: SessionPolicy
    ) -> Reply {
        phase = .sealed
        var reply = Reply()
        switch standing {
        case .unread:
            // What a response says of a session that could not be had is true of this moment.
            reply.isPersonal = isAskedFor
            return reply
        case .live(let live):
            if let token = token(of: live, refusal, now, arrivedAt, policy) {
                let record = live.record
                let age = record.isPersistent ? (record.absoluteDeadline - now).milliseconds / 1000 : nil
                reply.token = .init(token: token, place: TokenPlace(for: record), maxAge: age, sentAt: now)
            }
        case .nobody, .unreachable, .superseded, .over, .abandoned:
            break
        }
        if isForStrangers, refusal == nil {
            reply.isForStrangers = true
            return reply
        }
        // Also of a page that was made while the store was down: it is another one for the same visitor when it is back.
        reply.isPersonal = true
        reply.deviceCookie = deviceCookie
        reply.occupied = occupied
        reply.deletions = deletions
        if let place = reply.token?.place { reply.deletions.remove(TokenPlaces(place)) }
        reply.clearsSiteData = clearsSiteData && (reply.token == nil || record?.principal == nil)
        return reply
    }

    /// Whether the response is the one that each stranger gets: nothing came, nothing was made, and the route says so.
    private var isForStrangers: Bool {
        guard allowsCaching, isBare, deletions.isEmpty, !clearsSiteData, case .nobody(ended: nil) = standing else {
            return false
        }
        return true
    }

    private func token(
        of live: Live, _ refusal: SessionError?, _ now: Timestamp, _ arrivedAt: Timestamp, _ policy: SessionPolicy
    ) -> SessionToken? {
        let record = live.record
        switch live.secret {
        case .withheld:
            return nil
        case .issued(let token, let digest):
            return digest == record.secretDigest ? token : nil
        case .presented(let token, let digest):
            // A refused write says that the record moved: what is known of its secret is old.
            guard digest != record.secretDigest, refusal == nil, let previous = record.previous,
                previous.digest == digest, policy.maySendSuccessor(arrivedAt: arrivedAt, now: now)
            else { return nil }
            let successor = token.secret.successor(
                nonce: previous.nonce, of: record.id, generation: record.generation)
            return SessionToken(id: record.id, secret: successor)
        }
    }
}
