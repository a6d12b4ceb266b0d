import Synchronization

/// One sign-in of one request, from the session that is there to one that may stand.
struct SignIn {
    let handle: SessionHandle
    let principal: Principal
    /// When the credentials were checked.
    let checkedAt: Timestamp
    let authentications: [Authentication]
    let timeouts: SessionTimeouts
    /// What the session keeps of its device; `nil` where the application doesn't say.
    var device: SessionChanges.Edit?

    var manager: SessionManager { handle.manager }

    func run() async throws(SessionError) {
        let standing = handle.state.withLock { $0.standing }
        var wasTheirs = false
        var visitors = SessionAttributes()
        switch standing {
        case .over(let explanation):
            throw .over(explanation.end)
        case .unreachable(let error), .abandoned(let error):
            throw error
        case .unread, .nobody:
            try await requireRoom()
            try await create(.init())
        case .superseded(let record, let family):
            try await requireRoom()
            try await createWithRest(of: record.id, by: family)
        case .live(let live) where live.record.principal != nil && live.record.principal != principal:
            try await requireRoom()
            // Another user at the same browser: nothing of the one before is theirs.
            guard try await handle.endRecord(live.record, reason: .signedOut, at: manager.clock.now) != nil else {
                throw .supersededToken
            }
            try await startOver()
        case .live(let live):
            if live.record.principal == nil { try await requireRoom() }
            try await change(live.record)
            // One that had to be made anew is in no list of an "end all" that came before.
            let kept = handle.state.withLock { $0.record.flatMap { $0.id == live.record.id ? $0 : nil } }
            wasTheirs = kept != nil && live.record.principal != nil
            if let kept, !wasTheirs { visitors = kept.attributes.withoutDevice }
        }
        handle.state.withLock { $0.dropVisitor() }
        try await confirm(wasTheirs: wasTheirs, visitors: visitors)
    }

    private func change(_ record: SessionRecord) async throws(SessionError) {
        let lifetime = manager.policy.lifetime(timeouts, from: manager.clock.now, for: record.carrier)
        let result = try await handle.changePrivileges(
            of: record, to: principal, checkedAt, authentications, lifetime: lifetime, device: device)
        switch result {
        case .committed(let record):
            manager.report(.signedIn, record, handle: handle)
        case .superseded where record.principal == nil:
            try await createWithRest(of: record.id, by: record.familyDigest)
        case .ended, .missing:
            try await startOver()
        case .superseded, .conflict, .tooLarge:
            try handle.accept(result)
        }
    }

    /// Takes along what a session that moved on still has of what this request's token may speak for.
    private func createWithRest(of id: SessionID, by family: SecretDigest) async throws(SessionError) {
        let current = try await manager.load(id, at: manager.clock.now, handle: handle)
        // The time of the answer, not of the question: what has expired in between is over.
        try await create(current?.attributes(leftTo: principal, by: family, at: manager.clock.now) ?? .init())
    }

    private func create(_ attributes: SessionAttributes) async throws(SessionError) {
        var attributes = attributes
        if let device {
            var filled = attributes
            filled.apply(device, to: SessionKey<SessionDevice>.device.name, revision: 1)
            let whole = handle.bound(filled, for: handle.newCarrier)
            if manager.store.limits.excess(of: whole) == nil { attributes = filled }
        }
        let record = try await handle.create(
            attributes, timeouts: timeouts, principal: principal, authenticatedAt: checkedAt,
            authentications: authentications)
        manager.report(.signedIn, record, handle: handle)
    }

    /// Nothing of the session before goes into the new one, nor what this request has written to it.
    private func startOver() async throws(SessionError) {
        handle.state.withLock { $0.startOver() }
        try await create(.init())
    }

    /// Sees whether the sign-in that has been written may stand.
    ///
    /// Where it may not, or where that can't be known, no client gets its token.
    /// - Parameters:
    ///   - wasTheirs: the session was this principal's before, so it is in every list that an "end all" makes
    ///   - visitors: what the session had as a visitor's, who keeps it where the sign-in is refused
    func confirm(wasTheirs: Bool, visitors: SessionAttributes = .init()) async throws(SessionError) {
        var end: SessionEnd?
        var refusal: SessionError?
        do {
            if !wasTheirs { end = try await endByWatermark() }
            if end == nil, manager.configuration.sessionLimitAction == .endLeastRecentlyUsed {
                end = try await endByLimit()
            } else if end == nil, !wasTheirs {
                refusal = try await giveWay()
            }
        } catch {
            handle.state.withLock { $0.abandon(because: error) }
            throw error
        }
        if let refusal {
            await goBack(to: visitors)
            throw refusal
        }
        guard let end else { return }
        handle.state.withLock { $0.abandon(as: end) }
        throw SessionError(
            .ended, "the sign-in came to nothing, because its session was ended (\(end.reason)); sign in again")
    }

    /// "End all" raises the watermark before it lists: a sign-in that it could not see ends itself.
    ///
    /// - Throws: ``SessionError/Code/notYet``, once the session is over, where nothing tells which of the two came first: the
    ///   watermark is still to come by this server's clock, because another one's is ahead or this one was set back, or
    ///   they came within the time that the store takes to tell its own
    private func endByWatermark() async throws(SessionError) -> SessionEnd? {
        let owner = manager.owner(principal)
        guard
            let watermark = try await manager.calls.watermark(of: owner, raisedTo: nil, for: handle.logger)
        else { return nil }
        let moment = try await manager.commonMoment(of: checkedAt, for: owner, logger: handle.logger)
        guard moment.checkedAt < watermark else { return nil }
        // "End all" adds a millisecond to the present one.
        let ahead = watermark - moment.now, isAhead = ahead > .milliseconds(1)
        // From a clock that was set back since.
        if isAhead, ahead > manager.policy.clockSkew { return nil }
        var end = SessionEnd(reason: .endedByUser, at: manager.clock.now)
        if let record = handle.state.withLock({ $0.record }) {
            end = try await handle.endRecord(record, reason: end.reason, at: end.at) ?? end
        }
        if isAhead {
            throw SessionError(
                .notYet,
                "all sessions of this user were ended \(ahead) from now, by a clock that differs; the same sign-in works when "
                    + "that time has come", retryAfter: ahead)
        }
        guard moment.checkedAt + moment.doubt < watermark else {
            throw SessionError(
                .notYet,
                "all sessions of this user were ended at the moment of this sign-in, to \(moment.doubt); the same sign-in "
                    + "works when that has passed", retryAfter: moment.doubt)
        }
        return end
    }

    /// Of many sign-ins at once, or with credentials checked long ago, this one may be the oldest.
    private func endByLimit() async throws(SessionError) -> SessionEnd? {
        let ended = try await manager.enforceLimit(on: principal)
        guard let id = handle.state.withLock({ $0.record?.id }), ended.contains(id) else { return nil }
        return SessionEnd(reason: .limit, at: manager.clock.now)
    }
}

extension SessionRecord {
    /// What a sign-in with a token of `family` may take along: what was not written since that family was superseded.
    ///
    /// Nothing from a session that is over, nothing once another generation has followed, and nothing for another principal:
    /// what was written while a user was signed in is theirs.
    func attributes(leftTo principal: Principal, by family: SecretDigest, at now: Timestamp) -> SessionAttributes {
        guard let superseded, superseded.familyDigest == family, self.principal == principal, end(at: now) == nil
        else { return .init() }
        return SessionAttributes(attributes.filter { $0.revision <= superseded.revision }).written(in: 1)
    }

    /// The timeouts that the session got when it was made or its privileges last changed.
    var timeouts: SessionTimeouts {
        SessionTimeouts(
            idle: lifetime.idleTimeout, absolute: lifetime.absoluteDeadline - (superseded?.at ?? createdAt),
            isPersistent: lifetime.isPersistent)
    }
}
