@testable import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

/// Most tests hold the first update's commit back, so that those that come meanwhile gather for the next one.
@Suite("G4, G11: updates of one session on one server wait for each other", .timeLimit(.minutes(10)))
struct UpdateLineTests {
    /// A value that a closure has refused.
    private struct Refused: Error, Equatable {
        let value: Int
    }

    /// A session whose first update is on its way to the store, with room for those that follow.
    private struct Held {
        let bench: Bench
        let visitor: Visitor
        let record: SessionRecord
        let first: Task<Int, any Error>

        /// - Parameter a: what the session has as its attribute `a` before
        init(_ bench: Bench, a: Int? = nil) async throws {
            self.bench = bench
            visitor = try await bench.signedIn()
            if let a { try await visitor.visit { try $0.set(.a, to: a) } }
            record = try #require(try await bench.store.list(.init(.all, limit: 1), at: bench.clock.now).records.first)
            bench.recording.reset()
            bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
            first = Self.add(1, visitor.send().handle)
            await bench.faulty.untilHanging()
        }

        static func add(_ number: Int, to key: SessionKey<Int> = .n, _ handle: SessionHandle) -> Task<Int, any Error> {
            Task { try await handle.session().update(key, default: 0) { $0 += number } }
        }

        /// One more update, which waits when this returns.
        func update(
            _ key: SessionKey<Int> = .n, _ body: @escaping @Sendable (inout Int) throws -> Void = { $0 += 1 }
        ) async -> Task<Int, any Error> {
            let handle = visitor.send().handle
            let before = bench.manager.updates.waiting(for: record)
            let task = Task { try await handle.session().update(key, default: 0, body) }
            await waiting(before + 1)
            return task
        }

        /// One more request that takes an attribute, which waits when this returns.
        func take(_ key: SessionKey<Int>) async -> Task<Int?, any Error> {
            let handle = visitor.send().handle
            let before = bench.manager.updates.waiting(for: record)
            let task = Task { try await handle.session().take(key) }
            await waiting(before + 1)
            return task
        }

        func waiting(_ count: Int) async {
            while bench.manager.updates.waiting(for: record) != count { await Task.yield() }
        }

        var commits: Int { bench.recording.count(of: .commit) }
        func stored(_ key: SessionKey<Int> = .n) async throws -> Int? {
            try await bench.store.load(record.id, at: bench.clock.now)?.attributes[key.name].flatMap { Int($0.json) }
        }
    }

    @Test(
        "What waits while an update is written goes into one commit, 64 at most, and each gets its own value",
        arguments: [(1, 2), (64, 2), (65, 3)])
    func shared(waiting: Int, commits: Int) async throws {
        let held = try await Held(Bench())
        var tasks = [held.first]
        for _ in 0..<waiting { tasks.append(await held.update()) }
        held.bench.faulty.release()
        var values: [Int] = []
        for task in tasks { values.append(try await task.value) }
        #expect(values == Array(1...(waiting + 1)))
        #expect(held.commits == commits)
        #expect(try await held.stored() == waiting + 1)
        #expect(held.bench.manager.updates.count == 0)
    }

    @Test("Updates of several attributes share a commit, and so do their messages")
    func attributes() async throws {
        let held = try await Held(Bench())
        let a = await held.update(.a), b = await held.update(.b)
        let handle = held.visitor.send().handle
        let message = Task { try await handle.session().update(.n, default: 0, flash: "Counted.") { $0 += 1 } as Int }
        await held.waiting(3)
        held.bench.faulty.release()
        #expect(try await [a.value, b.value, message.value, held.first.value] == [1, 1, 2, 1])
        #expect(held.commits == 2)
        let texts = try await handle.session().takeFlash().map(\.text)
        #expect(texts == ["Counted."])
    }

    @Test("A closure that throws fails its own update alone, and is told of nothing that was not stored")
    func throwing() async throws {
        let held = try await Held(Bench())
        let before = await held.update(), after: Task<Int, any Error>
        let refused = await held.update { value in throw Refused(value: value) }
        after = await held.update { $0 += 10 }
        held.bench.faulty.release()
        let error = await #expect(throws: Refused.self) { try await refused.value }
        #expect(error == Refused(value: 2))
        #expect(try await [before.value, after.value] == [2, 12])
        #expect(try await held.stored() == 12)
    }

    @Test("What was decided on a commit that failed is decided again on what is stored")
    func decidedAgain() async throws {
        let held = try await Held(Bench())
        held.bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .fail : .pass }
        let lost = await held.update { $0 += 100 }
        let refused = await held.update { value in
            if value > 100 { throw Refused(value: value) }
            value += 10
        }
        held.bench.faulty.release()
        #expect(try await held.first.value == 1)
        let error = await #expect(throws: SessionError.self) { try await lost.value }
        #expect(error?.code == .unavailable)
        #expect(try await refused.value == 11)
        #expect(try await held.stored() == 11)
    }

    @Test("What one request takes in vain, because its commit fails, the next one takes")
    func takenInVain() async throws {
        let held = try await Held(Bench(), a: 7)
        held.bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .fail : .pass }
        let lost = await held.take(.a), found = await held.take(.a)
        held.bench.faulty.release()
        #expect(try await held.first.value == 1)
        let error = await #expect(throws: SessionError.self) { try await lost.value }
        #expect(error?.code == .unavailable)
        #expect(try await found.value == 7)
        #expect(try await held.stored(.a) == nil)
    }

    @Test("The write of another server is a conflict for a shared commit: each update is decided again on it")
    func overtaken() async throws {
        let store = InterruptedStore(), faulty = FaultyStore(store)
        let clock = ManualClock()
        let manager = try SessionManager(store: faulty, clock: clock)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.n, to: 0) }
        let (now, id) = (clock.now, try #require(try await visitor.look().id))
        let record = try #require(store.base.loadNow(id, at: now))
        @Sendable func stored() -> Int { Int(store.base.loadNow(id, at: now)?.attributes["n"]?.json ?? "") ?? -1 }
        let commits = Atomic<Int>(0)
        store.interrupt { _, base in
            // The two tries of the commit that all but the first share.
            guard (2...3).contains(commits.add(1, ordering: .relaxed).newValue) else { return }
            var changes = SessionChanges(expectedGeneration: 1)
            changes.attributes = ["n": .set(json: String(stored() + 1000))]
            _ = try? base.commitNow(changes, to: id, at: now)
        }
        faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        var tasks = [Held.add(1, visitor.send().handle)]
        await faulty.untilHanging()
        for number in 1...20 {
            tasks.append(Held.add(1, visitor.send().handle))
            while manager.updates.waiting(for: record) != number { await Task.yield() }
        }
        faulty.release()
        var values: [Int] = []
        for task in tasks { values.append(try await task.value) }
        #expect(values == [1] + Array(2002...2021))
        #expect(stored() == 2021)
        #expect(commits.load(ordering: .relaxed) == 4)
    }

    @Test("Of updates that don't fit into the session together, the first is written and the next is refused, alone")
    func tooLarge() async throws {
        let store = MemorySessionStore(limits: .init(sessionBytes: 11))
        let faulty = FaultyStore(store)
        let manager = try SessionManager(store: faulty)
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.n, to: 0) }
        let record = try #require(try await store.list(.init(.all), at: manager.clock.now).records.first)
        faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        var tasks = [Held.add(1, visitor.send().handle)]
        await faulty.untilHanging()
        // Two bytes each, and then nine for the last: "n1", "a1" and "b1000000".
        for (number, (key, amount)) in [(SessionKey<Int>.a, 1), (.b, 1_000_000), (.n, 1)].enumerated() {
            tasks.append(Held.add(amount, to: key, visitor.send().handle))
            while manager.updates.waiting(for: record) != number + 1 { await Task.yield() }
        }
        faulty.release()
        #expect(try await [tasks[0].value, tasks[1].value, tasks[3].value] == [1, 1, 2])
        let error = await #expect(throws: SessionError.self) { try await tasks[2].value }
        #expect(error?.code == .tooLarge)
        #expect(manager.updates.count == 0)
    }

    @Test("A commit that is too large for the store is made again for each of its updates alone", arguments: [2, 3])
    func tooLargeTogether(_ together: Int) async throws {
        let gate = Gate()
        let sizes = Mutex<[Int]>([])
        let excess = SizeExcess(what: "bytes", size: 2, limit: 1)
        let lines = UpdateLines()
        let record = try await Held(Bench()).record
        let commit: UpdateLines.Commit = { draft throws(SessionError) in
            let number = sizes.withLock { sizes in
                sizes.append(draft.count)
                return sizes.count
            }
            if number == 1 { _ = await gate.wait() }
            return draft.count == 1 ? .committed(draft.base) : .tooLarge(excess)
        }
        let update: @Sendable () async throws -> CommitResult = {
            let place = UpdateLines.Place(record)
            _ = try await lines.begin(place)
            while true {
                let step = try await lines.write(["n": .set(json: "1")], at: place, limits: .init(), commit)
                if case .answer(let result) = step { return result }
            }
        }
        var tasks = [Task { try await update() }]
        await gate.untilCount(1)
        for number in 1...together {
            tasks.append(Task { try await update() })
            while lines.waiting(for: record) < number { await Task.yield() }
        }
        gate.open()
        for task in tasks {
            guard case .committed = try await task.value else {
                Issue.record("an update that fits alone was refused")
                return
            }
        }
        #expect(sizes.withLock { $0 } == [1, together] + Array(repeating: 1, count: together))
        #expect(lines.count == 0)
    }

    @Test("An update that is cancelled while it waits is over at once, and writes nothing")
    func cancelledWaiting() async throws {
        let held = try await Held(Bench())
        let cancelled = await held.update(), other = await held.update()
        cancelled.cancel()
        let error = await #expect(throws: SessionError.self) { try await cancelled.value }
        #expect(error?.code == .unavailable && error?.message.contains("nothing was written") == true)
        held.bench.faulty.release()
        #expect(try await other.value == 2)
        #expect(try await held.stored() == 2)
    }

    @Test("The cancellation of one update fails no other that shares its commit, whichever had the commit made")
    func cancelledMember() async throws {
        let held = try await Held(Bench())
        let tasks = [await held.update(), await held.update(), await held.update()]
        held.bench.faulty.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        held.bench.faulty.release()
        #expect(try await held.first.value == 1)
        await held.bench.faulty.untilHanging()
        for task in [tasks[0], tasks[2]] {
            task.cancel()
            let error = await #expect(throws: SessionError.self) { try await task.value }
            #expect(error?.code == .unavailable && error?.message.contains("it may have been written") == true)
        }
        held.bench.faulty.release()
        #expect(try await tasks[1].value == 3)
        #expect(try await held.stored() == 4)
    }

    @Test("An update that is cancelled while it has the turn gives it to the next one", arguments: [true, false])
    func cancelledWithTheTurn(hasDecided: Bool) async throws {
        let record = try await Held(Bench()).record
        let lines = UpdateLines()
        let place = UpdateLines.Place(record), next = UpdateLines.Place(record)
        let commit: UpdateLines.Commit = { _ throws(SessionError) in .missing }
        _ = try await lines.begin(place)
        let waiting = Task { try await lines.begin(next) }
        while lines.waiting(for: record) < 1 { await Task.yield() }
        let cancelled = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            if hasDecided {
                _ = try await lines.write(["n": .set(json: "1")], at: place, limits: .init(), commit)
            } else {
                _ = try await lines.flush(place, commit)
            }
        }
        let error = await #expect(throws: SessionError.self) { try await cancelled.value }
        #expect(error?.code == .unavailable)
        #expect(lines.waiting(for: record) == 0)
        // Where it has no turn, it would wait for ever.
        waiting.cancel()
        let draft = try? await waiting.value
        #expect(draft?.isEmpty == !hasDecided)
    }

    @Test("An update is given nothing older than what its request has seen, nor than what others have written")
    func nothingOlder() async throws {
        let record = try await Held(Bench()).record
        var newer = record
        newer.revision += 1
        newer.attributes = SessionAttributes([.init(name: "n", json: "7", revision: newer.revision)])
        for (first, second) in [(record, newer), (newer, record)] {
            let lines = UpdateLines()
            let place = UpdateLines.Place(first), next = UpdateLines.Place(second)
            _ = try await lines.begin(place)
            let waiting = Task { try await lines.begin(next) }
            while lines.waiting(for: record) < 1 { await Task.yield() }
            lines.leave(place) { _ throws(SessionError) in .missing }
            let draft = try await waiting.value
            #expect(draft.base.revision == newer.revision && draft.attributes["n"]?.json == "7")
            lines.leave(next) { _ throws(SessionError) in .missing }
            #expect(lines.count == 0)
        }
    }

    @Test("A thousand updates of a session wait, and the next one is refused at once")
    func bounded() async throws {
        let lines = UpdateLines()
        let record = try await Held(Bench()).record
        let first = UpdateLines.Place(record)
        _ = try await lines.begin(first)
        let tasks = (0..<1000).map { _ in
            Task {
                let place = UpdateLines.Place(record)
                _ = try await lines.begin(place)
                lines.leave(place) { _ throws(SessionError) in .missing }
            }
        }
        while lines.waiting(for: record) < 1000 { await Task.yield() }
        let error = await #expect(throws: SessionError.self) { try await lines.begin(UpdateLines.Place(record)) }
        #expect(error?.code == .contention && error?.message.contains("1000") == true)
        lines.leave(first) { _ throws(SessionError) in .missing }
        for task in tasks { try await task.value }
        #expect(lines.count == 0)
    }

    @Test(
        "A commit that fails after a second fails those that wait as well; one that fails sooner fails itself alone",
        arguments: [(999, false, 2), (1000, false, 1), (1000, true, 2)])
    func outage(milliseconds: Int, isCancelled: Bool, commits: Int) async throws {
        let start = ContinuousClock.now
        let passed = Mutex(Duration.zero)
        let gate = Gate()
        let made = Atomic<Int>(0)
        let lines = UpdateLines(uptime: { start + passed.withLock { $0 } })
        let record = try await Held(Bench()).record
        let commit: UpdateLines.Commit = { draft throws(SessionError) in
            guard made.add(1, ordering: .relaxed).newValue == 1 else { return .committed(draft.base) }
            _ = await gate.wait()
            passed.withLock { $0 = .milliseconds(milliseconds) }
            throw SessionError(.unavailable, "down")
        }
        let update: @Sendable () async throws -> Void = {
            let place = UpdateLines.Place(record)
            _ = try await lines.begin(place)
            _ = try await lines.write(["n": .set(json: "1")], at: place, limits: .init(), commit)
        }
        let first = Task { try await update() }
        await gate.untilCount(1)
        let second = Task { try await update() }
        while lines.waiting(for: record) < 1 { await Task.yield() }
        if isCancelled { first.cancel() } else { gate.open() }
        await #expect(throws: SessionError.self) { try await first.value }
        if commits == 1 {
            let error = await #expect(throws: SessionError.self) { try await second.value }
            #expect(error?.code == .unavailable)
        } else {
            try await second.value
        }
        #expect(made.load(ordering: .relaxed) == commits)
        #expect(lines.count == 0)
    }
}
