#if Postgres
    import Sessions
    import Synchronization

    /// Calls that share a round trip: those that come while others are under way wait for a moment, and go together.
    ///
    /// A call that finds a free place goes at once, by itself. Once calls have come together, those that are ready to run
    /// are let in before the next ones go. A call that is under way for longer than the patience keeps no place, so that a
    /// server's process that doesn't answer delays the others once.
    final class Gathering<Call: GatheredCall, Answer: Sendable>: Sendable {
        typealias Outcome = Result<Answer, SessionError>

        private let state = Mutex(State())
        let manner: GatheringManner
        private let uptime: @Sendable () -> ContinuousClock.Instant
        private let perform: @Sendable ([Call]) async -> [Outcome]

        /// - Parameter perform: runs calls together and returns their outcomes in the same order
        init(
            _ manner: GatheringManner = .init(),
            uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
            perform: @escaping @Sendable ([Call]) async -> [Outcome]
        ) {
            self.manner = manner
            self.uptime = uptime
            self.perform = perform
        }

        /// How many calls wait.
        var waitingCount: Int { state.withLock { $0.waiting.count } }

        /// Runs a call, by itself where it need not wait.
        ///
        /// - Parameter alone: runs the call by itself
        /// - Throws: what the call throws; `SessionError.Code.unavailable` where it isn't sent, since too many wait already
        ///   or its time was over before its turn came
        func run(
            _ call: Call, alone: () async throws(SessionError) -> Answer
        ) async throws(SessionError) -> Answer {
            let now = uptime()
            let place = state.withLock { state -> Int? in
                guard manner.goesAlone, state.waiting.isEmpty, !state.comeTogether else { return nil }
                return state.takePlace(manner, at: now)
            }
            guard let place else {
                return try await withUnsafeContinuation { wait(Waiting(call: call, continuation: $0)) }.get()
            }
            defer { leave(place) }
            return try await alone()
        }

        private func wait(_ waiting: Waiting) {
            let now = uptime()
            let next = state.withLock { state -> Next? in
                guard state.waiting.count < manner.maximumWaiting else { return nil }
                state.waiting.append(waiting)
                return state.next(manner, at: now)
            }
            guard let next else { return waiting.fail(Call.tooMany(manner.maximumWaiting)) }
            start(next)
        }

        /// Gives the place of a call that went alone to those that wait.
        private func leave(_ place: Int) {
            let now = uptime()
            start(
                state.withLock { state in
                    state.leave(place)
                    return state.next(manner, at: now)
                })
        }

        /// Starts tasks of their own, which have nothing of a caller: no cancellation, no priority, no task-local value.
        private func start(_ next: Next) {
            switch next {
            case .nothing: break
            case .worker(let place): Task.detached(priority: .medium) { await self.work(place) }
            case .watch: Task.detached(priority: .medium) { await self.watch() }
            }
        }

        /// Runs what waits, until nothing does.
        ///
        /// - Parameter first: the place that it has
        private func work(_ first: Int) async {
            var place = first
            while true {
                let (turn, next) = take(place, isFirst: place == first)
                start(next)
                guard let turn else { return }
                place = turn.place
                for waiting in turn.late { waiting.fail(Call.late) }
                if !turn.calls.isEmpty {
                    let outcomes = await perform(turn.calls.map(\.call))
                    for (waiting, outcome) in zip(turn.calls, outcomes) {
                        waiting.continuation.resume(returning: outcome)
                    }
                }
                // Callers that were answered may have more to ask.
                await Task.yield()
            }
        }

        /// Takes calls that wait; `nil` where there are none, or no place for them.
        private func take(_ place: Int, isFirst: Bool) -> (turn: Turn?, next: Next) {
            let now = uptime()
            return state.withLock { state in
                if isFirst { state.isStarting = false }
                state.leave(place)
                guard !state.waiting.isEmpty, let place = state.takePlace(manner, at: now) else {
                    return (nil, state.next(manner, at: now))
                }
                let late = state.removeLate(at: now)
                let turn = Turn(place: place, calls: state.removeShare(manner), late: late)
                state.comeTogether = turn.calls.count > 1
                return (turn, state.next(manner, at: now))
            }
        }

        /// Looks after the calls that wait, until none does.
        private func watch() async {
            while true {
                try? await Task.sleep(for: manner.patience)
                let now = uptime()
                let (late, next) = state.withLock { state -> ([Waiting], Next?) in
                    let late = state.removeLate(at: now)
                    state.isWatched = !state.waiting.isEmpty
                    return (late, state.isWatched ? state.next(manner, at: now) : nil)
                }
                for waiting in late { waiting.fail(Call.late) }
                guard let next else { return }
                start(next)
            }
        }
    }

    extension Gathering {
        private struct Waiting {
            let call: Call
            let continuation: UnsafeContinuation<Outcome, Never>

            func fail(_ error: SessionError) { continuation.resume(returning: .failure(error)) }
        }

        /// What one task does next.
        private struct Turn {
            let place: Int
            let calls: [Waiting]
            /// Those whose time is over.
            let late: [Waiting]
        }

        /// The task that has to be started, so that what waits goes.
        private enum Next {
            case nothing
            case worker(place: Int)
            case watch
        }

        private struct State {
            private struct Place {
                let number: Int
                let since: ContinuousClock.Instant
            }

            var waiting: [Waiting] = []
            /// Whether a task is about to take what waits.
            var isStarting = false
            /// Whether the last calls that waited were several.
            var comeTogether = false
            var isWatched = false
            private var places: [Place] = []
            private var lastPlace = 0

            /// Takes a place, also that of a call that has had one for longer than the patience; `nil` where none is free.
            mutating func takePlace(_ manner: GatheringManner, at now: ContinuousClock.Instant) -> Int? {
                if places.count >= manner.places { places.removeAll { $0.since + manner.patience <= now } }
                guard places.count < manner.places else { return nil }
                lastPlace += 1
                places.append(Place(number: lastPlace, since: now))
                return lastPlace
            }

            /// Gives a place back, unless it was taken away.
            mutating func leave(_ place: Int) { places.removeAll { $0.number == place } }

            /// The next task for what waits: it has a place, or else a watch is kept.
            mutating func next(_ manner: GatheringManner, at now: ContinuousClock.Instant) -> Next {
                guard !waiting.isEmpty else { return .nothing }
                if !isStarting, let place = takePlace(manner, at: now) {
                    isStarting = true
                    return .worker(place: place)
                }
                // Others may have a task about to take them, but perhaps not all of them.
                guard !isWatched else { return .nothing }
                isWatched = true
                return .watch
            }

            mutating func removeLate(at now: ContinuousClock.Instant) -> [Waiting] {
                let late = waiting.filter { $0.call.deadline <= now }
                if !late.isEmpty { waiting.removeAll { $0.call.deadline <= now } }
                return late
            }

            /// Takes those that go together next, in a place that was taken already.
            mutating func removeShare(_ manner: GatheringManner) -> [Waiting] {
                guard !waiting.isEmpty else { return [] }
                var count = manner.share(of: waiting.count, amongFree: manner.places - places.count + 1)
                var bytes = 0
                let fitting = waiting.prefix(count).prefix { waiting in
                    bytes += waiting.call.byteCount
                    return bytes <= manner.maximumBytes
                }
                count = max(fitting.count, 1)
                defer { waiting.removeFirst(count) }
                return Array(waiting.prefix(count))
            }
        }
    }
#endif
