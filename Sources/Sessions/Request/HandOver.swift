import HTTPTypes
import Synchronization

/// Hand-over codes: each a record of its own, which one request ends, and the session that this request makes.
///
/// A code's digest is made with another tag than a session's, so neither is anything in the other's place. Of several
/// requests with one code, the store lets one end its record; the others learn that they came second.
struct HandOver {
    /// What a code's record keeps.
    private struct Ticket: Codable {
        /// The session that goes on.
        let session: String
        /// A sign-in, step-up or sign-out in between makes the code void.
        let generation: UInt64
        /// The client, the host and the path.
        let binding: String
        /// Whether a cookie went out with the code, so that a visit without it shows that none is kept.
        let isProbe: Bool
    }

    private static let ticket: SessionKey<Ticket> = "sessions.hand-over"

    let handle: SessionHandle

    private var manager: SessionManager { handle.manager }

    private func binding(_ place: String) -> String {
        ClientBinding.digest(of: handle.request, from: handle.clientAddress, target: place)
    }

    /// Makes a code.
    ///
    /// - Parameter place: the host and the path where it may be used
    /// - Returns: `nil` where the ID is taken
    func issue(
        _ id: SessionID, for session: SessionRecord, to place: String, isProbe: Bool
    ) async throws(SessionError) -> SessionToken? {
        guard let urls = manager.urls else { return nil }
        let secret = try SessionSecret(from: manager.random)
        let ticket = Ticket(
            session: session.id.description, generation: session.generation, binding: binding(place), isProbe: isProbe)
        let json = try AttributeCoding.encode(ticket, for: Self.ticket)
        let record = record(
            id, secret, urls, attributes: .init([.init(name: Self.ticket.name, json: json, revision: 1)]))
        guard try await manager.calls.create(record, for: handle.logger) else { return nil }
        return SessionToken(id: id, secret: secret)
    }

    private func record(
        _ id: SessionID, _ secret: SessionSecret, _ urls: URLTransport, attributes: SessionAttributes = .init()
    ) -> SessionRecord {
        let now = manager.clock.now
        return SessionRecord(
            id: id, realm: manager.realm, secretDigest: secret.digest(in: urls.codeTag), secretIssuedAt: now,
            familyDigest: secret.familyDigest(in: urls.codeTag), createdAt: now, lastUsedAt: now,
            lifetime: .init(
                idleTimeout: nil, touchInterval: .seconds(60), absoluteDeadline: now + urls.tokens.codeLifetime,
                retention: manager.policy.retention, isPersistent: false),
            carrier: .url, attributes: attributes)
    }

    /// Changes a code for a session, where that may be; otherwise there is none.
    ///
    /// - Parameters:
    ///   - place: the host and the path that the code came to
    ///   - hasSession: whether a cookie has brought a session, so that the code is void
    /// - Returns: `false` where the code was made for another client or place
    func redeem(_ code: SessionToken, at place: String, hasSession: Bool) async throws(SessionError) -> Bool {
        let now = manager.clock.now
        guard let urls = manager.urls, let record = try await manager.load(code.id, at: now, handle: handle),
            code.secret.digest(in: urls.codeTag) == record.secretDigest
        else {
            manager.report(.tokenRefused(.unknown), id: code.id, handle: handle)
            return true
        }
        if let end = record.end(at: now) {
            try await refuse(code, because: end)
            return true
        }
        let ticket = try? record.attributes[Self.ticket.name].map { attribute throws(SessionError) in
            try AttributeCoding.decode(attribute, for: Self.ticket)
        }
        guard let ticket = ticket ?? nil, ticket.binding == binding(place) else {
            // What came to another client or place is in the wrong hands.
            manager.report(.tokenRefused(.misbound), id: code.id, handle: handle)
            _ = try await end(record, as: .otherClient, at: now)
            return false
        }
        // Where cookies work after all, the URL is not to be used.
        let isUnused = hasSession || (ticket.isProbe && handle.request.headerFields.contains(.cookie))
        // Looked at before the code ends, so that what is thrown here leaves both as they are.
        let session = try await isUnused ? nil : liveSession(of: ticket)
        if let end = try await end(record, as: hasSession ? .signedOut : .handedOver, at: now) {
            try await refuse(code, because: end)
        } else if let session {
            try await succeed(ticket, from: session, by: code, issuedAt: record.createdAt)
        } else if !isUnused {
            manager.report(.tokenRefused(.ended), id: code.id, handle: handle)
        }
        return true
    }

    /// Ends a code's record.
    ///
    /// - Returns: the end that came before; `nil` where this one is the first
    private func end(
        _ record: SessionRecord, as reason: SessionEnd.Reason, at now: Timestamp
    ) async throws(SessionError) -> SessionEnd? {
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.end = SessionEnd(reason: reason, at: now)
        switch try await handle.commit(changes, to: record.id, at: now) {
        case .committed: return nil
        case .ended(let end): return end
        case .missing, .conflict, .superseded, .tooLarge: return SessionEnd(reason: .expired, at: now)
        }
    }

    /// Refuses a code that is over; the second use of one ends what the first has made, since two clients hold it.
    private func refuse(_ code: SessionToken, because end: SessionEnd) async throws(SessionError) {
        guard end.reason == .handedOver else {
            return manager.report(.tokenRefused(.ended), id: code.id, handle: handle)
        }
        manager.report(.tokenRefused(.replayed), id: code.id, handle: handle)
        var id = code.id
        // A session in a cookie, a second code, a session in a URL: no chain is longer, and one goes on only from what was
        // handed over.
        for _ in 0..<3 {
            id = Succession.id(after: id)
            guard try await endSuccessor(id)?.reason == .handedOver else { return }
        }
    }

    /// Ends what a code has made, or is about to make.
    ///
    /// - Returns: the end that came before; `nil` where this one is the first
    private func endSuccessor(_ id: SessionID) async throws(SessionError) -> SessionEnd? {
        guard let urls = manager.urls else { return nil }
        let now = manager.clock.now
        var successor = try await manager.load(id, at: now, handle: handle)
        if successor == nil {
            // The first use is on its way: with the ID taken it can't make its session any more.
            let taken = record(id, try SessionSecret(from: manager.random), urls)
            let isFirst = try await manager.calls.create(taken, for: handle.logger)
            successor = isFirst ? taken : try await manager.load(id, at: now, handle: handle)
        }
        guard let successor else { return nil }
        if let end = successor.end(at: now) { return end }
        manager.report(.theftSuspected, successor, handle: handle)
        var changes = SessionChanges(expectedGeneration: nil)
        changes.end = SessionEnd(reason: .suspectedTheft, at: now)
        switch try await handle.commit(changes, to: id, at: now) {
        case .committed(let tombstone):
            manager.report(.ended(.suspectedTheft), tombstone, handle: handle)
            return nil
        case .ended(let end):
            return end
        case .missing, .conflict, .superseded, .tooLarge:
            return nil
        }
    }

    /// Returns the session that goes on; `nil` where it is over, or its privileges have moved on.
    ///
    /// - Throws: ``SessionError/Code/tooLarge`` where it is to go on in a URL and has no room for its client's binding
    private func liveSession(of ticket: Ticket) async throws(SessionError) -> SessionRecord? {
        let now = manager.clock.now
        guard let id = SessionID(ticket.session), let session = try await manager.load(id, at: now, handle: handle),
            session.end(at: now) == nil, session.generation == ticket.generation
        else { return nil }
        if ticket.isProbe, let excess = manager.store.limits.excess(of: handle.bound(session.attributes, for: .url)) {
            throw SessionError(.tooLarge, "the session would be too large with its client's binding: \(excess)")
        }
        return session
    }

    /// Makes the session that goes on.
    private func succeed(
        _ ticket: Ticket, from session: SessionRecord, by code: SessionToken, issuedAt: Timestamp
    ) async throws(SessionError) {
        let now = manager.clock.now
        // No client holds the token of a session that was only a probe.
        if ticket.isProbe {
            guard try await handle.endRecord(session, reason: .handedOver, at: now)?.reason == .handedOver else {
                return manager.report(.tokenRefused(.ended), id: code.id, handle: handle)
            }
        }
        let record = try await handle.create(
            session.attributes.written(in: 1), timeouts: session.timeouts, principal: session.principal,
            authenticatedAt: session.authenticatedAt, authentications: session.authentications,
            succession: Succession(
                id: Succession.id(after: code.id), carrier: ticket.isProbe ? .url : .cookie,
                deadline: session.lifetime.absoluteDeadline))
        manager.report(.handedOver, record, handle: handle)
        if let principal = session.principal {
            // A code shows that its session lived when it was made: an "end all" before that has kept it. A probe ends its
            // session, so an "end all" on its way finds nothing to end: what counts there is the sign-in.
            let signedInAt = session.authenticatedAt ?? session.createdAt
            try await SignIn(
                handle: handle, principal: principal, checkedAt: ticket.isProbe ? signedInAt : issuedAt,
                authentications: session.authentications, timeouts: session.timeouts
            ).confirm(wasTheirs: false)
        }
        if !ticket.isProbe { try await confirm(record, after: session) }
    }

    /// Sees whether the session before still lives: one that has ended meanwhile takes along the one that was made from it.
    private func confirm(_ record: SessionRecord, after session: SessionRecord) async throws(SessionError) {
        let now = manager.clock.now
        var end: SessionEnd
        do {
            let current = try await manager.load(session.id, at: now, handle: handle)
            if let current, current.end(at: now) == nil, current.generation == session.generation { return }
            end = SessionEnd(reason: current?.end(at: now)?.reason ?? .expired, at: now)
            end = try await handle.endRecord(record, reason: end.reason, at: now) ?? end
        } catch {
            handle.state.withLock { $0.abandon(because: error) }
            throw error
        }
        handle.state.withLock { $0.abandon(as: end) }
        throw .over(end)
    }
}
