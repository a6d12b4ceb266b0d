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
        case .superseded(let record, let slot):
            // What a visitor has left is whoever's signs in; what somebody signed in has left is theirs alone.
            let isTheirs = slot == .visitor || record.principal == principal
            try await createSignedIn(
                principal, checkedAt, timeouts,
                attributes: isTheirs
                    ? record.attributesBeforeSupersession(
                        of: record.superseded?.familyDigest, at: handle.manager.clock.now) : .init())
        case .live(let record) where record.principal != nil && record.principal != principal:
            // Another user at the same browser: nothing of the one before is theirs.
            _ = try await endRecord(record, reason: .signedOut)
            try await createSignedIn(principal, checkedAt, timeouts, attributes: .init())
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
                    attributes: current?.attributesBeforeSupersession(
                        of: record.familyDigest, at: handle.manager.clock.now) ?? .init())
            case .ended, .missing:
                try await createSignedIn(principal, checkedAt, timeouts, attributes: .init())
            case let refused:
                try handle.settle(refused)
            }
        }
        handle.state.withLock { _ = $0.deletions.insert(.visitor) }
        try await checkWatermark(of: principal, checkedAt)
        try await applyLimit(to: principal)
    }

    /// Records a fresh authentication of who is signed in: new token, new generation, both timeouts begin again.
    ///
    /// - Throws: ``SessionError/Code/noSession`` when nobody is signed in
    public func stepUp(authenticatedAt: Timestamp? = nil) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        guard let record = try handle.state.withLock({ state throws(SessionError) in try state.writable() }),
            let principal = record.principal
        else { throw SessionError(.noSession, "nobody is signed in, so there is no session to step up") }
        let checkedAt = authenticatedAt ?? handle.arrivedAt
        let timeouts = handle.manager.policy.timeouts(isRemembered: record.lifetime.isPersistent)
        let lifetime = handle.manager.policy.lifetime(timeouts, from: handle.manager.clock.now)
        let result = try await changePrivileges(record, principal, checkedAt, lifetime: lifetime)
        if case .committed(let record) = result {
            handle.manager.report(.steppedUp, record)
        } else {
            try handle.settle(result)
        }
        try await checkWatermark(of: principal, checkedAt)
    }

    /// Gives the session its next secret now, as the renewal interval does by itself.
    ///
    /// - Returns: `false` where there is no session, or while the last new secret has not settled or its overlap runs
    @discardableResult
    public func renew() async throws(SessionError) -> Bool {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        let (found, proof) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.proof)
        }
        let now = handle.manager.clock.now
        guard let record = found, let proof, proof.digest == record.secretDigest,
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
            try await manager.store.enroll(record.id, of: principal, at: now)
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

    /// "End all" raises the watermark before it lists: a sign-in that it could not see ends itself.
    private func checkWatermark(of principal: Principal, _ checkedAt: Timestamp) async throws(SessionError) {
        let manager = handle.manager
        let watermark = try await handle.reporting { () throws(SessionError) in
            try await manager.store.watermark(of: principal, raisedTo: nil)
        }
        guard let watermark, checkedAt < watermark else { return }
        guard let record = handle.state.withLock({ $0.standing.record }) else { return }
        let end =
            try await endRecord(record, reason: .endedByUser) ?? SessionEnd(reason: .endedByUser, at: manager.clock.now)
        giveUp(end)
        throw SessionError(
            .ended, "all sessions of this user were ended while this sign-in was under way; sign in again")
    }

    /// Of many sign-ins at once, or with credentials checked long ago, this one may be the oldest.
    private func applyLimit(to principal: Principal) async throws(SessionError) {
        let ended = try await handle.reporting { () throws(SessionError) in
            try await handle.manager.enforceLimit(on: principal)
        }
        guard let id = self.id, ended.contains(id) else { return }
        let end = SessionEnd(reason: .limit, at: handle.manager.clock.now)
        giveUp(end)
        throw .over(end)
    }

    /// The sign-in of this request came to nothing: its token is not sent and no cookie is deleted.
    private func giveUp(_ end: SessionEnd) {
        handle.state.withLock { state in
            state.standing = .over(end)
            state.proof = nil
            state.deletions = []
        }
    }
}

extension SessionRecord {
    /// What a sign-in may take along from the generation of `family`: what nobody has written since it was superseded.
    ///
    /// Nothing from a session that is over, and nothing once another generation has followed: what was written while
    /// somebody was signed in is no visitor's.
    func attributesBeforeSupersession(of family: SecretDigest?, at now: Timestamp) -> SessionAttributes {
        guard let superseded, superseded.familyDigest == family, end(at: now) == nil else { return .init() }
        return SessionAttributes(
            attributes.filter { $0.revision <= superseded.revision }
                .map { .init(name: $0.name, json: $0.json, revision: 1) })
    }
}
