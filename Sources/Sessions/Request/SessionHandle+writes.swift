import HTTPTypes
import Synchronization

// The store calls that several uses of a session share.
extension SessionHandle {
    func reportUnreadable(_ error: SessionError) {
        manager.report(.attributeUnreadable, state.withLock { $0.record }, error: error, handle: self)
    }

    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try await manager.calls.commit(changes, to: id, at: now, for: logger)
    }

    /// Changes of nothing to the request's session, fenced by its generation.
    ///
    /// An upload may outlast the idle timeout. Its session was alive when the head arrived, and was in use until now.
    func changes(to record: SessionRecord, at now: Timestamp) -> SessionChanges {
        var changes = SessionChanges(expectedGeneration: record.generation)
        if record.end(at: now) != nil {
            changes.idleAsOf = manager.policy.idleMoment(arrivedAt: arrivedAt, now: now)
            changes.lastUsedAt = now
        }
        return changes
    }

    /// Takes the answer to a write of the request's own session: keeps the record, or throws why it was refused.
    func accept(
        _ result: consuming CommitResult, renewing move: SessionChanges.SecretMove? = nil
    ) throws(SessionError) {
        switch consume result {
        case .committed(let record):
            state.withLock { $0.update(record) }
            if case .renew(let digest, _, _) = move?.step, digest == record.secretDigest {
                manager.report(.renewed, record, handle: self)
            }
        case .conflict:
            throw SessionError(.contention, "the session changed in a way that this write did not expect")
        case .superseded:
            state.withLock { $0.withhold() }
            throw .supersededToken
        case .ended(let end):
            state.withLock { $0.withhold() }
            throw .over(end)
        case .missing:
            state.withLock { $0.withhold() }
            throw SessionError(.ended, "the session is gone; what was to be written was not")
        case .tooLarge(let excess):
            throw SessionError(.tooLarge, "the session would be too large: \(excess)")
        }
    }

    /// Makes a session under a fresh ID, with the token for it.
    ///
    /// - Parameters:
    ///   - timeouts: those of a sign-in; `nil` for a visitor's
    ///   - succession: for a session that goes on in this one: what is known of it before
    @discardableResult
    func create(
        _ attributes: SessionAttributes, timeouts: SessionTimeouts? = nil, principal: Principal? = nil,
        authenticatedAt: Timestamp? = nil, authentications: [Authentication] = [], succession: Succession? = nil
    ) async throws(SessionError) -> SessionRecord {
        if principal == nil {
            try checkNewVisitorAllowed()
            if succession == nil { try checkNewSessionAllowed() }
        } else {
            try checkNewTokenAllowed()
        }
        // IDs practically never collide; three in a row mean a broken random source.
        for _ in 0..<3 {
            let now = manager.clock.now
            let id = if let succession { succession.id } else { SessionID(try manager.random.block()) }
            let secret = try SessionSecret(from: manager.random)
            let digest = secret.digest(in: manager.realmTag)
            let carrier = succession?.carrier ?? newCarrier
            var lifetime = manager.policy.lifetime(
                timeouts ?? manager.policy.visitorTimeouts, from: now, for: carrier)
            if let succession { lifetime.absoluteDeadline = min(lifetime.absoluteDeadline, succession.deadline) }
            let record = SessionRecord(
                id: id, realm: manager.realm, secretDigest: digest, secretIssuedAt: now,
                familyDigest: secret.familyDigest(in: manager.realmTag), createdAt: now, lastUsedAt: now,
                lifetime: lifetime, principal: principal,
                authenticatedAt: authenticatedAt, authentications: authentications, carrier: carrier,
                attributes: manager.urls == nil ? attributes : bound(attributes, for: carrier))
            if let owner = record.owner { try await manager.calls.enroll(id, of: owner, at: now, for: logger) }
            guard try await manager.calls.create(record, for: logger) else {
                if succession == nil { continue }
                throw SessionError(
                    .ended, "the link was used a second time meanwhile, so it made no session; open the page again")
            }
            state.withLock { $0.issue(record, SessionToken(id: id, secret: secret), digest) }
            manager.report(.created, record, handle: self)
            return record
        }
        throw SessionError(.unavailable, "three fresh session IDs were all taken: the random source is broken")
    }

    /// The binding of this request's client, as a session keeps it.
    var bindingJSON: String { "\"\(ClientBinding.digest(of: request, from: clientAddress))\"" }

    /// The attributes with which a session begins: where its token travels in URLs, its client's binding is one.
    func bound(_ attributes: SessionAttributes, for carrier: SessionRecord.Carrier) -> SessionAttributes {
        let edit: SessionChanges.Edit = carrier == .url ? .set(json: bindingJSON) : .remove
        var attributes = attributes
        attributes.apply(edit, to: ClientBinding.name, revision: 1)
        return attributes
    }

    func checkNewSessionAllowed() throws(SessionError) {
        // On this machine it would be a proxy that names no client, so that all share its address, or a test. Where there
        // are names, and none of them can be believed, the request counts among its like.
        guard let limit = manager.configuration.newSessionLimit, let client = clientAddress,
            !client.isLoopback || request.headerFields.nameAddresses,
            let wait = limit.wait(client, manager.clock.now)
        else { return }
        let error = SessionError(
            .tooManyRequests,
            "too many new sessions from your network; try again in \((wait.milliseconds + 999) / 1000) seconds",
            retryAfter: wait)
        manager.report(.newSessionRefused, error: error, handle: self)
        throw error
    }

    /// - Returns: the end that the record has now, this one or an earlier one; `nil` if another generation refused it
    func endRecord(
        _ record: SessionRecord, reason: SessionEnd.Reason, at now: Timestamp
    ) async throws(SessionError) -> SessionEnd? {
        var changes = changes(to: record, at: now)
        let end = SessionEnd(reason: reason, at: now)
        changes.end = end
        switch try await commit(changes, to: record.id, at: now) {
        case .committed(let tombstone):
            manager.report(.ended(reason), tombstone, handle: self)
            return end
        case .ended(let earlier):
            return earlier
        case .missing:
            return end
        case .superseded, .conflict, .tooLarge:
            return nil
        }
    }

    /// The move that gives the session its next secret.
    func renewal(
        of record: SessionRecord, from token: SessionToken, at now: Timestamp
    ) throws(SessionError) -> SessionChanges.SecretMove {
        let nonce = RenewalNonce(try manager.random.block())
        let successor = token.secret.successor(nonce: nonce, of: record.id, generation: record.generation)
        return .init(
            expected: record.secretDigest,
            step: .renew(digest: successor.digest(in: manager.realmTag), nonce: nonce, issuedAt: now))
    }
}
