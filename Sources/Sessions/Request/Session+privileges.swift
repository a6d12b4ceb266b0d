import Synchronization

extension Session {
    /// Signs a principal in: new token, new generation; the token that the request came with is dead at once.
    ///
    /// The visitor's attributes stay, and nothing of another principal's session is kept. A sign-in that loses a race, or
    /// comes with a token that was just superseded (a double click), makes a session of its own and takes along what
    /// was not written since.
    /// - Parameters:
    ///   - principal: who it is; the application has checked the credentials
    ///   - remember: whether the session outlives the browser: ``SessionConfiguration/rememberedTimeouts`` instead of
    ///     ``SessionConfiguration/timeouts``
    ///   - timeouts: of this session from now on, instead of the configured ones
    ///   - authenticatedAt: when the credentials were checked; by default when the request arrived, the safe side: an "end
    ///     all" after it ends this session too
    /// - Throws: ``SessionError/Code/ended`` when "end all" came between the check of the credentials and now
    public func signIn(
        _ principal: Principal, remember: Bool = false, timeouts: SessionTimeouts? = nil,
        authenticatedAt: Timestamp? = nil
    ) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        let timeouts = timeouts ?? handle.manager.policy.timeouts(isRemembered: remember)
        let checkedAt = authenticatedAt ?? handle.arrivedAt
        let standing = handle.state.withLock { $0.standing }
        switch standing {
        case .over(let end):
            throw .over(end)
        case .unreachable(let error):
            throw error
        case .nobody:
            try await createSignedIn(principal, checkedAt, timeouts, attributes: .init())
        case .superseded(let record, let family):
            try await createSignedIn(
                principal, checkedAt, timeouts,
                attributes: record.attributes(leftTo: principal, by: family, at: handle.manager.clock.now))
        case .live(let record) where record.principal != nil && record.principal != principal:
            // Another user at the same browser: nothing of the one before is theirs.
            guard try await endRecord(record, reason: .signedOut) != nil else { throw .supersededToken }
            try await startOver(principal, checkedAt, timeouts)
        case .live(let record):
            let lifetime = handle.manager.policy.lifetime(timeouts, from: handle.manager.clock.now)
            switch try await changePrivileges(record, principal, checkedAt, lifetime: lifetime) {
            case .committed(let record):
                handle.manager.report(.signedIn, record)
            case .superseded where record.principal == nil:
                let id = record.id
                let current = try await handle.reporting { () throws(SessionError) in
                    try await handle.manager.store.load(id, at: handle.manager.clock.now)
                }
                try await createSignedIn(
                    principal, checkedAt, timeouts,
                    attributes: current?.attributes(
                        leftTo: principal, by: record.familyDigest, at: handle.manager.clock.now) ?? .init())
            case .ended, .missing:
                try await startOver(principal, checkedAt, timeouts)
            case let refused:
                try handle.settle(refused)
            }
        }
        handle.state.withLock { _ = $0.deletions.insert(.visitor) }
        // A session that was this principal's before is in every list that an "end all" makes.
        try await confirm(principal, checkedAt, wasTheirs: standing.record?.principal == principal)
    }

    /// Records a fresh authentication of who is signed in: new token, new generation, both timeouts begin again.
    ///
    /// - Parameters:
    ///   - timeouts: from now on; as long as they were if `nil`
    ///   - authenticatedAt: when the credentials were checked; by default when the request arrived
    /// - Throws: ``SessionError/Code/noSession`` when nobody is signed in
    public func stepUp(
        timeouts: SessionTimeouts? = nil, authenticatedAt: Timestamp? = nil
    ) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        guard let record = try handle.state.withLock({ state throws(SessionError) in try state.writable() }),
            let principal = record.principal
        else { throw SessionError(.noSession, "nobody is signed in, so there is no session to step up") }
        let checkedAt = authenticatedAt ?? handle.arrivedAt
        let lifetime = handle.manager.policy.lifetime(timeouts ?? record.timeouts, from: handle.manager.clock.now)
        let result = try await changePrivileges(record, principal, checkedAt, lifetime: lifetime)
        if case .committed(let record) = result {
            handle.manager.report(.steppedUp, record)
        } else {
            try handle.settle(result)
        }
    }

    /// Gives the session its next secret now, as the renewal interval does by itself.
    ///
    /// - Returns: `false` where there is no session, where its secret is from this very request, or while the last new
    ///   secret has not settled or its overlap runs
    @discardableResult
    public func renew() async throws(SessionError) -> Bool {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        let (found, proof) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.proof)
        }
        let now = handle.manager.clock.now
        guard let record = found, let proof, !proof.isNew, proof.digest == record.secretDigest,
            handle.manager.policy.mayRenew(record, at: now)
        else { return false }
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.secretMove = try handle.renewal(of: record, proof: proof, at: now)
        try handle.settle(try await handle.commit(changes, to: record.id, at: now), renewing: changes.secretMove)
        return true
    }

    /// Ends the session: its data is deleted before this returns, and the response drops the cookie.
    ///
    /// Nobody's session ends without a store call. Works after the response head is out as well; only the cookie stays then.
    /// - Throws: ``SessionError/Code/superseded`` when the session's privileges have moved on without this request
    public func end(reason: SessionEnd.Reason = .signedOut) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        let (standing, slots) = handle.state.withLock { ($0.standing, $0.presentedSlots) }
        switch standing {
        case .over:
            return
        case .superseded:
            throw .supersededToken
        case .unreachable(let error):
            throw error
        case .nobody:
            // The tokens that came are dead already.
            handle.state.withLock { state in
                state.buffered = [:]
                state.deletions.formUnion(slots)
                state.clearsSiteData = !slots.isEmpty
            }
        case .live(let record):
            guard let end = try await endRecord(record, reason: reason) else { throw .supersededToken }
            handle.state.withLock { state in
                state.standing = .over(end)
                state.proof = nil
                state.buffered = [:]
                state.deletions.insert(record.principal == nil ? .visitor : .signedIn)
                state.clearsSiteData = true
            }
        }
    }

    // MARK: Steps

    /// - Returns: the end that the record has now, this one or an earlier one; `nil` if another generation refused it
    private func endRecord(_ record: SessionRecord, reason: SessionEnd.Reason) async throws(SessionError) -> SessionEnd?
    {
        let now = handle.manager.clock.now
        var changes = SessionChanges(expectedGeneration: record.generation)
        let end = SessionEnd(reason: reason, at: now)
        changes.end = end
        switch try await handle.commit(changes, to: record.id, at: now) {
        case .committed(let tombstone):
            handle.manager.report(.ended(reason), tombstone)
            return end
        case .ended(let earlier):
            return earlier
        case .missing:
            return end
        case .superseded, .conflict, .tooLarge:
            return nil
        }
    }

    private func changePrivileges(
        _ record: SessionRecord, _ principal: Principal, _ checkedAt: Timestamp, lifetime: SessionLifetime
    ) async throws(SessionError) -> CommitResult {
        let manager = handle.manager
        let now = manager.clock.now
        let secret = try SessionSecret(from: manager.random)
        // The index first: it may name a session too early, never too late.
        try await handle.reporting { () throws(SessionError) in
            try await manager.store.enroll(record.id, of: manager.owner(principal), at: now)
        }
        var changes = SessionChanges(expectedGeneration: record.generation)
        changes.lastUsedAt = now
        changes.lifetime = lifetime
        changes.privilegeChange = .init(
            secretDigest: secret.digest, familyDigest: secret.familyDigest, principal: principal,
            authenticatedAt: checkedAt, at: now)
        let result = try await handle.commit(changes, to: record.id, at: now)
        if case .committed(let current) = result {
            handle.state.withLock {
                $0.standing = .live(current)
                $0.proof = Proof(SessionToken(id: current.id, secret: secret), digest: secret.digest, isNew: true)
            }
        }
        return result
    }

    private func createSignedIn(
        _ principal: Principal, _ checkedAt: Timestamp, _ timeouts: SessionTimeouts, attributes: SessionAttributes
    ) async throws(SessionError) {
        let record = try await handle.create(
            attributes: attributes, principal: principal, authenticatedAt: checkedAt, timeouts: timeouts)
        handle.manager.report(.signedIn, record)
    }

    /// Nothing of the session before goes into the new one, nor what this request has written to it.
    private func startOver(
        _ principal: Principal, _ checkedAt: Timestamp, _ timeouts: SessionTimeouts
    ) async throws(SessionError) {
        handle.state.withLock { state in
            state.buffered = [:]
            state.standing = .nobody(ended: nil)
            state.proof = nil
        }
        try await createSignedIn(principal, checkedAt, timeouts, attributes: .init())
    }

    /// Sees whether a sign-in that has been written may stand. Where it may not, or where that can't be known, nobody gets its
    /// token.
    private func confirm(
        _ principal: Principal, _ checkedAt: Timestamp, wasTheirs: Bool
    ) async throws(SessionError) {
        var end: SessionEnd?
        do {
            if !wasTheirs { end = try await endByWatermark(of: principal, checkedAt) }
            if end == nil { end = try await endByLimit(on: principal) }
        } catch {
            giveUp(as: .unreachable(error))
            throw error
        }
        guard let end else { return }
        giveUp(as: .over(end))
        throw SessionError(
            .ended, "the sign-in came to nothing, because its session was ended (\(end.reason)); sign in again")
    }

    /// "End all" raises the watermark before it lists: a sign-in that it could not see ends itself.
    private func endByWatermark(
        of principal: Principal, _ checkedAt: Timestamp
    ) async throws(SessionError) -> SessionEnd? {
        let watermark = try await handle.reporting { () throws(SessionError) in
            try await handle.manager.store.watermark(of: handle.manager.owner(principal), raisedTo: nil)
        }
        guard let watermark, checkedAt < watermark else { return nil }
        let end = SessionEnd(reason: .endedByUser, at: handle.manager.clock.now)
        guard let record = handle.state.withLock({ $0.standing.record }) else { return end }
        return try await endRecord(record, reason: end.reason) ?? end
    }

    /// Of many sign-ins at once, or with credentials checked long ago, this one may be the oldest.
    private func endByLimit(on principal: Principal) async throws(SessionError) -> SessionEnd? {
        let ended = try await handle.reporting { () throws(SessionError) in
            try await handle.manager.enforceLimit(on: principal)
        }
        guard let id = self.id, ended.contains(id) else { return nil }
        return SessionEnd(reason: .limit, at: handle.manager.clock.now)
    }

    /// The sign-in of this request came to nothing: its token is not sent, no cookie is deleted, and nothing is written.
    private func giveUp(as standing: Standing) {
        handle.state.withLock { state in
            state.standing = standing
            state.proof = nil
            state.deletions = []
            state.buffered = [:]
        }
    }
}

extension SessionRecord {
    /// What a sign-in with a token of `family` may take along: what nobody has written since that family was superseded.
    ///
    /// Nothing from a session that is over, nothing once another generation has followed, and nothing for anybody but who
    /// is signed in there: what was written while somebody was signed in is theirs.
    func attributes(leftTo principal: Principal, by family: SecretDigest, at now: Timestamp) -> SessionAttributes {
        guard let superseded, superseded.familyDigest == family, self.principal == principal, end(at: now) == nil
        else { return .init() }
        return SessionAttributes(
            attributes.filter { $0.revision <= superseded.revision }
                .map { .init(name: $0.name, json: $0.json, revision: 1) })
    }

    /// The timeouts that the session got when it was made or its privileges last changed.
    var timeouts: SessionTimeouts {
        SessionTimeouts(
            idle: lifetime.idleTimeout, absolute: lifetime.absoluteDeadline - (superseded?.at ?? createdAt),
            isPersistent: lifetime.isPersistent)
    }
}
