#if Postgres
    import RedisServers
    import Sessions
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres

    /// How calls come together, without a server.
    @Suite("Calls that share a statement", .timeLimit(.minutes(5)))
    struct GatheringTests {
        /// Calls are numbers, which are doubled together and negated alone.
        private struct Setup: Sendable {
            let groups = Noted()
            let gathering: Gathering<Int, Int>

            /// - Parameter perform: what happens before calls that went together are answered
            init(
                _ manner: GatheringManner = GatheringManner(patience: .seconds(300)),
                perform: @escaping @Sendable ([Int]) async -> Void = { _ in }
            ) {
                let groups = groups
                gathering = Gathering(manner) { calls in
                    groups.calls.withLock { $0.append(calls) }
                    await perform(calls)
                    return calls.map { $0 == 13 ? .failure(SessionError(.full, "thirteen")) : .success(2 * $0) }
                }
            }

            /// Four calls that go alone and take until their gates open.
            func holdAllPlaces(_ gates: [Hold]) async throws -> [Task<Int, any Error>] {
                let counter = Counter()
                let tasks = gates.enumerated().map { number, gate in
                    Task {
                        try await gathering.run(-number) { () async throws(SessionError) in
                            counter.add()
                            await gate.pass()
                            return number
                        }
                    }
                }
                try await eventually("all places are taken") { counter.value == gates.count }
                return tasks
            }

            func call(_ number: Int) -> Task<Int, any Error> {
                Task {
                    try await gathering.run(number) { () async throws(SessionError) in
                        Issue.record("\(number) went alone")
                        return 0
                    }
                }
            }

            func calls(_ numbers: some Sequence<Int>, thenWaiting count: Int) async throws -> [Task<Int, any Error>] {
                let tasks = numbers.map { call($0) }
                try await eventually("\(count) calls wait") { gathering.waitingCount == count }
                return tasks
            }
        }

        private final class Noted: Sendable {
            let calls = Mutex<[[Int]]>([])

            var sizes: [Int] { calls.withLock { $0.map(\.count) } }
        }

        private final class Counter: Sendable {
            private let count = Atomic<Int>(0)

            func add() { count.add(1, ordering: .relaxed) }

            var value: Int { count.load(ordering: .relaxed) }
        }

        private final class Hold: Sendable {
            private struct State {
                var isOpen = false
                var waiting: [CheckedContinuation<Void, Never>] = []
            }

            private let state = Mutex(State())

            func pass() async {
                await withCheckedContinuation { continuation in
                    let isOpen = state.withLock { state in
                        if !state.isOpen { state.waiting.append(continuation) }
                        return state.isOpen
                    }
                    if isOpen { continuation.resume() }
                }
            }

            func open() {
                let waiting = state.withLock { state in
                    state.isOpen = true
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for continuation in waiting { continuation.resume() }
            }
        }

        @Test("Calls go alone while a place is free; what comes then goes together, and each gets its own answer")
        func together() async throws {
            let setup = Setup()
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let waiting = try await setup.calls(10..<20, thenWaiting: 10)
            #expect(setup.groups.sizes.isEmpty)
            gates[2].open()
            for (number, task) in zip(10..<20, waiting) {
                let outcome = await task.result
                if number == 13 {
                    await expectError(.full, mentioning: "thirteen") { _ = try outcome.get() }
                } else {
                    #expect(try outcome.get() == 2 * number)
                }
            }
            #expect(setup.groups.calls.withLock { $0.map { $0.sorted() } } == [Array(10..<20)])
            for gate in gates { gate.open() }
            for (number, task) in held.enumerated() { #expect(try await task.value == number) }
        }

        @Test("No more than 64 calls go together, and the next ones go as soon as they are answered")
        func maximum() async throws {
            let setup = Setup()
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let waiting = try await setup.calls(100..<170, thenWaiting: 70)
            gates[0].open()
            for (number, task) in zip(100..<170, waiting) { #expect(try await task.value == 2 * number) }
            #expect(setup.groups.sizes == [64, 6])
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test(
            "What waits is shared among the places that are free, but for groups of eight",
            arguments: [
                (1, 4, 1), (8, 4, 8), (9, 4, 8), (32, 4, 8), (33, 4, 9), (40, 4, 10), (40, 1, 40), (64, 1, 64),
                (65, 1, 64), (1000, 4, 64),
            ])
        func share(_ waiting: Int, _ free: Int, _ share: Int) {
            #expect(GatheringManner().share(of: waiting, amongFree: free) == share)
        }

        @Test("A call that waits goes beyond all places once its patience is over, where none of them is given back")
        func patience() async throws {
            let setup = Setup(GatheringManner(patience: .milliseconds(1)))
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            // The second after the first was answered, when the watch may have ended.
            for number in [10, 11] { #expect(try await setup.call(number).value == 2 * number) }
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test("A call that comes while others are about to go, and is one too many for them, isn't forgotten")
        func oneTooMany() async throws {
            let manner = GatheringManner(places: 1, maximumTogether: 1, patience: .milliseconds(1), goesAlone: false)
            for _ in 0..<300 {
                let gate = Hold()
                let setup = Setup(manner) { calls in if calls == [0] { await gate.pass() } }
                let (held, other) = (setup.call(0), setup.call(1))
                #expect(try await other.value == 2)
                gate.open()
                #expect(try await held.value == 0)
            }
        }

        @Test("A caller that is cancelled takes no other caller's call with it")
        func cancelled() async throws {
            let cancelled = Mutex<[Bool]>([])
            let setup = Setup { _ in cancelled.withLock { $0.append(Task.isCancelled) } }
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let waiting = try await setup.calls(10..<12, thenWaiting: 2)
            waiting[0].cancel()
            // It would be the one to let the others go.
            held[1].cancel()
            gates[1].open()
            for (number, task) in zip(10..<12, waiting) { #expect(try await task.value == 2 * number) }
            #expect(cancelled.withLock { $0 } == [false])
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test("A call that fails gives its place back")
        func failing() async throws {
            let setup = Setup()
            for number in 0..<5 {
                await expectError(.full) {
                    _ = try await setup.gathering.run(number) { () async throws(SessionError) in
                        throw SessionError(.full, "alone")
                    }
                }
            }
            #expect(try await setup.gathering.run(1) { () async throws(SessionError) in 7 } == 7)
            #expect(setup.groups.sizes.isEmpty)
        }

        @Test("After calls that came together a call is a group of one, and the next one goes alone again")
        func aloneAgain() async throws {
            let setup = Setup()
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let waiting = try await setup.calls(10..<12, thenWaiting: 2)
            for gate in gates { gate.open() }
            for task in held + waiting { _ = try await task.value }
            #expect(try await setup.call(20).value == 40)
            #expect(try await setup.gathering.run(1) { () async throws(SessionError) in 7 } == 7)
            #expect(setup.groups.sizes == [2, 1])
        }
    }
#endif
