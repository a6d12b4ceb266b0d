import Synchronization

extension Session {
    /// Throws where the response could not carry a new token.
    ///
    /// Ask before a password is checked, so that a right and a wrong one get the same answer over plain HTTP.
    /// - Throws: ``SessionError/Code/insecureTransport``, or ``SessionError/Code/sealed`` once the response head is out
    public func requireNewTokenAllowed() throws(SessionError) {
        try handle.checkNewTokenAllowed()
    }

    /// Returns the session's new token, for the body of a response to a program or an app.
    ///
    /// It is the only way for a token into a body. The response brings the token in its field as well.
    /// - Throws: ``SessionError/Code/noSession`` where this request has made no token, ``SessionError/Code/configuration``
    ///   for a session whose token travels in a cookie
    public func exposeNewToken() throws(SessionError) -> String {
        guard case .live(let live) = handle.state.withLock({ $0.standing }), case .issued(let token, _) = live.secret
        else {
            throw SessionError(.noSession, "this request has made no token: sign a user in or step up first")
        }
        guard live.record.carrier == .header else {
            throw SessionError(
                .configuration,
                "the session's token travels in no field and goes into no body; use a manager whose transport is .bearer"
            )
        }
        return token.exposedText
    }

    /// Signs a principal in: new token, new generation; the token that the request came with is dead at once.
    ///
    /// The visitor's attributes stay, and nothing of another principal's session is kept. A sign-in that loses a race, or
    /// comes with a token that was just superseded (a double click), makes a session of its own and takes along what
    /// was not written since.
    /// - Parameters:
    ///   - principal: the user, whose credentials the application has checked
    ///   - remember: whether the session outlives the browser: ``SessionConfiguration/rememberedTimeouts`` instead of
    ///     ``SessionConfiguration/timeouts``
    ///   - timeouts: the timeouts of this session from now on, instead of the configured ones
    ///   - method: how the principal was authenticated, for ``SessionInfo/authentications``
    ///   - device: what the session keeps under ``SessionKey/device``, usually ``Session/device(withAddress:)``; left out where
    ///     the session is full
    ///   - authenticatedAt: when the credentials were checked; by default when the request arrived, the safe side: an "end
    ///     all" after it ends this session too
    /// - Throws: ``SessionError/Code/ended`` when "end all" came between the check of the credentials and now;
    ///   ``SessionError/Code/notYet`` when it came by a clock that is ahead of this server's, for at most
    ///   ``SessionConfiguration/clockSkew``; ``SessionError/Code/invalid`` for credentials that were checked a day ago
    public func signIn(
        _ principal: Principal, remember: Bool = false, timeouts: SessionTimeouts? = nil,
        by method: Authentication.Method? = nil, on device: SessionDevice? = nil, authenticatedAt: Timestamp? = nil
    ) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        let checkedAt = authenticatedAt ?? handle.arrivedAt
        try handle.manager.policy.checkAge(ofAuthentication: checkedAt, at: handle.manager.clock.now)
        let timeouts = timeouts ?? handle.manager.policy.timeouts(isRemembered: remember)
        try timeouts.check(as: "timeouts", .invalid)
        let signIn = SignIn(
            handle: handle, principal: principal, checkedAt: checkedAt,
            authentications: method.map { [Authentication($0, at: checkedAt)] } ?? [],
            timeouts: timeouts, device: try device.map { device throws(SessionError) in try device.edit })
        try await signIn.run()
    }

    /// Records a fresh authentication of the signed-in user: new token, new generation, both timeouts begin again.
    ///
    /// - Parameters:
    ///   - timeouts: the timeouts from now on; `nil` for the same ones again
    ///   - method: how the principal was authenticated; the session keeps the earlier methods beside it
    ///   - authenticatedAt: when the credentials were checked; by default when the request arrived
    /// - Throws: ``SessionError/Code/noSession`` when no user is signed in
    public func stepUp(
        timeouts: SessionTimeouts? = nil, by method: Authentication.Method? = nil, authenticatedAt: Timestamp? = nil
    ) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        try handle.checkNewTokenAllowed()
        guard let record = try handle.state.withLock({ state throws(SessionError) in try state.writable() }),
            let principal = record.principal
        else { throw SessionError(.noSession, "no user is signed in, so there is no session to step up") }
        try timeouts?.check(as: "timeouts", .invalid)
        guard record.carrier != .url || handle.manager.urls == nil else { throw .lowPrivilege }
        let checkedAt = authenticatedAt ?? handle.arrivedAt
        var authentications = record.authentications
        if let method { authentications = authentications.adding(.init(method, at: checkedAt)) }
        let lifetime = handle.manager.policy.lifetime(
            timeouts ?? record.timeouts, from: handle.manager.clock.now, for: record.carrier)
        let result = try await handle.changePrivileges(
            of: record, to: principal, checkedAt, authentications, lifetime: lifetime)
        if case .committed(let record) = result {
            handle.manager.report(.steppedUp, record, handle: handle)
        } else {
            try handle.accept(result)
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
        let (found, secret) = try handle.state.withLock { state throws(SessionError) in
            (try state.writable(), state.secret)
        }
        let now = handle.manager.clock.now
        guard let record = found, case .presented(let token, let digest) = secret, digest == record.secretDigest,
            handle.manager.policy.mayRenew(record, at: now)
        else { return false }
        var changes = handle.changes(to: record, at: now)
        changes.secretMove = try handle.renewal(of: record, from: token, at: now)
        try handle.accept(try await handle.commit(changes, to: record.id, at: now), renewing: changes.secretMove)
        return true
    }

    /// Ends the session: its data is deleted before this returns, and the response makes the client drop the token.
    ///
    /// Where there is no session this makes no store call. It works after the response head is out as well; only the token
    /// stays with the client then, and is dead.
    /// - Parameters:
    ///   - reason: what a client that comes with the dead token is told
    ///   - message: left for the next page in a visitor's session, if that can be made: the end doesn't fail for it
    /// - Throws: ``SessionError/Code/superseded`` when the session's privileges have moved on without this request
    public func end(
        reason: SessionEnd.Reason = .signedOut, leaving message: FlashMessage? = nil
    ) async throws(SessionError) {
        try await end(as: reason)
        guard let message else { return }
        do {
            try await flash(message)
        } catch {
            handle.manager.report(.writeRefused(error.code), error: error, handle: handle)
        }
    }

    private func end(as reason: SessionEnd.Reason) async throws(SessionError) {
        await handle.takeTurn()
        defer { handle.yieldTurn() }
        switch handle.state.withLock({ $0.standing }) {
        case .over:
            return
        case .superseded:
            guard try await handle.endCandidates(reason) else { throw .supersededToken }
            handle.state.withLock { $0.endNothing() }
        case .unreachable(let error), .abandoned(let error):
            throw error
        case .unread, .nobody:
            try await handle.endCandidates(reason)
            handle.state.withLock { $0.endNothing() }
        case .live(let live):
            try await handle.endCandidates(reason, beside: live.record.id)
            guard let end = try await handle.endRecord(live.record, reason: reason, at: handle.manager.clock.now) else {
                throw .supersededToken
            }
            handle.state.withLock { $0.end(end) }
        }
    }
}

extension SessionHandle {
    /// Ends what the tokens prove that came with others at one place, since nothing tells which of them is the user's, and
    /// what a signed-in user's cookie of a former name proves beside the present one.
    ///
    /// - Parameter current: a session that the request itself is about to end
    /// - Returns: whether any session is over by this
    @discardableResult
    fileprivate func endCandidates(
        _ reason: SessionEnd.Reason, beside current: SessionID? = nil
    ) async throws(SessionError) -> Bool {
        var hasEnded = false
        let ofUsers = carriesTokens ? try presentedTokens().filter { $0.place == .signedInCookie } : []
        for presented in state.withLock({ $0.ambiguous }) + (ofUsers.count > 1 ? ofUsers : []) {
            var tokens = presented.candidates
            if case .token(let token) = presented.value { tokens = [token] }
            for token in tokens where token.id != current {
                let now = manager.clock.now
                guard let record = try await manager.load(token.id, at: now, handle: self),
                    TokenPlace(for: record) == presented.place
                else { continue }
                let verdict = manager.policy.judge(
                    token.secret, token.secret.digest(in: manager.realmTag), in: manager.realmTag, against: record,
                    arrivedAt: arrivedAt, now: now)
                guard verdict == .current || verdict == .previous else { continue }
                if try await endRecord(record, reason: reason, at: now) != nil { hasEnded = true }
            }
        }
        return hasEnded
    }

    /// Enters the session into the index, then changes its privileges, and takes the new token if the store agrees.
    func changePrivileges(
        of record: SessionRecord, to principal: Principal, _ checkedAt: Timestamp, _ authentications: [Authentication],
        lifetime: SessionLifetime, device: SessionChanges.Edit? = nil
    ) async throws(SessionError) -> CommitResult {
        let now = manager.clock.now
        let secret = try SessionSecret(from: manager.random)
        let digest = secret.digest(in: manager.realmTag)
        // The index first: it may name a session too early, never too late.
        try await manager.calls.enroll(record.id, of: manager.owner(principal), at: now, for: logger)
        var changes = changes(to: record, at: now)
        changes.lastUsedAt = now
        changes.lifetime = lifetime
        changes.privilegeChange = .init(
            secretDigest: digest, familyDigest: secret.familyDigest(in: manager.realmTag), principal: principal,
            authenticatedAt: checkedAt, authentications: authentications, at: now)
        if let device { changes.attributes = [SessionKey<SessionDevice>.device.name: device] }
        var result = try await commit(changes, to: record.id, at: now)
        if case .tooLarge = result {
            // What a visitor has filled their session with keeps no user from signing in.
            changes.attributes = [:]
            result = try await commit(changes, to: record.id, at: now)
        }
        if case .committed(let current) = result {
            state.withLock { $0.issue(current, SessionToken(id: current.id, secret: secret), digest) }
        }
        return result
    }
}
