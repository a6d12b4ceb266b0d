import SessionsTesting
import Testing

@testable import Sessions

@Suite("A-7.1.2: sign-ins at once are never more than the limit, and none is refused in vain", .timeLimit(.minutes(10)))
struct LimitRaceTests {
    /// A visitor with a cart at a server of their own, whose calls of the store can be held.
    private struct Contender {
        let store: FaultyStore
        let recording: RecordingStore
        let visitor: Visitor
        let request: Visitor.Request
        let session: Session

        init(on base: MemorySessionStore, _ clock: ManualClock, hasCart: Bool = true) async throws {
            store = FaultyStore(base)
            recording = RecordingStore(store)
            var configuration = SessionConfiguration()
            configuration.maximumSessionsPerPrincipal = 1
            configuration.sessionLimitAction = .refuse
            // Without pauses, which a server makes between its looks.
            visitor = Visitor(
                try SessionManager(
                    store: recording, configuration: configuration,
                    carriers: [try configuration.transport.carrier(configuration.cookies)], clock: clock,
                    looks: (5, .zero)))
            if hasCart { try await visitor.visit { try $0.set(.a, to: 1) } }
            request = visitor.send()
            session = try await request.session()
        }

        /// Begins to sign in, with credentials that were checked at `moment`, up to where the store is held.
        func begin(at moment: Timestamp) -> Task<SessionError?, Never> {
            let session = session
            return Task {
                do throws(SessionError) {
                    try await session.signIn(try Principal("ada"), on: session.device(), authenticatedAt: moment)
                    return nil
                } catch {
                    return error
                }
            }
        }

        var looks: Int { recording.calls.count { $0.operation == .list } }
    }

    private let base = MemorySessionStore()
    private let clock = ManualClock()

    private func contenders() async throws -> (early: Contender, late: Contender) {
        (try await Contender(on: base, clock), try await Contender(on: base, clock))
    }

    private func expectStands(_ contender: Contender) async throws {
        await contender.visitor.finish(contender.request)
        #expect(try await contender.visitor.look().principal == "ada")
    }

    /// A refused sign-in leaves the visitor what they had, under a token of its own.
    private func expectRefused(_ contender: Contender, _ error: SessionError?) async throws {
        #expect(error?.code == .tooManySessions)
        let (id, token) = (try #require(contender.session.id), contender.visitor.visitorToken)
        let response = await contender.visitor.finish(contender.request)
        #expect(response.setCookies.count == 1 && contender.visitor.signedInToken == nil)
        #expect(contender.visitor.visitorToken != token)
        try await contender.visitor.visit { session in
            let a = try session.value(.a)
            #expect(session.principal == nil && session.id == id && a == 1)
            #expect(session.attributeNames == ["a"], "the device was the refused sign-in's")
        }
    }

    /// Begins both sign-ins, up to where each is written and has not looked yet.
    private func beginTogether(
        _ early: Contender, _ late: Contender
    ) async -> (Task<SessionError?, Never>, Task<SessionError?, Never>) {
        for contender in [early, late] {
            contender.store.follow { operation, _ in operation == .enroll ? .hang : .pass }
        }
        let moment = clock.now
        let tasks = (early.begin(at: moment), late.begin(at: moment + .milliseconds(1)))
        for contender in [early, late] {
            await contender.store.untilHanging()
            contender.store.follow { operation, _ in operation == .watermark ? .hang : .pass }
            contender.store.release()
            await contender.store.untilHanging()
        }
        return tasks
    }

    @Test("Of two sign-ins that are written before either looks, the later ends itself, and the earlier stands")
    func laterLooksFirst() async throws {
        let (early, late) = try await contenders()
        let (first, second) = await beginTogether(early, late)
        late.store.release()
        let error = await second.value
        early.store.release()
        #expect(await first.value == nil)
        try await expectStands(early)
        try await expectRefused(late, error)
        #expect(try await early.visitor.manager.list(of: try Principal("ada")).count == 1)
    }

    @Test("A sign-in that comes first looks again until the later one has ended itself, and stands")
    func earlierLooksAgain() async throws {
        let (early, late) = try await contenders()
        let (first, second) = await beginTogether(early, late)
        // The fifth look is the last.
        early.store.follow { operation, call in operation == .list && call == 5 ? .hang : .pass }
        early.store.release()
        await early.store.untilHanging()
        late.store.release()
        let error = await second.value
        early.store.release()
        #expect(await first.value == nil)
        try await expectStands(early)
        try await expectRefused(late, error)
    }

    @Test(
        "A sign-in whose place was taken while it was being written gives way to the session that stands, after five looks"
    )
    func placeWasTaken() async throws {
        let (early, late) = try await contenders()
        early.store.follow { operation, _ in operation == .enroll ? .hang : .pass }
        let moment = clock.now
        let first = early.begin(at: moment)
        await early.store.untilHanging()
        #expect(await late.begin(at: moment + .milliseconds(1)).value == nil)
        let looks = early.looks
        early.store.release()
        let error = await first.value
        #expect(early.looks == looks + 5)
        try await expectRefused(early, error)
        try await expectStands(late)
    }

    @Test("A stranger whose sign-in gives way is a stranger again: no user, no session and no token")
    func stranger() async throws {
        let early = try await Contender(on: base, clock, hasCart: false), late = try await Contender(on: base, clock)
        early.store.follow { operation, _ in operation == .enroll ? .hang : .pass }
        let moment = clock.now
        let first = early.begin(at: moment)
        await early.store.untilHanging()
        #expect(await late.begin(at: moment + .milliseconds(1)).value == nil)
        early.store.release()
        let error = await first.value
        #expect(error?.code == .tooManySessions)
        #expect(early.session.principal == nil && early.session.id == nil)
        #expect(await early.visitor.finish(early.request).setCookies == [])
        try await expectStands(late)
    }

    @Test("A server looks thirty times, with pauses of more than two seconds in all")
    func patience() throws {
        let looks = try SessionManager(store: base).looks
        #expect(looks == (30, .milliseconds(10)))
    }

    @Test("A sign-in that can't learn whether it is within the limit sends no token")
    func unknown() async throws {
        let (early, _) = try await contenders()
        early.store.follow { operation, call in operation == .list && call == 2 ? .fail : .pass }
        #expect(await early.begin(at: clock.now).value?.code == .unavailable)
        let response = await early.visitor.finish(early.request)
        #expect(response.setCookies == [] && early.visitor.signedInToken == nil)
    }
}
