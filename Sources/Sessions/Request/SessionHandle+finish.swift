public import HTTPTypes
import Synchronization

/// What the end of a request gives to its response.
public struct SessionOutcome: Sendable {
    /// Why the request's writes were refused or could not be stored: the response must be this error, not a success.
    public let error: SessionError?
    let cookies: [SetCookie]
    let isPersonal: Bool
    let clearSiteData: String?

    /// Adds the session's fields to a response: cookies, caching, and what a sign-out clears.
    public func apply(to fields: inout HTTPFields) {
        if isPersonal { fields.markAsPersonal() }
        for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie.serialized)) }
        if let clearSiteData { fields[.init("Clear-Site-Data")!] = clearSiteData }
    }

    /// Whether ``apply(to:)`` would add anything.
    public var isEmpty: Bool { error == nil && !isPersonal && cookies.isEmpty && clearSiteData == nil }
}

extension SessionOutcome: CustomStringConvertible, CustomReflectable {
    public var description: String {
        "SessionOutcome(\(error.map { "\($0)" } ?? "no error"), sets \(cookies.map(\.name)))"
    }
    public var customMirror: Mirror { Mirror(self, children: ["error": error as Any]) }
}

extension SessionHandle {
    /// Writes what the request has buffered and returns what its response must carry, before its head leaves.
    ///
    /// Afterwards the session is sealed: late `set`s throw, `update` works on a session that exists, `end` always works.
    /// - Parameter status: of the response that the handler made; a 5xx discards what was buffered
    public func finish(status: HTTPResponse.Status) async -> SessionOutcome {
        let (isLoaded, isPersonal) = state.withLock { state in
            if !state.isLoaded { state.phase = .sealed }
            // A page made while the store was down is another for the same visitor when it is back.
            if case .unreachable = state.standing { return (state.isLoaded, true) }
            return (state.isLoaded, state.isLoaded)
        }
        guard isLoaded else {
            return SessionOutcome(error: nil, cookies: [], isPersonal: isPersonal, clearSiteData: nil)
        }
        await takeTurn()
        defer { yieldTurn() }
        state.withLock { $0.phase = .finishing }
        var refusal: SessionError?
        do {
            let isFresh = try await write(discards: status.kind == .serverError)
            if !isFresh { await refreshForSuccessor() }
        } catch {
            refusal = error
            manager.report(.writeRefused(error.code), id: state.withLock { $0.standing.record?.id }, error: error)
        }
        return state.withLock { state in
            state.phase = .sealed
            // What was discarded or refused is over: a late `save` must not write it.
            state.buffered = [:]
            return outcome(&state, refusal: refusal)
        }
    }

    /// - Returns: whether the request knows its record as of now
    private func write(discards: Bool) async throws(SessionError) -> Bool {
        let now = manager.clock.now
        let (standing, proof, buffered) = state.withLock { ($0.standing, $0.proof, $0.buffered) }
        let planner = CommitPlanner(policy: manager.policy, arrivedAt: arrivedAt, now: now)
        // Upkeep is for a secret that the client came with.
        let presented = proof.flatMap { $0.isNew ? nil : $0.digest }
        switch planner.plan(standing, presented: presented, buffered: buffered, discards: discards) {
        case .nothing:
            return false
        case .refuse(let error):
            throw error
        case .create:
            try await flushIntoNewSession()
            return true
        case .commit(let due):
            guard let record = standing.record, let proof else { return false }
            return try await flush(discards ? [:] : buffered, into: record, due: due, proof: proof, at: now)
        }
    }

    /// Looks again before the response carries a successor that follows from the record: one that was read a while ago may
    /// have been left behind by a step-up or another sign-in, whose newer cookie the successor would overwrite.
    private func refreshForSuccessor() async {
        let known = state.withLock { state -> SessionRecord? in
            guard let proof = state.proof, !proof.isNew, let record = state.standing.record,
                record.previous?.digest == proof.digest
            else { return nil }
            return record
        }
        guard let known else { return }
        let now = manager.clock.now
        // Where the store fails, the successor can wait for the next request.
        let current = try? await reporting { () throws(SessionError) in try await manager.store.load(known.id, at: now)
        }
        state.withLock { state in
            if let current, current.generation == known.generation, current.end(at: now) == nil {
                state.standing = .live(current)
            } else {
                state.proof = nil
            }
        }
    }

    private func flushIntoNewSession() async throws(SessionError) {
        let buffered = state.withLock { $0.buffered }
        let attributes = SessionAttributes(
            buffered.compactMap { name, edit in
                if case .set(let json) = edit { .init(name: name, json: json, revision: 1) } else { nil }
            })
        _ = try await create(attributes: attributes, timeouts: manager.configuration.timeouts)
        state.withLock { $0.buffered = [:] }
    }

    /// One commit of buffered writes together with the upkeep of the secret.
    ///
    /// - Returns: whether it was made
    private func flush(
        _ buffered: AttributeMap<SessionChanges.Edit>, into record: SessionRecord, due: SecretMoveDue?, proof: Proof,
        at now: Timestamp
    ) async throws(SessionError) -> Bool {
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.attributes = buffered
        switch due {
        case .renewal: changes.secretMove = try renewal(of: record, proof: proof, at: now)
        case .seen: changes.secretMove = .init(expected: record.secretDigest, step: .seen(at: now))
        case nil: changes.secretMove = forgetting(record, at: now)
        }
        do {
            let result = try await commit(changes, to: record.id, at: now)
            try settle(result, renewing: changes.secretMove)
            state.withLock { $0.buffered = [:] }
            return true
        } catch {
            // Upkeep alone: nothing of the visitor's is at stake. The next request does it, or there is no need any more
            // because the session moved on or ended. What `update` has done is done, and a 409 would have it sent again.
            guard buffered.isEmpty else { throw error }
            return false
        }
    }

    func renewal(of record: SessionRecord, proof: Proof, at now: Timestamp) throws(SessionError)
        -> SessionChanges.SecretMove
    {
        let nonce = try manager.random.block()
        let successor = proof.token.secret.successor(nonce: nonce, of: record.id, generation: record.generation)
        return .init(
            expected: record.secretDigest, step: .renew(digest: successor.digest, nonce: nonce, issuedAt: now))
    }

    /// Takes the answer to a write of the request's own session: keeps the record, or throws why it was refused.
    func settle(_ result: CommitResult, renewing move: SessionChanges.SecretMove? = nil) throws(SessionError) {
        switch result {
        case .committed(let record):
            keep(record)
            if case .renew(let digest, _, _) = move?.step, digest == record.secretDigest {
                manager.report(.renewed, record)
            }
        case .conflict:
            throw SessionError(.contention, "the session changed in a way that this write did not expect")
        case .superseded:
            forgetNewToken()
            throw .supersededToken
        case .ended(let end):
            forgetNewToken()
            throw .over(end)
        case .missing:
            forgetNewToken()
            throw SessionError(.ended, "the session is gone; what was to be written was not")
        case .tooLarge(let excess):
            throw SessionError(.tooLarge, "the session would be too large: \(excess)")
        }
    }

    /// A token whose session moved on or ended must not overwrite a newer one in the browser.
    private func forgetNewToken() {
        state.withLock {
            $0.proof?.isNew = false
            $0.deletions = []
        }
    }

    private func outcome(_ state: inout State, refusal: SessionError?) -> SessionOutcome {
        let cookies = manager.configuration.cookies
        var fields: [SetCookie] = []
        var sendsToken = false
        if let record = state.standing.record, let token = tokenToSend(state, record: record, refusal: refusal) {
            let slot: CookieSlot = record.principal == nil ? .visitor : .signedIn
            state.deletions.remove(slot)
            sendsToken = true
            let age = (record.lifetime.absoluteDeadline - manager.clock.now).milliseconds / 1000
            append(
                &fields,
                { () throws(SessionError) in
                    try SetCookie(
                        name: slot == .visitor ? cookies.visitorName : cookies.signedInName, value: token.exposedText,
                        scope: cookies.scope, maxAge: record.lifetime.isPersistent ? age : nil)
                })
        }
        for slot in [CookieSlot.signedIn, .visitor] where state.deletions.contains(slot) {
            append(
                &fields,
                { () throws(SessionError) in
                    try .deletion(
                        of: slot == .visitor ? cookies.visitorName : cookies.signedInName, scope: cookies.scope)
                })
        }
        let names = manager.configuration.clearSiteData
        return SessionOutcome(
            error: refusal, cookies: fields, isPersonal: true,
            // "cookies" among them would take the token along that this very response brings.
            clearSiteData: state.clearsSiteData && !names.isEmpty && !sendsToken
                ? names.map { "\"\($0)\"" }.joined(separator: ", ") : nil)
    }

    private func append(_ fields: inout [SetCookie], _ make: () throws(SessionError) -> SetCookie) {
        do {
            fields.append(try make())
        } catch {
            // The names and the scope were checked with a value of this length when the manager was made.
            preconditionFailure("\(error)")
        }
    }

    private func tokenToSend(_ state: State, record: SessionRecord, refusal: SessionError?) -> SessionToken? {
        guard let proof = state.proof else { return nil }
        if proof.digest == record.secretDigest { return proof.isNew ? proof.token : nil }
        // A refused write says that the record moved: what is known of its secret is old.
        if refusal != nil, !proof.isNew { return nil }
        let planner = CommitPlanner(policy: manager.policy, arrivedAt: arrivedAt, now: manager.clock.now)
        guard let previous = record.previous, previous.digest == proof.digest, planner.maySendSuccessor else {
            return nil
        }
        let successor = proof.token.secret.successor(
            nonce: previous.nonce, of: record.id, generation: record.generation)
        return SessionToken(id: record.id, secret: successor)
    }
}
