// What operators, and users on their own account page, do with sessions that are not the request's.
extension SessionManager {
    /// Returns one session of the realm, live or ended; `nil` where there is none, or no longer.
    ///
    /// An ended session is kept for the explanation window: ``SessionInfo/end`` says why it ended.
    public func find(_ id: SessionID) async throws(SessionError) -> SessionInfo? {
        try await record(id).map { SessionInfo($0) }
    }

    /// Returns every live session of a principal, the newest first.
    ///
    /// - Parameters:
    ///   - principal: whose sessions are listed
    ///   - includesEnded: whether those are listed too that ended within the explanation window;
    ///     ``SessionInfo/end(at:)`` tells them, and they have no attributes
    public func list(
        of principal: Principal, includingEnded includesEnded: Bool = false
    ) async throws(SessionError) -> [SessionInfo] {
        let now = clock.now
        return try await records(of: principal, at: now, includingEnded: includesEnded)
            .filter { now < $0.forgettableAt }.map { SessionInfo($0) }.newestFirst
    }

    /// Returns a page of the realm's live sessions.
    ///
    /// Following ``SessionInfoPage/next`` to the end visits every session that was live all along at least once. The order of
    /// the pages is the store's own; each page has its newest session first.
    /// - Parameters:
    ///   - limit: 1 to 1,000 sessions a page
    ///   - cursor: the `next` of the page before
    public func list(limit: Int = 100, after cursor: String? = nil) async throws(SessionError) -> SessionInfoPage {
        let query = SessionQuery(.realm(realm), limit: limit, after: cursor)
        let page = try await calls.list(query, at: clock.now, for: nil)
        await setAside(page)
        return SessionInfoPage(sessions: page.records.map { SessionInfo($0) }.newestFirst, next: page.next)
    }

    /// Ends a session by its ID, whatever runs at the same time.
    ///
    /// Only for operators: an ID that comes from a user's form belongs into ``end(_:of:reason:)``.
    /// - Returns: `false` if the realm has no such session or it was over already, for requests on their way too
    @discardableResult
    public func end(_ id: SessionID, reason: SessionEnd.Reason = .endedByOperator) async throws(SessionError) -> Bool {
        guard try await record(id) != nil else { return false }
        return try await end(id, reason: reason, ofGeneration: nil)
    }

    /// Ends a session if it is the principal's, whatever runs at the same time: for a page that lists a user's own sessions.
    ///
    /// - Returns: `false` if the principal has no such session or it was over already, for requests on their way too
    @discardableResult
    public func end(
        _ id: SessionID, of principal: Principal, reason: SessionEnd.Reason = .endedByUser
    ) async throws(SessionError) -> Bool {
        // Fenced by the generation, in which the principal can't change. One that steps up meanwhile is looked at again.
        for _ in 0..<Self.maximumAttempts {
            guard let record = try await record(id), record.principal == principal else { return false }
            switch try await commitEnd(reason, to: id, ofGeneration: record.generation) {
            case .committed(let tombstone):
                report(.ended(reason), tombstone)
                return true
            case .superseded, .conflict:
                continue
            case .ended, .missing, .tooLarge:
                return false
            }
        }
        throw SessionError(
            .contention, "the privileges of session \(id) changed \(Self.maximumAttempts) times while it was to end")
    }

    /// Ends every session of a principal that was authenticated up to now, also those that are signing in meanwhile.
    ///
    /// - Parameters:
    ///   - principal: whose sessions end
    ///   - kept: a session that goes on, such as the one that asks
    ///   - reason: what the holders of the sessions' tokens are told
    /// - Returns: how many this call ended that were in use by this server's clock
    @discardableResult
    public func endAll(
        of principal: Principal, except kept: SessionID? = nil, reason: SessionEnd.Reason = .endedByOperator
    ) async throws(SessionError) -> Int {
        let now = clock.now
        let owner = owner(principal)
        // Before it is raised: what is authenticated from now on may stand. One millisecond more, so that what was
        // authenticated in this very one is over too.
        let raised = (try await calls.time(of: owner, for: nil) ?? now) + .milliseconds(1)
        _ = try await calls.watermark(of: owner, raisedTo: raised, for: nil)
        var count = 0
        let tolerance = policy.clockSkew
        let moment = earliestMoment(at: now, behind: tolerance)
        var ending = try await records(of: principal, at: moment).filter { $0.id != kept }
        var seen = Set(ending.map(\.id)), over: Set<Timestamp?> = []
        while !ending.isEmpty {
            for record in ending {
                let hasEnded = try await end(record.id, reason: reason, ofGeneration: nil, behind: tolerance)
                if hasEnded, record.end(at: now) == nil { count += 1 }
                over.insert(record.authenticatedAt)
            }
            // Until it ended, a session could be handed over. What that made is of the same authentication.
            ending = try await records(of: principal, at: moment).filter { record in
                record.id != kept && over.contains(record.authenticatedAt) && seen.insert(record.id).inserted
            }
        }
        return count
    }

    /// Ends every session of the realm that was made up to now, visitors' too, and what is handed over from one meanwhile.
    ///
    /// For a leak, or a change after which nothing that is stored may go on. It ends one session after the other, however many
    /// there are. A sign-in that is under way meanwhile may stand; ``endAll(of:except:reason:)`` tells which came first.
    /// - Parameter reason: what the holders of the sessions' tokens are told
    /// - Returns: how many this call ended that were in use by this server's clock
    @discardableResult
    public func endAll(reason: SessionEnd.Reason = .endedByOperator) async throws(SessionError) -> Int {
        let now = clock.now
        let tolerance = policy.clockSkew
        // By clocks that are ahead.
        let latest = now + tolerance
        var count = 0
        var isOver = false
        while !isOver {
            isOver = true
            var cursor: String?
            repeat {
                let query = SessionQuery(.realm(realm), limit: 1000, after: cursor)
                let page = try await calls.list(query, at: earliestMoment(at: now, behind: tolerance), for: nil)
                await setAside(page)
                for record in page.records
                where record.createdAt <= latest || record.authenticatedAt.map({ $0 <= latest }) ?? false {
                    guard try await end(record.id, reason: reason, ofGeneration: nil, behind: tolerance) else {
                        continue
                    }
                    // Until it ended, it could be handed over.
                    isOver = false
                    if record.end(at: now) == nil { count += 1 }
                }
                cursor = page.next
            } while cursor != nil
        }
        return count
    }

    /// Proves that the store can write and read a session now, and leaves nothing behind.
    ///
    /// For the address that a load balancer or an orchestrator asks. It costs as much as a commit, so don't offer it to
    /// everybody.
    /// - Throws: what a request would get that writes now, such as ``SessionError/Code/unavailable`` while the disk is
    ///   full
    public func checkHealth() async throws(SessionError) { try await calls.checkHealth() }

    private static let maximumAttempts = 100

    /// The realm's record of that ID, also of a session that is over.
    private func record(_ id: SessionID) async throws(SessionError) -> SessionRecord? {
        let record = try await load(id, at: clock.now)
        return record?.realm == realm ? record : nil
    }

    /// - Parameter moment: what had expired by then is left out
    func records(
        of principal: Principal, at moment: Timestamp, includingEnded includesEnded: Bool = false
    ) async throws(SessionError) -> [SessionRecord] {
        var records: [SessionID: SessionRecord] = [:]
        var cursor: String?
        repeat {
            let query = SessionQuery(
                .owner(owner(principal)), limit: 1000, after: cursor, includesEnded: includesEnded)
            let page = try await calls.list(query, at: moment, for: nil)
            await setAside(page)
            for record in page.records { records[record.id] = record }
            cursor = page.next
        } while cursor != nil
        return Array(records.values)
    }

    /// The earliest moment by which a session may still be in use: in a request on its way, and by a clock that is behind.
    private func earliestMoment(at now: Timestamp, behind tolerance: Duration) -> Timestamp {
        now - tolerance - policy.lateness
    }

    /// Commits an end that reaches also what a request on its way may still use.
    ///
    /// - Parameters:
    ///   - moment: when the last use may have been at the latest
    ///   - tolerance: how far the clock by which the session is judged may be behind
    private func commitEnd(
        _ reason: SessionEnd.Reason, to id: SessionID, ofGeneration generation: UInt64?,
        unusedSince moment: Timestamp? = nil, behind tolerance: Duration = .zero
    ) async throws(SessionError) -> CommitResult {
        let now = clock.now
        var changes = SessionChanges(expectedGeneration: generation)
        changes.unusedSince = moment
        changes.end = SessionEnd(reason: reason, at: now)
        changes.idleAsOf = earliestMoment(at: now, behind: tolerance)
        return try await calls.commit(changes, to: id, at: now - tolerance, for: nil)
    }

    private func end(
        _ id: SessionID, reason: SessionEnd.Reason, ofGeneration generation: UInt64?, behind tolerance: Duration = .zero
    ) async throws(SessionError) -> Bool {
        let result = try await commitEnd(reason, to: id, ofGeneration: generation, behind: tolerance)
        guard case .committed(let record) = result else { return false }
        report(.ended(reason), record)
        return true
    }

    /// Ends sessions of a principal until no more than the limit are left.
    ///
    /// The latest sign-in stays, and of the others those that were used last. Uses within a touch interval before the latest
    /// one can't be told apart, since few of them are written: of such sessions those stay that signed in first. What was
    /// used or stepped up meanwhile is no longer what was decided on, so the sessions are listed anew; a few times, so that no
    /// client stays by using its session without a pause.
    ///
    /// - Returns: the IDs of those that are over
    func enforceLimit(on principal: Principal) async throws(SessionError) -> Set<SessionID> {
        guard let maximum = configuration.maximumSessionsPerPrincipal else { return [] }
        var ended: Set<SessionID> = []
        for attempt in 0..<Self.maximumAttempts {
            let respectsUse = maximum > 1 && attempt < 3
            var live = try await records(of: principal, at: clock.now)
            guard live.count > maximum, let latestUse = live.lazy.map(\.lastUsedAt).max() else { return ended }
            live.sort { left, right in
                let (leftUse, rightUse) = (left.knownUse(before: latestUse), right.knownUse(before: latestUse))
                return leftUse == rightUse ? left.signIn > right.signIn : leftUse < rightUse
            }
            if let latest = live.indices.max(by: { live[$0].signIn < live[$1].signIn }) {
                live.append(live.remove(at: latest))
            }
            var isDecided = true
            for record in live.dropLast(maximum) where isDecided {
                let result = try await commitEnd(
                    .limit, to: record.id, ofGeneration: record.generation,
                    unusedSince: respectsUse ? record.lastUsedAt : nil)
                switch result {
                case .committed(let tombstone):
                    report(.ended(.limit), tombstone)
                    ended.insert(record.id)
                case .superseded, .conflict: isDecided = false
                case .ended, .missing, .tooLarge: break
                }
            }
            if isDecided { return ended }
        }
        throw SessionError(
            .contention,
            "users stepped up \(Self.maximumAttempts) times in the sessions that were to end, being over the limit"
        )
    }
}

extension SessionRecord {
    /// The last use as far as it is known: one within a touch interval before `latest` counts as the earliest such moment.
    fileprivate func knownUse(before latest: Timestamp) -> Timestamp {
        min(lastUsedAt, latest - lifetime.touchInterval)
    }

    var signIn: (Timestamp, Timestamp, SessionID) { (authenticatedAt ?? createdAt, createdAt, id) }
}

extension [SessionInfo] {
    var newestFirst: Self {
        sorted { ($0.createdAt, $0.id) > ($1.createdAt, $1.id) }
    }
}
