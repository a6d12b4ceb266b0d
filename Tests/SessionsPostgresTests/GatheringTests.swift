#if Postgres
    import RedisServers
    import Sessions
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres

    /// How calls come together, without a server.
    @Suite("Calls that share a statement", .timeLimit(.minutes(10)))
    struct GatheringTests {
        /// Calls are numbers, which are doubled together and negated alone.
        private struct Setup: Sendable {
            let groups = Noted()
            let clock = TestUptime()
            let gathering: Gathering<NumberCall, Int>

            /// - Parameter perform: what happens before calls that went together are answered
            init(
                _ manner: GatheringManner = GatheringManner(patience: .seconds(300)),
                perform: @escaping @Sendable ([Int]) async -> Void = { _ in }
            ) {
                let (groups, clock) = (groups, clock)
                gathering = Gathering(manner, uptime: { clock.now }) { calls in
                    let calls = calls.map(\.number)
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
                        try await gathering.run(NumberCall(-number)) { () async throws(SessionError) in
                            counter.add()
                            await gate.pass()
                            return number
                        }
                    }
                }
                try await eventually("all places are taken") { counter.value == gates.count }
                return tasks
            }

            /// - Parameter span: how long after the start its deadline is
            func call(_ number: Int, within span: Duration = .seconds(100_000), bytes: Int = 1) -> Task<Int, any Error>
            {
                let call = NumberCall(number, deadline: clock.start + span, byteCount: bytes)
                return Task {
                    try await gathering.run(call) { () async throws(SessionError) in
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

        private struct NumberCall: GatheredCall {
            static let name: StaticString = "numbers"
            static let doing: StaticString = "doubling"

            let number: Int
            let deadline: ContinuousClock.Instant
            let byteCount: Int

            init(_ number: Int, deadline: ContinuousClock.Instant = .now + .seconds(100_000), byteCount: Int = 1) {
                self.number = number
                self.deadline = deadline
                self.byteCount = byteCount
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

        @Test("A call that waits goes once those before it were under way for as long as the patience, and not before")
        func patience() async throws {
            let setup = Setup(GatheringManner(patience: .milliseconds(1)))
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            setup.clock.pass(.nanoseconds(999_999))
            let waiting = try await setup.calls([10, 11], thenWaiting: 2)
            #expect(setup.groups.sizes.isEmpty)
            // No other call comes: the watch sees it.
            setup.clock.pass(.nanoseconds(1))
            for (number, task) in zip([10, 11], waiting) { #expect(try await task.value == 2 * number) }
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test(
            "A call that is under way keeps others from its place for 20 ms, unless told otherwise, to the nanosecond")
        func usualPatience() async throws {
            let setup = Setup(GatheringManner())
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            setup.clock.pass(.nanoseconds(19_999_999))
            let waiting = try await setup.calls([10], thenWaiting: 1)
            #expect(setup.groups.sizes.isEmpty)
            setup.clock.pass(.nanoseconds(1))
            try await eventually("it waits no more") { setup.gathering.waitingCount == 0 }
            #expect(try await waiting[0].value == 20)
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test("Calls that hang delay others by the patience once, and give no place back that they have no longer")
        func hanging() async throws {
            let setup = Setup()
            let hanging = (0..<4).map { _ in Hold() }
            let hung = try await setup.holdAllPlaces(hanging)
            setup.clock.pass(.seconds(300))
            // No call has to wait for these four: all places are free again, and taken anew.
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let first = try await setup.calls([10], thenWaiting: 1)
            for gate in hanging { gate.open() }
            for task in hung { _ = try await task.value }
            let second = try await setup.calls([11], thenWaiting: 2)
            #expect(setup.groups.sizes.isEmpty)
            for gate in gates { gate.open() }
            for (number, task) in zip([10, 11], first + second) { #expect(try await task.value == 2 * number) }
            for task in held { _ = try await task.value }
        }

        @Test("Groups that hang hold up those that come later no more than calls that hang do")
        func hangingGroups() async throws {
            let gate = Hold()
            let setup = Setup(GatheringManner(patience: .seconds(300), goesAlone: false)) { calls in
                if calls[0] < 10 { await gate.pass() }
            }
            var hung: [Task<Int, any Error>] = []
            for number in 1...4 {
                hung.append(setup.call(number))
                try await eventually("\(number) are under way") { setup.groups.sizes.count == number }
            }
            let waiting = try await setup.calls([10], thenWaiting: 1)
            setup.clock.pass(.seconds(300))
            #expect(try await setup.call(11).value == 22)
            #expect(try await waiting[0].value == 20)
            gate.open()
            for (number, task) in zip(1...4, hung) { #expect(try await task.value == 2 * number) }
        }

        @Test("No more calls wait than may, and the next one is refused at once with their number")
        func full() async throws {
            let setup = Setup(GatheringManner(maximumWaiting: 3, patience: .seconds(300)))
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let waiting = try await setup.calls(10..<13, thenWaiting: 3)
            await expectError(.unavailable, mentioning: "3 numbers wait", "while doubling") {
                _ = try await setup.call(14).value
            }
            for gate in gates { gate.open() }
            for (number, task) in zip(10..<13, waiting) { #expect(try await task.value == 2 * number) }
            for task in held { _ = try await task.value }
        }

        @Test("A call whose time is over while it waits fails then, and is not run later", arguments: [true, false])
        func late(_ isWatched: Bool) async throws {
            let setup = Setup(GatheringManner(patience: isWatched ? .milliseconds(1) : .seconds(300)))
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let late = setup.call(10, within: .seconds(5))
            try await eventually("it waits") { setup.gathering.waitingCount == 1 }
            let timely = setup.call(11, within: .nanoseconds(5_000_000_001))
            try await eventually("both wait") { setup.gathering.waitingCount == 2 }
            setup.clock.pass(.seconds(5))
            // Either the watch sees it, or the task that has the next place.
            if !isWatched { gates[0].open() }
            await expectError(.unavailable, mentioning: "not applied: other numbers", "while doubling") {
                _ = try await late.value
            }
            #expect(try await timely.value == 22)
            #expect(setup.groups.calls.withLock { $0 } == [[11]])
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test("A call whose time is over fails then, though all places are taken and no other call comes")
        func lateWhileAllAreTaken() async throws {
            let setup = Setup(GatheringManner(patience: .milliseconds(1)))
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            let late = setup.call(10, within: .nanoseconds(999_999))
            try await eventually("it waits") { setup.gathering.waitingCount == 1 }
            // For the patience a nanosecond is missing.
            setup.clock.pass(.nanoseconds(999_999))
            try await eventually("it waits no more") { setup.gathering.waitingCount == 0 }
            await expectError(.unavailable, mentioning: "not applied: other numbers", "while doubling") {
                _ = try await late.value
            }
            #expect(setup.groups.sizes.isEmpty)
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @Test("What goes together has no more bytes than may be, and a larger call goes without others")
        func bytes() async throws {
            let setup = Setup(GatheringManner(maximumBytes: 10, patience: .seconds(300)))
            let gates = (0..<4).map { _ in Hold() }
            let held = try await setup.holdAllPlaces(gates)
            var waiting: [Task<Int, any Error>] = []
            for (index, bytes) in [5, 5, 1, 11, 10].enumerated() {
                waiting.append(setup.call(20 + index, bytes: bytes))
                try await eventually("it waits") { setup.gathering.waitingCount == index + 1 }
            }
            gates[0].open()
            for (index, task) in waiting.enumerated() { #expect(try await task.value == 2 * (20 + index)) }
            #expect(setup.groups.calls.withLock { $0 } == [[20, 21], [22], [23], [24]])
            for gate in gates { gate.open() }
            for task in held { _ = try await task.value }
        }

        @TaskLocal private static var caller = "none"

        @Test("What goes together has neither the priority nor the task-local values of the call that came first")
        func ownTask() async throws {
            let seen = Mutex<[(caller: String, priority: TaskPriority)]>([])
            let setup = Setup(GatheringManner(patience: .seconds(300), goesAlone: false)) { _ in
                seen.withLock { $0.append((Self.caller, Task.currentPriority)) }
            }
            let answer = await Self.$caller.withValue("ada") {
                await Task(priority: .high) { try await setup.call(10).value }.result
            }
            #expect(try answer.get() == 20)
            let groups = seen.withLock { $0 }
            #expect(groups.map(\.caller) == ["none"] && groups.map(\.priority) == [.medium])
        }

        @Test("A call that comes while others are about to go, and is one too many for them, isn't forgotten")
        func oneTooMany() async throws {
            let manner = GatheringManner(places: 1, maximumTogether: 1, patience: .milliseconds(1), goesAlone: false)
            for _ in 0..<300 {
                let gate = Hold()
                let setup = Setup(manner) { calls in if calls == [0] { await gate.pass() } }
                let (held, other) = (setup.call(0), setup.call(1))
                try await eventually("one is held up") { setup.groups.calls.withLock { $0.contains([0]) } }
                setup.clock.pass(.milliseconds(1))
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
                    _ = try await setup.gathering.run(NumberCall(number)) { () async throws(SessionError) in
                        throw SessionError(.full, "alone")
                    }
                }
            }
            #expect(try await setup.gathering.run(NumberCall(1)) { () async throws(SessionError) in 7 } == 7)
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
            #expect(try await setup.gathering.run(NumberCall(1)) { () async throws(SessionError) in 7 } == 7)
            #expect(setup.groups.sizes == [2, 1])
        }
    }
#endif
