public import HTTPTypes
import Logging
import Synchronization

extension SessionHandle {
    /// Writes what the request has buffered and returns what its response must carry, before its head leaves.
    ///
    /// Afterwards the session is sealed: late `set`s throw, `update` works on a session that exists, `end` always works.
    /// - Parameter status: of the response that the handler made; a 5xx discards what was buffered
    public func finish(status: HTTPResponse.Status) async -> SessionReply {
        await finish(.response(status))
    }

    /// Like ``finish(status:)``, for adapters, whose handlers also throw.
    ///
    /// Failures inside the server are logged here, to the request's logger.
    /// - Parameters:
    ///   - result: what the handler came to
    ///   - location: the `Location` of the handler's response; it is asked for where the manager looks at URLs
    public func finish(
        _ result: HandlerResult, location: @autoclosure () -> String? = nil
    ) async -> SessionReply {
        let discards = result.status.kind == .serverError
        if let sealed = sealNow(discards: discards) {
            let reply = reply(sealed, refusal: nil, to: result)
            return manager.urls == nil ? reply : await carryURLs(reply, of: result, to: location())
        }
        if !tryTakeTurn() { await takeTurn() }
        defer { yieldTurn() }
        var refusal: SessionError?
        do {
            try await write(discards: discards)
        } catch {
            refusal = error
            manager.report(
                .writeRefused(error.code), state.withLock { $0.record }, error: error, handle: self)
        }
        let sealed = state.withLock { seal(&$0, refusal: refusal, at: manager.clock.now) }
        let reply = reply(sealed, refusal: refusal, to: result)
        return manager.urls == nil ? reply : await carryURLs(reply, of: result, to: location())
    }

    /// Closes the state where nothing has to be written or looked at: the session wasn't used, or was only read.
    private func sealNow(discards: Bool) -> Reply? {
        state.withLock { state in
            if state.needsReading { return seal(&state, refusal: nil, at: arrivedAt) }
            guard state.turns.isFree else { return nil }
            let now = manager.clock.now
            let planner = CommitPlanner(policy: manager.policy, arrivedAt: arrivedAt, now: now)
            guard case .nothing = planner.plan(state, edits: discards ? [:] : state.edits),
                state.recordBehindSuccessor == nil
            else { return nil }
            return seal(&state, refusal: nil, at: now)
        }
    }

    private func seal(_ state: inout RequestState, refusal: SessionError?, at now: Timestamp) -> Reply {
        var reply = state.seal(refusal: refusal, at: now, arrivedAt: arrivedAt, under: manager.policy)
        // What another site's request left out is the visitor's still.
        if !reply.deletions.isEmpty, request.isUnsafeFromAnotherSite {
            reply.deletions.formIntersection(state.presented)
        }
        return reply
    }

    private func reply(_ reply: Reply, refusal: SessionError?, to result: HandlerResult) -> SessionReply {
        if case .response = result, refusal == nil {
            return SessionReply(answer: .pass, error: nil, reply: reply, manager: manager)
        }
        var reply = reply
        var answer = SessionReply.Answer.pass
        var failure = refusal
        if case .failure(let error, let status) = result {
            // What an error says is for the one request that met it.
            if reply.isForStrangers { (reply.isForStrangers, reply.isPersonal) = (false, true) }
            failure = failure ?? error as? SessionError
            if failure != nil || !reply.isEmpty || pathWithoutTokens != nil {
                answer = .respond
                // An error that is thrown on is logged by the framework; this one it never sees.
                if status == nil, !(error is SessionError) {
                    logger?.error("A handler failed", metadata: ["error.message": "\(error)"])
                }
            }
        }
        if let failure {
            answer = .replace(failure)
            if failure.code.status.kind == .serverError {
                // Visitors are told that it failed, and operators why.
                logger?.error("The session failed", metadata: ["error": "\(failure)"])
            }
        }
        return SessionReply(answer: answer, error: refusal, reply: reply, manager: manager)
    }

    private func write(discards: Bool) async throws(SessionError) {
        let (plan, edits, now) = state.withLock { state in
            let buffered = state.beginFinish()
            let edits: AttributeMap<SessionChanges.Edit> = discards ? [:] : buffered
            let now = manager.clock.now
            let planner = CommitPlanner(policy: manager.policy, arrivedAt: arrivedAt, now: now)
            return (planner.plan(state, edits: edits), edits, now)
        }
        switch plan {
        case .nothing:
            await lookAgainForSuccessor()
        case .refuse(let error):
            throw error
        case .create(let attributes):
            try await create(attributes)
        case .commit(let live, let due):
            if try await !flush(edits, into: live.record, due: due, at: now) { await lookAgainForSuccessor() }
        }
    }

    private func lookAgainForSuccessor() async {
        guard let known = state.withLock({ $0.recordBehindSuccessor }) else { return }
        let now = manager.clock.now
        // Where the store fails, the successor can wait for the next request.
        let current = try? await manager.load(known.id, at: now, handle: self)
        state.withLock { $0.lookAgain(current, at: now) }
    }

    /// One commit of buffered writes together with the upkeep of the secret.
    ///
    /// - Returns: whether it was made
    private func flush(
        _ edits: AttributeMap<SessionChanges.Edit>, into record: SessionRecord, due: SecretMoveDue?, at now: Timestamp
    ) async throws(SessionError) -> Bool {
        var changes = changes(to: record, at: now)
        changes.attributes = edits
        do {
            switch (due, state.withLock({ $0.secret })) {
            case (.renewal, .presented(let token, _)):
                changes.secretMove = try renewal(of: record, from: token, at: now)
            case (.seen, _): changes.secretMove = .init(expected: record.secretDigest, step: .seen(at: now))
            default: changes.secretMove = manager.policy.forgetting(record, at: now)
            }
            let result = try await commit(changes, to: record.id, at: now)
            try accept(result, renewing: changes.secretMove)
            return true
        } catch {
            // Upkeep alone: nothing of the visitor's is at stake. The next request does it, or there is no need any more
            // because the session moved on or ended. What `update` has done is done, and a 409 would have it sent again.
            guard edits.isEmpty else { throw error }
            return false
        }
    }
}
