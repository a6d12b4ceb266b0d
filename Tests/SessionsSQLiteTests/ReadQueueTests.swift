import Foundation
import GRDB
import Sessions
import StoreSupport
import Synchronization
import Testing

@testable import SessionsSQLite

extension SQLiteSessionStore {
    fileprivate func queue(_ kind: ReadQueue.Kind) -> ReadQueue {
        switch kind {
        case .load: loads
        case .list: lists
        }
    }

    /// A session, by a load of one of the first four or by a list of all.
    fileprivate func found(by kind: ReadQueue.Kind, _ number: Int) async throws(SessionError) -> SessionRecord? {
        switch kind {
        case .load: try await load(id(UInt64(number % 4)), at: start)
        case .list: try await list(.init(.all), at: start).records.first
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct ReadQueueTests {
    private typealias Loaded = Result<SessionRecord?, any Error>

    /// Holds all five of the store's readers while `count` loads or lists are asked for, and lets go when `isReady`.
    private func read(
        _ kind: ReadQueue.Kind, _ count: Int, from store: SQLiteSessionStore, refused: Counter = .init(),
        until isReady: @escaping @Sendable () -> Bool, then: @escaping @Sendable () async throws -> Void = {}
    ) async throws -> [Loaded] {
        let gate = DispatchSemaphore(value: 0)
        let held = store.configuration.maximumReaders
        for _ in 0..<held { store.pool.asyncRead { _ in gate.wait() } }
        return try await withThrowingTaskGroup(of: SessionRecord?.self) { group in
            do {
                for number in 0..<count {
                    group.addTask {
                        do {
                            return try await store.found(by: kind, number)
                        } catch {
                            refused.add()
                            throw error
                        }
                    }
                }
                try await waitUntil(isReady)
                try await then()
            } catch {
                for _ in 0..<held { gate.signal() }
                throw error
            }
            for _ in 0..<held { gate.signal() }
            var results: [Loaded] = []
            while let result = await group.nextResult() { results.append(result) }
            return results
        }
    }

    @Test("Concurrent loads share a snapshot that is newer than all of them, and one hand-over to a reader")
    func concurrentLoadsShareASnapshotThatIsNewerThanAllOfThem() async throws {
        try await withStore { store in
            for number in 0..<4 { _ = try await store.create(record(UInt64(number))) }
            let results = try await read(.load, 500, from: store, until: { store.loads.count == 500 }) {
                #expect(store.loads.running == 1)
                for number in 0..<4 {
                    _ = try await store.commit(setting("a", to: "1"), to: id(UInt64(number)), at: start)
                }
            }
            #expect(results.count == 500)
            for result in results { #expect(try result.get()?.attributes["a"]?.json == "1") }
        }
    }

    @Test(
        "As many loads or lists may wait as configured, and the next ones are refused at once",
        arguments: [ReadQueue.Kind.load, .list])
    func theQueueIsBounded(_ kind: ReadQueue.Kind) async throws {
        try await withStore(configuration: .patient(maximumQueuedLoads: 5)) { store in
            for number in 0..<4 { _ = try await store.create(record(UInt64(number))) }
            let refused = Counter()
            // All either wait or were refused.
            let results = try await read(kind, 16, from: store, refused: refused) {
                store.queue(kind).count + refused.count == 16
            }
            #expect(refused.count == 11)
            #expect(results.filter { (try? $0.get()) != nil }.count == 5)
            for case .failure(let error) in results {
                await expectError(.unavailable, mentioning: "5 \(kind)s wait", "maximumQueuedLoads") { throw error }
            }
        }
    }

    @Test(
        "A load or list past its deadline is an error, and the next one works",
        arguments: [ReadQueue.Kind.load, .list])
    func aReadPastItsDeadlineIsAnErrorAndTheNextOneWorks(_ kind: ReadQueue.Kind) async throws {
        try await withPath { path in
            let uptime = ManualUptime()
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(), limits: .init(), uptime: { uptime.now })
            for number in 0..<4 { _ = try await store.create(record(UInt64(number))) }
            for (wait, isAnswered) in [(Duration.seconds(5), true), (.milliseconds(5001), false)] {
                let results = try await read(kind, 5, from: store, until: { store.queue(kind).count == 5 }) {
                    uptime.advance(by: wait)
                }
                #expect(results.count == 5)
                for result in results {
                    if isAnswered {
                        #expect(try result.get() != nil)
                    } else {
                        await expectError(.unavailable, mentioning: "the \(kind) waited 5001 ms") {
                            _ = try result.get()
                        }
                    }
                }
            }
            #expect(try await store.found(by: kind, 0) != nil)
            try await store.close()
        }
    }

    @Test("Readers that can't be opened cost the loads of that moment, and the next ones work")
    func readersThatCannotBeOpenedCostTheLoadsOfThatMoment() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await store.create(record(0))
            // No reader has been opened yet, and none can be while the file is elsewhere.
            let directory = (path as NSString).deletingLastPathComponent
            #expect(rename(directory, directory + "-moved") == 0)
            var failures = 0
            for _ in 0..<2 * store.configuration.maximumReaders {
                await expectError(.unavailable, mentioning: path) { _ = try await store.load(id(0), at: start) }
                failures += 1
            }
            #expect(rename(directory + "-moved", directory) == 0 && failures == 10)
            // A runner that was lost would leave later loads waiting for ever.
            try await waitUntil { store.loads.running == 0 }
            #expect(try await store.load(id(0), at: start) != nil)
            try await store.close()
        }
    }

    @Test(
        "A snapshot serves at most 128 loads, or one list",
        arguments: [
            (ReadQueue.Kind.load, 257, [257: 1, 129: 128, 1: 128, 0: 1]),
            (.list, 3, [3: 1, 2: 1, 1: 1, 0: 1]),
        ])
    func aSnapshotServesSoMany(_ kind: ReadQueue.Kind, count: Int, expected: [Int: Int]) async throws {
        try await withStore(configuration: .patient(maximumReaders: 1)) { store in
            let (queue, gate) = (store.queue(kind), DispatchSemaphore(value: 0))
            let waiting = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask {
                    try await queue.read("waiting") { _ in
                        gate.wait()
                        return count
                    }
                }
                // It runs already while it is on its way, and would take others along.
                try await waitUntil { queue.running == 1 && queue.count == 0 }
                for _ in 0..<count {
                    group.addTask { try await queue.read("counting") { _ in queue.count } }
                }
                do {
                    try await waitUntil { queue.count >= count }
                } catch {
                    gate.signal()
                    throw error
                }
                gate.signal()
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            // How many saw how many left behind: of loads two full snapshots, then one of the last load alone.
            #expect(waiting == expected)
        }
    }

    @Test("Loads leave a connection to lists, and lists to loads", arguments: [ReadQueue.Kind.load, .list])
    func eachLeavesAConnectionToTheOther(_ kind: ReadQueue.Kind) async throws {
        try await withStore(configuration: .patient(maximumReaders: 3)) { store in
            _ = try await store.create(record(0))
            let (queue, gate) = (store.queue(kind), DispatchSemaphore(value: 0))
            let running = Counter()
            let found = try await withThrowingTaskGroup(of: Int.self) { group in
                defer { for _ in 1...3 { gate.signal() } }
                for number in 1...3 {
                    group.addTask {
                        try await queue.read("waiting") { _ in
                            running.add()
                            gate.wait()
                            return 0
                        }
                    }
                    // One after the other, so that none is taken along by the one before.
                    try await waitUntil {
                        running.count + queue.count == number && (number == 3 || running.count == number)
                    }
                }
                // A runner on its way for the third one is counted, too.
                try #require(queue.running == 2 && queue.count == 1)
                return try await store.found(by: kind == .load ? .list : .load, 0) == nil ? 0 : 1
            }
            #expect(found == 1)
        }
    }

    @Test(
        "Where there is one connection, a load and a list have it in the order in which they came",
        arguments: [ReadQueue.Kind.load, .list])
    func theyTakeTurns(_ kind: ReadQueue.Kind) async throws {
        try await withStore(configuration: .patient(maximumReaders: 1)) { store in
            let (own, other) = (store.queue(kind), store.queue(kind == .load ? .list : .load))
            let (gate, begun, ended) = (DispatchSemaphore(value: 0), Counter(), Counter())
            defer { gate.signal() }
            /// Which of the three it is to end.
            let place: @Sendable (Transaction) -> Int = { _ in
                ended.add()
                return ended.count
            }
            let first = Task {
                try await own.read("waiting") { transaction in
                    begun.add()
                    gate.wait()
                    return place(transaction)
                }
            }
            try await waitUntil { begun.count == 1 }
            let second = Task { try await other.read("reading", place) }
            try await waitUntil { other.count == 1 && other.running == 1 }
            let third = Task { try await own.read("reading", place) }
            try await waitUntil { own.count == 1 }
            gate.signal()
            #expect(try await [first.value, second.value, third.value] == [1, 2, 3])
        }
    }

    @Test(
        "A load sees what was acknowledged before it began",
        arguments: [
            // The first load's reader is ready, and has no snapshot yet.
            (statement: "schema_version", waiting: 2),
            // The first load has been read from its snapshot.
            (statement: "FROM session WHERE", waiting: 1),
        ])
    func aLoadSeesWhatWasAcknowledgedBeforeItBegan(statement: String, waiting: Int) async throws {
        try await withStore(configuration: .patient(maximumReaders: 1)) { store in
            for number in 0..<2 { _ = try await store.create(record(UInt64(number))) }
            let trap = Trap()
            try await store.pool.read { db in
                db.trace(options: .profile) { event in
                    if "\(event)".contains(statement) { trap.enter() }
                }
            }
            trap.arm()
            async let first = store.load(id(1), at: start)
            await trap.untilEntered()
            #expect(try await store.commit(ending(at: start), to: id(0), at: start).name == "committed")
            async let second = store.load(id(0), at: start)
            try await waitUntil { store.loads.count >= waiting }
            trap.release()
            _ = try await first
            #expect(try await second?.end?.reason == .signedOut)
        }
    }

    /// Holds up the first thread that enters after it was armed.
    private final class Trap: Sendable {
        private let isArmed = Atomic<Bool>(false)
        private let entered = DispatchSemaphore(value: 0)
        private let gate = DispatchSemaphore(value: 0)

        func arm() { isArmed.store(true, ordering: .sequentiallyConsistent) }

        func enter() {
            guard isArmed.exchange(false, ordering: .sequentiallyConsistent) else { return }
            entered.signal()
            gate.wait()
        }

        func untilEntered() async {
            await withCheckedContinuation { continuation in
                DispatchQueue.global().async {
                    self.entered.wait()
                    continuation.resume()
                }
            }
        }

        func release() { gate.signal() }
    }
}
