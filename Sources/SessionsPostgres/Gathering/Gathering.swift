#if Postgres
    import Sessions
    import Synchronization

    /// Calls that share a round trip: those that come while others are under way wait for a moment, and go together.
    ///
    /// A call that finds a free place goes at once, by itself. Once calls have come together, those that are ready to run
    /// are let in before the next ones go. A call that waits for longer than the patience goes beyond all places, so that a
    /// server's process that doesn't answer holds up the calls alone that it has been given.
    final class Gathering<Call: Sendable, Answer: Sendable>: Sendable {
        typealias Outcome = Result<Answer, SessionError>

        private struct Waiting {
            let call: Call
            let continuation: UnsafeContinuation<Outcome, Never>
        }

        private struct State {
            var waiting: [Waiting] = []
            /// How many go, alone or together, or are about to.
            var underWay = 0
            /// Whether a task is about to take what waits.
            var isStarting = false
            /// Whether the last calls that waited were several.
            var comeTogether = false
            /// How often calls that waited were taken.
            var turns = 0
            var isWatched = false
        }

        private let state = Mutex(State())
        private let manner: GatheringManner
        private let perform: @Sendable ([Call]) async -> [Outcome]

        /// - Parameter perform: runs calls together and returns their outcomes in the same order
        init(
            _ manner: GatheringManner = .init(), perform: @escaping @Sendable ([Call]) async -> [Outcome]
        ) {
            self.manner = manner
            self.perform = perform
        }

        /// How many calls wait.
        var waitingCount: Int { state.withLock { $0.waiting.count } }

        /// Runs a call, by itself where it need not wait.
        ///
        /// - Parameter alone: runs the call by itself
        func run(
            _ call: Call, alone: () async throws(SessionError) -> Answer
        ) async throws(SessionError) -> Answer {
            let goesAlone = state.withLock { state in
                guard manner.goesAlone, state.underWay < manner.places, state.waiting.isEmpty, !state.comeTogether
                else { return false }
                state.underWay += 1
                return true
            }
            guard goesAlone else {
                return try await withUnsafeContinuation { wait(Waiting(call: call, continuation: $0)) }.get()
            }
            defer { leave() }
            return try await alone()
        }

        private func wait(_ waiting: Waiting) {
            let (starts, watches) = state.withLock { state in
                state.waiting.append(waiting)
                let starts = takesPlace(&state)
                // Others may have a task about to take them, but perhaps not all of them.
                let watches = !starts && !state.isWatched
                if watches { state.isWatched = true }
                return (starts, watches)
            }
            // Tasks of their own, which no cancellation of one caller reaches.
            if starts { Task { await work() } }
            if watches { Task { await watch() } }
        }

        /// Gives the place of a call that went alone to those that wait.
        private func leave() {
            let starts = state.withLock { state in
                state.underWay -= 1
                return takesPlace(&state)
            }
            if starts { Task { await work() } }
        }

        /// Whether a task must be made to take what waits; it then has its place already.
        private func takesPlace(_ state: inout State) -> Bool {
            guard !state.waiting.isEmpty, !state.isStarting, state.underWay < manner.places else { return false }
            state.underWay += 1
            state.isStarting = true
            return true
        }

        /// Runs what waits, until nothing does.
        private func work() async {
            var isFirst = true
            while let (calls, starts) = take(isFirst: isFirst) {
                isFirst = false
                if starts { Task { await work() } }
                let outcomes = await perform(calls.map(\.call))
                for (waiting, outcome) in zip(calls, outcomes) { waiting.continuation.resume(returning: outcome) }
                // Callers that were answered may have more to ask.
                await Task.yield()
            }
        }

        /// Takes calls that wait; `nil` where there are none, which gives the place back.
        private func take(isFirst: Bool) -> (calls: [Waiting], starts: Bool)? {
            state.withLock { state in
                if isFirst { state.isStarting = false }
                guard !state.waiting.isEmpty, state.underWay <= manner.places || isFirst else {
                    state.underWay -= 1
                    return nil
                }
                let free = max(manner.places - state.underWay, 0) + 1
                let calls = Array(state.waiting.prefix(manner.share(of: state.waiting.count, amongFree: free)))
                state.waiting.removeFirst(calls.count)
                state.comeTogether = calls.count > 1
                state.turns += 1
                return (calls, takesPlace(&state))
            }
        }

        /// Lets calls go that have waited for too long, until none waits.
        private func watch() async {
            var turns = state.withLock { $0.turns }
            while true {
                try? await Task.sleep(for: manner.patience)
                let (isOver, starts) = state.withLock { state in
                    if state.waiting.isEmpty {
                        state.isWatched = false
                        return (true, false)
                    }
                    defer { turns = state.turns }
                    guard turns == state.turns, !state.isStarting else { return (false, false) }
                    state.underWay += 1
                    state.isStarting = true
                    return (false, true)
                }
                if isOver { return }
                if starts { Task { await work() } }
            }
        }
    }
#endif
