/// The updates of one session that are under way on this server: one has the turn, and what waits is taken along.
///
/// A line is there while an update has the turn or a draft is being committed. It belongs to ``UpdateLines``, is used under
/// the lock there, and returns what is to be done once that is given back.
final class UpdateLine {
    /// An update that waits: for its turn, or for the commit of what it has decided.
    struct Waiter {
        let place: UpdateLines.Place
        let continuation: CheckedContinuation<Wake, Never>
    }

    /// What ends an update's waiting.
    enum Wake: Sendable {
        /// The update decides on this draft.
        case turn(UpdateDraft)
        /// The store has answered to the commit that the update was part of.
        case outcome(CommitResult)
        case failed(SessionError)
    }

    enum Action {
        case wake(Waiter, Wake)
        case commit(UpdateDraft)
    }

    private(set) var draft: UpdateDraft
    /// Those whose decisions are in the draft.
    private var members: [Waiter] = []
    /// Those that wait for their turn, the longest waiting first.
    private var waiting: [Waiter] = []
    /// How many commits are to be made of one update each, because the session had no room for several.
    private var alone = 0
    /// Whether no update has the turn and nothing is being committed.
    private(set) var isOver = false

    init(_ record: SessionRecord) {
        draft = UpdateDraft(on: record)
    }

    var waitingCount: Int { waiting.count }

    /// Adds what the update that has the turn has decided, if it fits beside what others have.
    func add(_ edits: AttributeMap<SessionChanges.Edit>, limits: SessionLimits) -> Bool {
        draft.add(edits, limits: limits)
    }

    /// Whether the draft is of one update, and goes out without any other.
    var isAlone: Bool { draft.count == 1 && (waiting.isEmpty || alone > 0) }

    func wait(_ waiter: Waiter) { waiting.append(waiter) }

    /// Has the update that had the turn, and has added to the draft, wait for the outcome.
    func join(_ waiter: Waiter) -> [Action] {
        members.append(waiter)
        return giveTurn()
    }

    /// Commits what others have decided, after which `waiter` has the turn again.
    func flush(for waiter: Waiter) -> [Action] {
        waiting.insert(waiter, at: 0)
        return [.commit(draft)]
    }

    /// Gives the turn to the next update, or has the draft committed where no other goes into it.
    func giveTurn() -> [Action] {
        if !draft.isEmpty, waiting.isEmpty || alone > 0 || draft.count >= UpdateLines.maximumTogether {
            return [.commit(draft)]
        }
        guard !waiting.isEmpty else {
            isOver = true
            return []
        }
        let next = waiting.removeFirst()
        if draft.isEmpty, next.place.record.revision > draft.base.revision {
            draft = UpdateDraft(on: next.place.record)
        }
        return [.wake(next, .turn(draft))]
    }

    /// Takes the outcome of the draft's commit.
    ///
    /// - Parameters:
    ///   - failsAll: whether a failure is also that of those that wait for their turn
    ///   - keepsTurn: whether the one update that has made the commit goes on with it where it has to decide again
    /// - Returns: whether those of the commit have to decide again
    func settle(
        _ result: Result<CommitResult, SessionError>, failsAll: Bool, keepsTurn: Bool
    ) -> (isAgain: Bool, actions: [Action]) {
        var base = draft.base
        var isAgain = false
        if alone > 0 { alone -= 1 }
        switch result {
        case .success(.committed(let record)):
            base = record
        case .success(.conflict(let record)):
            base = record
            isAgain = true
        case .success(.tooLarge) where draft.count > 1:
            // Which of them fit shows when each is judged by itself.
            alone = draft.count
            isAgain = true
        case .success, .failure:
            break
        }
        draft = UpdateDraft(on: base)
        var woken: [(Waiter, Wake)] = []
        switch result {
        case _ where isAgain:
            waiting = members + waiting
        case .success(let outcome):
            woken = members.map { ($0, .outcome(outcome)) }
        case .failure(let error):
            if failsAll {
                members += waiting
                waiting = []
            }
            woken = members.map { ($0, .failed(error)) }
        }
        members = []
        let next = isAgain && keepsTurn ? [] : giveTurn()
        return (isAgain, woken.map { .wake($0, $1) } + next)
    }

    /// Takes an update out that waits; what it has decided stays in the draft.
    ///
    /// - Returns: whether that may be written, and the waiter
    func remove(_ place: UpdateLines.Place) -> (isMember: Bool, waiter: Waiter)? {
        if let index = waiting.firstIndex(where: { $0.place === place }) { return (false, waiting.remove(at: index)) }
        if let index = members.firstIndex(where: { $0.place === place }) { return (true, members.remove(at: index)) }
        return nil
    }
}
