import RedisServers
import Synchronization
import Testing

@testable import SessionsRedisClient

@Suite("A server that is known to be out of reach", .timeLimit(.minutes(10))) struct ReachTests {
    /// A clock that a test moves, and a server that answers or not as the test says.
    private final class Bench: CommandRoute {
        private struct State {
            var now = ContinuousClock.now
            var answer = ReachTests.fine
            /// What is answered first, once each.
            var first: [PendingCommand.Outcome] = []
            var asked: [String] = []
        }

        private let state = Mutex(State())

        var now: ContinuousClock.Instant { state.withLock { $0.now } }
        func advance(by span: Duration) { state.withLock { $0.now += span } }
        var answer: PendingCommand.Outcome {
            get { state.withLock { $0.answer } }
            set { state.withLock { $0.answer = newValue } }
        }
        func answerFirst(_ outcomes: PendingCommand.Outcome...) { state.withLock { $0.first = outcomes } }
        /// The names of the commands that were tried.
        var asked: [String] { state.withLock { $0.asked } }

        func attempt(_ command: RedisCommand, deadline: ContinuousClock.Instant) async -> PendingCommand.Outcome {
            state.withLock { state in
                state.asked.append(String(decoding: command.arguments[0], as: UTF8.self))
                return state.first.isEmpty ? state.answer : state.first.removeFirst()
            }
        }

        func reach(_ tolerance: Duration = .seconds(1), isKnown: Bool = true) -> Reach {
            var configuration = RedisClientConfiguration(outageTolerance: tolerance)
            configuration.now = { self.now }
            return Reach(configuration, isKnown: isKnown)
        }
    }

    private func failure(
        _ reason: LinkFailure.Reason, isSent: Bool = false, _ message: String = "no connection"
    ) -> PendingCommand.Outcome { .failure(LinkFailure(reason: reason, isSent: isSent, message: message)) }

    private let read = RedisCommand("GET", on: Array("k".utf8), effect: .read)
    /// What no test of this suite has the time to wait for.
    private var inAnHour: ContinuousClock.Instant { .now + .seconds(3600) }

    private static let fine = PendingCommand.Outcome.success(.bytes(ArraySlice("OK".utf8)))

    private static let outages: [PendingCommand.Outcome] =
        [.failure(LinkFailure(reason: .disconnected, isSent: false, message: "no connection"))]
        + ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "BUSY"].map {
            .success(.error(RedisServerError("\($0) wait")))
        }

    @Test("It is waited for until the tolerance has passed, and not a moment longer", arguments: outages.indices)
    func theToleranceIsTheBoundary(_ index: Int) async throws {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.answer = Self.outages[index]
        reach.note(bench.answer, askedAt: bench.now, key: read.key, over: bench)
        #expect(reach.refusal == nil)
        bench.advance(by: .seconds(1))
        #expect(reach.refusal == nil, "a whole second is tolerated")
        bench.advance(by: .nanoseconds(1))
        let refusal = try #require(reach.refusal)
        switch (refusal, Self.outages[index]) {
        case (.success(let reply), .success(let last)): #expect(reply == last, "the server's own words")
        case (.failure(let failure), .failure):
            #expect(failure.message.hasPrefix("no connection; it has been out of reach for over 1 s"))
            #expect(!failure.isSent && failure.failure.outcome == .notApplied)
        default: Issue.record("\(refusal)")
        }
    }

    @Test("A further failure doesn't begin the outage anew")
    func anOutageHasOneBeginning() async throws {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.answer = failure(.disconnected)
        for _ in 0..<3 {
            reach.note(failure(.disconnected), askedAt: bench.now, key: [], over: bench)
            bench.advance(by: .milliseconds(400))
        }
        #expect(reach.refusal != nil)
        try await eventually("it is tried without a key, where no command had one") { bench.asked.contains("PING") }
        #expect(bench.asked.allSatisfy { $0 == "PING" })
    }

    @Test("Commands on it fail at once, without a try of their own, however late their deadline is")
    func commandsFailAtOnce() async throws {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.answer = failure(.disconnected)
        reach.note(bench.answer, askedAt: bench.now, key: read.key, over: bench)
        bench.advance(by: .seconds(2))
        for effect in [RedisCommand.Effect.read, .write] {
            for _ in 0..<100 {
                let error = await #expect(throws: RedisFailure.self) {
                    try await reach.send(
                        RedisCommand("GET", key: [1], effect: effect), deadline: inAnHour, over: bench)
                }
                #expect(error?.outcome == .notApplied && error?.message.contains("out of reach") == true)
            }
        }
        #expect(!bench.asked.contains("GET"))
    }

    @Test("A command that waits when the tolerance passes fails then")
    func whatWaitsIsTold() async throws {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.answer = failure(.disconnected)
        async let result = reach.send(read, deadline: inAnHour, over: bench)
        try await eventually("it has been tried twice") { bench.asked.count { $0 == "GET" } >= 2 }
        bench.advance(by: .milliseconds(1001))
        do {
            _ = try await result
            Issue.record("it was answered")
        } catch {
            #expect((error as? RedisFailure)?.message.contains("out of reach") == true)
        }
    }

    @Test("The first success in the background ends it, with one try at a time")
    func theFirstSuccessEndsIt() async throws {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.answer = failure(.disconnected)
        for _ in 0..<20 { reach.note(bench.answer, askedAt: bench.now, key: read.key, over: bench) }
        bench.advance(by: .seconds(60))
        try await eventually("it is tried again and again") { bench.asked.count >= 3 }
        #expect(reach.refusal != nil)
        bench.answer = Self.fine
        try await eventually("it is waited for again") { reach.refusal == nil }
        #expect(try await reach.send(read, deadline: inAnHour, over: bench) == .bytes(ArraySlice("OK".utf8)))
        let tries = bench.asked.count
        #expect(bench.asked.allSatisfy { ["EXISTS", "GET"].contains($0) }, "it is tried with a key of the command's")
        // Another outage is an outage of its own.
        bench.answer = failure(.disconnected)
        reach.note(bench.answer, askedAt: bench.now, key: [], over: bench)
        #expect(reach.refusal == nil)
        bench.advance(by: .milliseconds(1001))
        #expect(reach.refusal != nil)
        // By the task of the outage before, where that has not ended yet.
        try await eventually("it is tried in the background, where it had been given up") {
            bench.asked.count > tries
        }
    }

    @Test("One task tries it again, however many commands fail")
    func oneTaskTriesItAgain() async throws {
        let bench = Bench()
        let (reach, later) = (bench.reach(), bench.reach())
        for _ in 0..<20 { reach.note(failure(.disconnected), askedAt: bench.now, key: read.key, over: bench) }
        later.note(failure(.disconnected), askedAt: bench.now, key: [], over: bench)
        try await eventually("the one that failed last is tried") { bench.asked.contains("PING") }
        #expect(bench.asked.count { $0 == "EXISTS" } <= 1)
    }

    @Test("A deadline that comes after other failures tells of the last one")
    func theLastFailureIsTold() async throws {
        for outcome in [failure(.disconnected), .success(.error(RedisServerError("LOADING no connection")))] {
            let bench = Bench()
            bench.answerFirst(outcome)
            bench.answer = failure(.timedOut, isSent: true, "no answer in time")
            let reach = bench.reach(isKnown: false)
            let error = await #expect(throws: RedisFailure.self) {
                try await reach.send(read, deadline: inAnHour, over: bench)
            }
            let message = try #require(error?.message)
            #expect(message.hasPrefix("no answer in time; before that: ") && message.hasSuffix("no connection"))
        }
    }

    @Test("A server that has never answered is waited for: it may only be starting")
    func aServerThatStartsIsWaitedFor() async throws {
        let bench = Bench()
        let reach = bench.reach(.seconds(1), isKnown: false)
        bench.answer = failure(.disconnected)
        async let result = reach.send(read, deadline: inAnHour, over: bench)
        try await eventually("it has been tried") { bench.asked.count >= 2 }
        bench.advance(by: .seconds(60))
        let tries = bench.asked.count
        try await eventually("it is tried further") { bench.asked.count >= tries + 2 }
        bench.answer = Self.fine
        #expect(try await result == .bytes(ArraySlice("OK".utf8)))
        // From now on it is known.
        bench.answer = failure(.disconnected)
        reach.note(failure(.disconnected), askedAt: bench.now, key: [], over: bench)
        bench.advance(by: .milliseconds(1001))
        #expect(reach.refusal != nil)
    }

    @Test(
        "A command that waited in vain shows an outage since it was asked, or since the server last said anything",
        arguments: [(nil, true), (-60_000, true), (3_999, true), (4_000, false), (5_000, false)] as [(Int?, Bool)])
    func silenceIsAnOutage(_ heard: Int?, _ isOut: Bool) {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.advance(by: .seconds(100))
        let asked = bench.now
        if let heard { reach.hear(at: asked + .milliseconds(heard)) }
        bench.advance(by: .seconds(5))
        bench.answer = failure(.timedOut, isSent: true)
        reach.note(bench.answer, askedAt: asked, key: [], over: bench)
        #expect((reach.refusal != nil) == isOut)
    }

    @Test("What says nothing about the server begins no outage", arguments: [0, 1, 2, 3])
    func otherFailuresAreNoOutage(_ index: Int) {
        let bench = Bench()
        let reach = bench.reach(.zero)
        let outcome = [failure(.cancelled), failure(.unaccepted), failure(.refused), failure(.released)][index]
        reach.note(outcome, askedAt: bench.now, key: [], over: bench)
        bench.advance(by: .seconds(60))
        #expect(reach.refusal == nil)
    }

    @Test("A server that turns the client away is in reach, and each command hears so")
    func aRefusalEndsTheOutage() {
        let bench = Bench()
        let reach = bench.reach(.seconds(1))
        bench.answer = failure(.disconnected)
        reach.note(failure(.disconnected), askedAt: bench.now, key: [], over: bench)
        bench.advance(by: .seconds(60))
        for outcome in [failure(.cancelled), failure(.unaccepted), failure(.released)] {
            reach.note(outcome, askedAt: bench.now, key: [], over: bench)
            #expect(reach.refusal != nil)
        }
        reach.note(failure(.refused), askedAt: bench.now, key: [], over: bench)
        #expect(reach.refusal == nil)
    }
}
