import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("G5, G12: timeouts hold and ends are explained", .timeLimit(.minutes(10)))
struct TimeoutTests {
    private func bench() throws -> Bench {
        try Bench {
            $0.timeouts = .init(idle: .seconds(100), absolute: .seconds(1000))
            $0.touchInterval = .seconds(10)
        }
    }

    @Test("A-7.3.1: a session is usable exactly until the idle timeout and the touch interval after its last use")
    func idle() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .milliseconds(109_999))
        #expect(try await visitor.look().principal == "ada")
        bench.clock.advance(by: .milliseconds(110_000))
        #expect(try await visitor.look().ended == .expired)
    }

    @Test("Touches are throttled, and never cut the idle timeout short")
    func throttle() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.recording.reset()
        for _ in 0..<20 {
            bench.clock.advance(by: .seconds(1))
            try await visitor.visit()
        }
        #expect(bench.recording.count(of: .commit) == 2)
        bench.clock.advance(by: .milliseconds(99_999))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A-7.3.2: the absolute deadline holds whatever the use, and a re-authentication moves it")
    func absolute() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        for _ in 0..<19 {
            bench.clock.advance(by: .seconds(50))
            #expect(try await visitor.look().principal == "ada")
        }
        try await visitor.visit { try await $0.stepUp() }
        bench.clock.advance(by: .seconds(60))
        #expect(try await visitor.look().principal == "ada")
        for _ in 0..<18 {
            bench.clock.advance(by: .seconds(50))
            try await visitor.visit()
        }
        bench.clock.advance(by: .seconds(40))
        #expect(try await visitor.look().ended == .expired)
    }

    @Test("A-7.3.2: a session is usable until its absolute deadline, to the millisecond")
    func absoluteBoundary() async throws {
        let bench = try Bench { $0.timeouts = .init(idle: nil, absolute: .seconds(1000)) }
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .milliseconds(999_999))
        #expect(try await visitor.look().principal == "ada")
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await visitor.look().ended == .expired)
    }

    @Test("A-7.3.2: each step-up begins the absolute limit again at its own length, however many there are")
    func stepUps() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        for _ in 0..<3 {
            bench.clock.advance(by: .seconds(70))
            try await visitor.visit { try await $0.stepUp() }
            try await visitor.visit {
                #expect($0.info?.absoluteDeadline == bench.clock.now + .seconds(1000))
            }
        }
    }

    @Test(
        "A-7.3.1: a sign-in and a step-up are uses: idleness counts from them, within a touch interval too",
        arguments: [true, false])
    func privilegeChangesAreUses(isStepUp: Bool) async throws {
        let bench = try bench()
        let visitor = isStepUp ? try await bench.signedIn() : bench.visitor
        if !isStepUp { try await visitor.visit { try $0.set(.a, to: 1) } }
        bench.clock.advance(by: .milliseconds(9_999))
        try await visitor.visit { session in
            if isStepUp { try await session.stepUp() } else { try await session.signIn(try Principal("ada")) }
            #expect(session.info?.lastUsedAt == bench.clock.now)
            #expect(session.info?.idleDeadline == bench.clock.now + .seconds(110))
        }
        bench.clock.advance(by: .milliseconds(109_999))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A use is written once the touch interval is over, and a millisecond before it isn't")
    func touchBoundary() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.recording.reset()
        bench.clock.advance(by: .milliseconds(9_999))
        #expect(try await visitor.look().principal == "ada")
        #expect(bench.recording.operations == [.load])
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await visitor.look().principal == "ada")
        #expect(bench.recording.operations == [.load, .load, .commit])
    }

    @Test("A remembered session has its own limits and a cookie that outlives the browser")
    func remembered() async throws {
        let bench = try bench()
        let visitor = bench.visitor
        let response = try await visitor.visit { try await $0.signIn(try Principal("ada"), remember: true) }
        #expect(response.setCookies.contains { $0.contains("; Max-Age=2592000;") })
        bench.clock.advance(by: .days(13))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A use is a load whose touch was acknowledged: where it fails, the request gets 503")
    func touchFails() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .seconds(50))
        bench.faulty.follow { operation, _ in operation == .commit ? .fail : .pass }
        let error = await #expect(throws: SessionError.self) { try await visitor.send().session() }
        #expect(error?.code.status == .serviceUnavailable)
    }

    @Test("R-11: an expired session is dead before any sweep; the sweep discards its data, then forgets it")
    func sweep() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        try await visitor.visit { try $0.set(.a, to: 1) }
        let id = try #require(try await visitor.look().id)
        bench.clock.advance(by: .seconds(200))
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(a == nil && session.explanation?.reason == .expired)
        }
        #expect(try await bench.store.sweep(at: bench.clock.now, limit: 10).examined == 1)
        #expect(try await bench.store.load(id, at: bench.clock.now)?.attributes.isEmpty == true)
        #expect(try await visitor.look().ended == .expired)
        bench.clock.advance(by: .hours(2))
        #expect(try await bench.store.sweep(at: bench.clock.now, limit: 10).examined == 1)
        #expect(try await bench.store.load(id, at: bench.clock.now) == nil)
    }

    @Test("A wrong secret gets the answer of an unknown ID, also for a session that ended")
    func wrongSecret() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let token = try #require(visitor.signedInToken)
        let forged = Visitor(
            bench.manager, jar: [Visitor.signedInName: token.prefix(32) + String(repeating: "Q", count: 32)])
        #expect(try await forged.look() == (nil, nil, nil))
        try await visitor.visit { try await $0.end() }
        #expect(try await forged.look() == (nil, nil, nil))
        #expect(try await Visitor(bench.manager, jar: [Visitor.signedInName: token]).look().ended == .signedOut)
    }

    @Test("A client with any token of the last generation is told why the session ended")
    func explainedInOverlap() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        let old = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.renew() }
        let id = try #require(try await visitor.look().id)
        try await bench.manager.end(id)
        #expect(try await old.look().ended == .endedByOperator)
        #expect(try await visitor.look().ended == .endedByOperator)
    }
}
