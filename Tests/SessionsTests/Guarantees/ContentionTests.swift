import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("G11: retries have an end", .timeLimit(.minutes(10)))
struct ContentionTests {
    private let clock = ManualClock()
    private let store = InterruptedStore()
    private let ada = try! Principal("ada")

    private func manager(random: any RandomSource = SystemRandomSource()) throws -> SessionManager {
        try SessionManager(store: store, clock: clock, random: random)
    }

    private func signedIn() async throws -> (visitor: Visitor, id: SessionID) {
        let visitor = Visitor(try manager())
        try await visitor.visit { try await $0.signIn(ada) }
        return (visitor, try #require(try await visitor.look().id))
    }

    /// What a step-up in another request writes.
    private func stepUp(generation: UInt64) -> SessionChanges {
        var changes = SessionChanges(expectedGeneration: generation)
        changes.privilegeChange = .init(
            secretDigest: .sample(generation), familyDigest: .sample(generation), principal: ada,
            authenticatedAt: clock.now, at: clock.now)
        return changes
    }

    @Test(
        "A user's end of a session that steps up 100 times meanwhile gives up with an error, and before that it ends it",
        arguments: [(0, true), (99, true), (100, false)])
    func endOwn(stepUps: UInt64, isEnded: Bool) async throws {
        let (_, id) = try await signedIn()
        let manager = try manager()
        let commits = Atomic<UInt64>(0)
        let changes = (1...100).map { stepUp(generation: $0) }
        let now = clock.now
        store.interrupt { _, base in
            let commit = commits.add(1, ordering: .relaxed).newValue
            if commit <= stepUps { _ = try? base.commitNow(changes[Int(commit) - 1], to: id, at: now) }
        }
        if isEnded {
            #expect(try await manager.end(id, of: ada))
            #expect(try await manager.find(id)?.end?.reason == .endedByUser)
        } else {
            let error = await #expect(throws: SessionError.self) { try await manager.end(id, of: ada) }
            #expect(error?.code == .contention && error?.message.contains("100") == true)
            #expect(try await manager.find(id)?.end == nil)
        }
        #expect(commits.load(ordering: .relaxed) == min(stepUps + 1, 100))
    }

    @Test(
        "A session that is used without a pause is not kept by that: a limit of one ends it at once, another in a fourth try",
        arguments: [(1, 1), (2, 4)])
    func limit(maximum: Int, tries: Int) async throws {
        var configuration = SessionConfiguration()
        configuration.maximumSessionsPerPrincipal = maximum
        let manager = try SessionManager(store: store, configuration: configuration, clock: clock)
        var ids: [SessionID] = []
        for _ in 0..<maximum {
            ids.append(try await signedIn().id)
            clock.advance(by: .minutes(2))
        }
        let (now, used) = (clock.now, ids)
        let attempts = Atomic<Int>(0)
        store.interrupt { changes, base in
            guard changes.end != nil else { return }
            let attempt = attempts.add(1, ordering: .relaxed).newValue
            for id in used {
                var use = SessionChanges(expectedGeneration: 1)
                use.lastUsedAt = now + .milliseconds(attempt)
                _ = try? base.commitNow(use, to: id, at: now)
            }
        }
        try await Visitor(manager).visit { try await $0.signIn(ada) }
        #expect(attempts.load(ordering: .relaxed) == tries)
        #expect(try await manager.list(of: ada).count == maximum)
    }

    @Test("An operator's end needs no second try, whatever the session does meanwhile")
    func endByOperator() async throws {
        let (_, id) = try await signedIn()
        let (change, now) = (stepUp(generation: 1), clock.now)
        store.interrupt { _, base in _ = try? base.commitNow(change, to: id, at: now) }
        #expect(try await manager().end(id))
        #expect(try await manager().find(id)?.end?.reason == .endedByOperator)
    }

    @Test("A touch that a step-up overtakes is judged again: its token is superseded, and nothing was used")
    func touchAgainstStepUp() async throws {
        let (visitor, id) = try await signedIn()
        clock.advance(by: .minutes(5))
        let (change, now) = (stepUp(generation: 1), clock.now)
        let commits = Atomic<Int>(0)
        store.interrupt { _, base in
            if commits.add(1, ordering: .relaxed).oldValue == 0 { _ = try? base.commitNow(change, to: id, at: now) }
        }
        try await visitor.visit { session in
            #expect(session.id == nil && session.explanation == nil)
            let error = #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
            #expect(error?.code == .superseded)
        }
        #expect(commits.load(ordering: .relaxed) == 1)
        #expect(try await manager().find(id)?.lastUsedAt == clock.now - .minutes(5))
    }

    @Test("A touch that an end overtakes tells why the session is over, and revives nothing")
    func touchAgainstEnd() async throws {
        let (visitor, id) = try await signedIn()
        clock.advance(by: .minutes(5))
        let end = SessionEnd(reason: .endedByOperator, at: clock.now)
        store.interrupt { _, base in
            var changes = SessionChanges(expectedGeneration: nil)
            changes.end = end
            _ = try? base.commitNow(changes, to: id, at: end.at)
        }
        #expect(try await visitor.look() == (nil, nil, .endedByOperator))
        #expect(try await manager().find(id)?.end == end)
    }

    @Test("A touch of a session that the store forgets meanwhile finds none")
    func touchOfForgotten() async throws {
        let (visitor, id) = try await signedIn()
        clock.advance(by: .minutes(5))
        let faulty = FaultyStore(store) { operation, _ in operation == .commit ? .hang : .pass }
        let handle = Visitor(try SessionManager(store: faulty, clock: clock), jar: visitor.jar).send().handle
        let reading = Task { try await handle.session() }
        await faulty.untilHanging()
        #expect(try await manager().end(id))
        _ = try await store.sweep(at: clock.now + .hours(2), limit: 10)
        #expect(try await manager().find(id) == nil)
        faulty.release()
        let session = try await reading.value
        #expect(session.id == nil && session.principal == nil && session.explanation == nil)
    }

    /// Gives the same ID for a number of sessions, each of which takes three blocks.
    private final class Repeating: RandomSource {
        private let base = SeededRandomSource(seed: 3)
        private let draws = Atomic<Int>(0)
        private let repeated: Int

        init(_ repeated: Int) { self.repeated = repeated }

        func words() throws(SessionError) -> (UInt64, UInt64) {
            let draw = draws.add(1, ordering: .relaxed).oldValue
            return draw % 3 == 0 && draw / 3 < repeated ? (7, 7) : try base.words()
        }
    }

    @Test(
        "ID-10: of fresh IDs that are taken two are drawn again, and three are an error",
        arguments: [(3, true), (4, false)])
    func takenIDs(_ repeated: Int, isMade: Bool) async throws {
        let recording = RecordingStore(store)
        let manager = try SessionManager(store: recording, clock: clock, random: Repeating(repeated))
        try await Visitor(manager).visit { try $0.set(.a, to: 1) }
        let visitor = Visitor(manager)
        let response = try await visitor.visit { try $0.set(.a, to: 2) }
        #expect(response.error?.code == (isMade ? nil : .unavailable))
        #expect(visitor.jar.isEmpty == !isMade)
        #expect(recording.count(of: .create) == 4)
        #expect(try await manager.list().sessions.count == (isMade ? 2 : 1))
    }
}
