import Synchronization

/// Has the updates of one session on this server wait for each other, and commits together what has waited.
///
/// Without it they would be as correct, by the fences of each commit, but lose to each other: of 64 that come at once, 63
/// would begin again.
///
/// The update that has the turn decides on what those before it have decided, in its own task, and hands the turn on. The
/// last one has all of it committed; until the store has answered, others gather for the next commit. What was decided on a
/// draft that came to nothing is decided again.
final class UpdateLines: Sendable {
    /// Updates of one session that may wait for their turn.
    static let maximumWaiting = 1000
    /// Updates in one commit: bounds what a commit of unknown outcome takes down.
    static let maximumTogether = 64
    /// A commit that fails after this time is also the failure of those that wait for their turn, so that in an outage no
    /// update waits for one commit after the other.
    static let patience: Duration = .seconds(1)

    /// One update on its way through the line of its session.
    final class Place: Sendable {
        /// The session as the update's request knows it.
        let record: SessionRecord
        fileprivate var key: Key { Key(id: record.id, generation: record.generation) }

        init(_ record: SessionRecord) {
            self.record = record
        }
    }

    /// A session, and the generation by which its writes are fenced.
    fileprivate struct Key: Hashable {
        let id: SessionID
        let generation: UInt64
    }

    enum Step: Sendable {
        /// The update has to decide again, on this draft.
        case decide(UpdateDraft)
        /// The store has answered.
        case answer(CommitResult)
    }

    typealias Commit = @Sendable (UpdateDraft) async throws(SessionError) -> CommitResult

    private let lines = Mutex<[Key: UpdateLine]>([:])
    private let executor: (any TaskExecutor)?
    private let uptime: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - executor: runs the commits of several updates
    ///   - uptime: measures how long a commit takes
    init(
        executor: (any TaskExecutor)? = nil,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.executor = executor
        self.uptime = uptime
    }

    /// The sessions with updates under way.
    var count: Int { lines.withLock { $0.count } }

    /// The updates of a session that wait for their turn.
    func waiting(for record: SessionRecord) -> Int {
        lines.withLock { $0[Place(record).key]?.waitingCount ?? 0 }
    }

    /// Waits for an update's turn, which it then has until ``leave(_:_:)``, ``flush(_:_:)`` or ``write(_:at:limits:_:)``.
    ///
    /// - Returns: what to decide on
    /// - Throws: ``SessionError/Code/contention`` where too many wait, or why there is no turn
    func begin(_ place: Place) async throws(SessionError) -> UpdateDraft {
        if let draft = lines.withLock({ Self.beginNow(place, &$0) }) { return draft }
        let wake = await wait(place, nil) { lines, waiter in
            if let draft = Self.beginNow(place, &lines) { return [.wake(waiter, .turn(draft))] }
            if Task.isCancelled { return [.wake(waiter, .failed(Self.cancelled(isDecided: false)))] }
            let line = Self.line(of: place, lines)
            guard line.waitingCount < Self.maximumWaiting else { return [.wake(waiter, .failed(Self.tooMany))] }
            line.wait(waiter)
            return []
        }
        return try turn(wake)
    }

    /// Ends an update that has the turn and writes nothing.
    func leave(_ place: Place, _ commit: @escaping Commit) {
        perform(lines.withLock { lines in Self.inLine(place, &lines) { $0.giveTurn() } }, place.key, commit)
    }

    /// Has what others have decided committed, because the update that has the turn doesn't fit beside it or would not
    /// write, and what it saw may not come to be.
    func flush(_ place: Place, _ commit: @escaping Commit) async throws(SessionError) -> UpdateDraft {
        let wake = await wait(place, commit) { lines, waiter in
            Self.inLine(place, &lines) { line in
                if Task.isCancelled {
                    return [.wake(waiter, .failed(Self.cancelled(isDecided: false)))] + line.giveTurn()
                }
                return line.flush(for: waiter)
            }
        }
        return try turn(wake)
    }

    /// Has what the update that has the turn has decided committed, with what others decide until then.
    func write(
        _ edits: AttributeMap<SessionChanges.Edit>, at place: Place, limits: SessionLimits, _ commit: @escaping Commit
    ) async throws(SessionError) -> Step {
        let (isAdded, own) = lines.withLock { lines -> (Bool, UpdateDraft?) in
            let line = Self.line(of: place, lines)
            guard line.add(edits, limits: limits) else { return (false, nil) }
            return (true, line.isAlone ? line.draft : nil)
        }
        if let own { return try await writeAlone(own, place, commit) }
        guard isAdded else { return .decide(try await flush(place, commit)) }
        let wake = await wait(place, commit) { lines, waiter in
            Self.inLine(place, &lines) { line in
                if Task.isCancelled {
                    return [.wake(waiter, .failed(Self.cancelled(isDecided: true)))] + line.giveTurn()
                }
                return line.join(waiter)
            }
        }
        switch wake {
        case .turn(let draft): return .decide(draft)
        case .outcome(let result): return .answer(result)
        case .failed(let error): throw error
        }
    }

    /// The way of an update without rivals: the commit is its caller's own, as far as its cancellation goes.
    private func writeAlone(
        _ draft: UpdateDraft, _ place: Place, _ commit: @escaping Commit
    ) async throws(SessionError) -> Step {
        let (result, isSlow) = await outcome(of: draft, commit)
        let failsAll = isSlow && !Task.isCancelled
        if let draft = settle(result, failsAll: failsAll, keepsTurn: true, place.key, commit) {
            return .decide(draft)
        }
        return .answer(try result.get())
    }

    private func turn(_ wake: UpdateLine.Wake) throws(SessionError) -> UpdateDraft {
        switch wake {
        case .turn(let draft): return draft
        case .failed(let error): throw error
        case .outcome: preconditionFailure("an outcome goes to those that have decided")
        }
    }

    private static let tooMany = SessionError(
        .contention,
        "\(maximumWaiting) updates of this session wait on this server already; send it again when they are done")

    private static func cancelled(isDecided: Bool) -> SessionError {
        SessionError(
            .unavailable,
            "cancelled while waiting for other updates of the session; "
                + (isDecided ? "it may have been written" : "nothing was written"))
    }
}

// MARK: - Under the lock

extension UpdateLines {
    private static func beginNow(_ place: Place, _ lines: inout [Key: UpdateLine]) -> UpdateDraft? {
        guard lines[place.key] == nil else { return nil }
        let line = UpdateLine(place.record)
        lines[place.key] = line
        return line.draft
    }

    private static func line(of place: Place, _ lines: [Key: UpdateLine]) -> UpdateLine {
        guard let line = lines[place.key] else { preconditionFailure("an update has the turn, and there is no line") }
        return line
    }

    private static func inLine(
        _ place: Place, _ lines: inout [Key: UpdateLine], _ work: (UpdateLine) -> [UpdateLine.Action]
    ) -> [UpdateLine.Action] {
        let line = line(of: place, lines)
        let actions = work(line)
        if line.isOver { lines[place.key] = nil }
        return actions
    }
}

// MARK: - Outside of the lock

extension UpdateLines {
    /// - Parameter join: puts the waiter into its line, under the lock
    private func wait(
        _ place: Place, _ commit: Commit?,
        _ join: (inout [Key: UpdateLine], UpdateLine.Waiter) -> [UpdateLine.Action]
    ) async -> UpdateLine.Wake {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = UpdateLine.Waiter(place: place, continuation: continuation)
                perform(lines.withLock { join(&$0, waiter) }, place.key, commit)
            }
        } onCancel: {
            // Before it waits it sees for itself that it was cancelled.
            guard let found = lines.withLock({ $0[place.key]?.remove(place) }) else { return }
            found.waiter.continuation.resume(returning: .failed(Self.cancelled(isDecided: found.isMember)))
        }
    }

    private func perform(_ actions: [UpdateLine.Action], _ key: Key, _ commit: Commit?) {
        for action in actions {
            switch (action, commit) {
            case (.wake(let waiter, let wake), _): waiter.continuation.resume(returning: wake)
            case (.commit(let draft), let commit?): start(draft, key, commit)
            case (.commit, nil): preconditionFailure("an update that hasn't had its turn has nothing to commit")
            }
        }
    }

    /// Commits in a task of its own: the cancellation of one caller must not fail the others.
    private func start(_ draft: UpdateDraft, _ key: Key, _ commit: @escaping Commit) {
        Task(executorPreference: executor) { [self] in
            let (result, isSlow) = await outcome(of: draft, commit)
            _ = settle(result, failsAll: isSlow, keepsTurn: false, key, commit)
        }
    }

    private func outcome(
        of draft: UpdateDraft, _ commit: Commit
    ) async -> (result: Result<CommitResult, SessionError>, isSlow: Bool) {
        let begun = uptime()
        do {
            return (.success(try await commit(draft)), false)
        } catch {
            return (.failure(error), uptime() - begun >= Self.patience)
        }
    }

    /// - Returns: what the caller has to decide on again, where it keeps the turn
    private func settle(
        _ result: Result<CommitResult, SessionError>, failsAll: Bool, keepsTurn: Bool, _ key: Key,
        _ commit: @escaping Commit
    ) -> UpdateDraft? {
        let (again, actions) = lines.withLock { lines -> (UpdateDraft?, [UpdateLine.Action]) in
            guard let line = lines[key] else { preconditionFailure("a draft is committed, and there is no line") }
            let (isAgain, actions) = line.settle(result, failsAll: failsAll, keepsTurn: keepsTurn)
            if line.isOver { lines[key] = nil }
            return (isAgain && keepsTurn ? line.draft : nil, actions)
        }
        perform(actions, key, commit)
        return again
    }
}
