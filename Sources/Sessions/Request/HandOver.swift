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
        let (now, secret) = (manager.clock.now, try SessionSecret(from: manager.random))
        let ticket = Ticket(
            session: session.id.description, generation: session.generation, binding: binding(place), isProbe: isProbe)
        let json = try AttributeCoding.encode(ticket, for: Self.ticket)
        let record = SessionRecord(
            id: id, realm: manager.realm, secretDigest: secret.digest(in: urls.codeTag), secretIssuedAt: now,
            familyDigest: secret.familyDigest(in: urls.codeTag), createdAt: now, lastUsedAt: now,
            lifetime: .init(
                idleTimeout: nil, touchInterval: .seconds(60), absoluteDeadline: now + urls.tokens.codeLifetime,
                retention: manager.policy.retention, isPersistent: false),
            carrier: .url, attributes: .init([.init(name: Self.ticket.name, json: json, revision: 1)]))
        guard try await manager.calls.create(record, for: handle.logger) else { return nil }
        return SessionToken(id: id, secret: secret)
    }

    /// Changes a code for a session, where that may be; otherwise there is none.
    ///
    /// - Parameters:
    ///   - place: the host and the path that the code came to
    ///   - hasSession: whether a cookie has brought a session, so that the code is void
    func redeem(_ code: SessionToken, at place: String, hasSession: Bool) async throws(SessionError) {
        let now = manager.clock.now
        guard let urls = manager.urls, let record = try await manager.load(code.id, at: now, handle: handle),
            code.secret.digest(in: urls.codeTag) == record.secretDigest
        else { return manager.report(.tokenRefused(.unknown), id: code.id, handle: handle) }
        if let end = record.end(at: now) { return try await refuse(code, of: record, because: end) }
        let ticket = try? record.attributes[Self.ticket.name].map { attribute throws(SessionError) in
            try AttributeCoding.decode(attribute, for: Self.ticket)
        }
        guard let ticket = ticket ?? nil, ticket.binding == binding(place) else {
            // What came to another client or place is in the wrong hands.
            manager.report(.tokenRefused(.misbound), id: code.id, handle: handle)
            _ = try await end(record, as: .otherClient, at: now)
            return
        }
        if case .earlier(let end) = try await end(record, as: hasSession ? .signedOut : .handedOver, at: now) {
            return try await refuse(code, of: record, because: end)
        }
        guard !hasSession else { return }
        // Cookies work after all, so the URL is not to be used.
        if ticket.isProbe, handle.request.headerFields.contains(.cookie) { return }
        try await succeed(ticket, by: code)
    }

    /// Which of several ends of a record counts.
    private enum Ending {
        /// This request's, which has left this tombstone.
        case mine(SessionRecord)
        case earlier(SessionEnd)
    }

    /// Ends a record as its only request.
    private func end(
        _ record: SessionRecord, as reason: SessionEnd.Reason, at now: Timestamp
    ) async throws(SessionError) -> Ending {
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.end = SessionEnd(reason: reason, at: now)
        switch try await handle.commit(changes, to: record.id, at: now) {
        case .committed(let tombstone): return .mine(tombstone)
        case .ended(let end): return .earlier(end)
        case .missing, .conflict, .superseded, .tooLarge: return .earlier(SessionEnd(reason: .expired, at: now))
        }
    }

    /// Refuses a code that is over; the second use of one ends what the first has made, since two clients hold it.
    private func refuse(
        _ code: SessionToken, of record: SessionRecord, because end: SessionEnd
    ) async throws(SessionError) {
        guard end.reason == .handedOver else {
            return manager.report(.tokenRefused(.ended), id: code.id, handle: handle)
        }
        manager.report(.tokenRefused(.replayed), id: code.id, handle: handle)
        var id = Succession.id(after: code.id)
        // Where the first use has not made its session yet, it can't any more: the ID is taken by a code without a holder.
        guard try await issue(id, for: record, to: "", isProbe: false) == nil else { return }
        // A session in a cookie, a second code, a session in a URL: no chain is longer.
        for _ in 0..<3 {
            defer { id = Succession.id(after: id) }
            let now = manager.clock.now
            guard let record = try await manager.load(id, at: now, handle: handle), record.end(at: now) == nil else {
                continue
            }
            manager.report(.theftSuspected, record, handle: handle)
            var changes = SessionChanges(expectedGeneration: nil)
            changes.end = SessionEnd(reason: .suspectedTheft, at: now)
            if case .committed(let tombstone) = try await handle.commit(changes, to: id, at: now) {
                manager.report(.ended(.suspectedTheft), tombstone, handle: handle)
            }
        }
    }

    /// Makes the session that goes on.
    private func succeed(_ ticket: Ticket, by code: SessionToken) async throws(SessionError) {
        let now = manager.clock.now
        guard let id = SessionID(ticket.session), let session = try await manager.load(id, at: now, handle: handle),
            session.end(at: now) == nil, session.generation == ticket.generation
        else { return manager.report(.tokenRefused(.ended), id: code.id, handle: handle) }
        // No client holds the token of a session that was only a probe. Where another end came first, nothing goes on.
        if ticket.isProbe {
            guard case .mine(let tombstone) = try await end(session, as: .handedOver, at: now) else {
                return manager.report(.tokenRefused(.ended), id: code.id, handle: handle)
            }
            manager.report(.ended(.handedOver), tombstone, handle: handle)
        }
        let record = try await handle.create(
            session.attributes.written(in: 1), timeouts: session.timeouts, principal: session.principal,
            authenticatedAt: session.authenticatedAt, authentications: session.authentications,
            succession: Succession(
                id: Succession.id(after: code.id), carrier: ticket.isProbe ? .url : .cookie,
                deadline: session.lifetime.absoluteDeadline))
        manager.report(.handedOver, record, handle: handle)
        guard let principal = session.principal else { return }
        try await SignIn(
            handle: handle, principal: principal, checkedAt: session.authenticatedAt ?? session.createdAt,
            authentications: session.authentications, timeouts: session.timeouts
        ).confirm(wasTheirs: false)
    }
}
