import SessionsTesting
import Testing

@testable import Sessions

@Suite("G5: a visitor's session has shorter timeouts than a user's", .timeLimit(.minutes(10)))
struct VisitorTimeoutTests {
    private static let users = SessionTimeouts(idle: .seconds(100), absolute: .seconds(1000))
    private static let visitors = SessionTimeouts(idle: .seconds(40), absolute: .seconds(300))

    private func bench() throws -> Bench {
        try Bench {
            $0.timeouts = Self.users
            $0.visitorTimeouts = Self.visitors
            $0.touchInterval = .seconds(10)
        }
    }

    /// What the session of a visitor's browser lives by.
    private func lifetime(of visitor: Visitor, in bench: Bench) async throws -> SessionLifetime {
        let id = try #require(try await visitor.look().id)
        return try #require(try await bench.store.load(id, at: bench.clock.now)).lifetime
    }

    @Test("Unless set, a visitor has 20 minutes and 8 hours, and neither is longer than a user's")
    func defaults() {
        var configuration = SessionConfiguration()
        #expect(configuration.visitorTimeouts == .init(idle: .seconds(1200), absolute: .seconds(28_800)))
        for (users, visitors) in [
            (Self.users, Self.users),
            (.init(idle: .minutes(19), absolute: .hours(9)), .init(idle: .minutes(19), absolute: .hours(8))),
            (.init(idle: .hours(9), absolute: .hours(7)), .init(idle: .minutes(20), absolute: .hours(7))),
            (.init(idle: nil, absolute: .days(9)), .init(idle: .minutes(20), absolute: .hours(8))),
            (.remembered, .init(idle: .minutes(20), absolute: .hours(8), isPersistent: true)),
        ] as [(SessionTimeouts, SessionTimeouts)] {
            configuration.timeouts = users
            #expect(configuration.visitorTimeouts == visitors, "\(users)")
        }
        configuration.visitorTimeouts = .init(idle: nil, absolute: .days(20))
        #expect(configuration.visitorTimeouts == .init(idle: nil, absolute: .days(20)))
    }

    @Test("A-7.3.1: a visitor's session is usable exactly until its own idle timeout, which is shorter than a user's")
    func idle() async throws {
        for (bench, limit) in [(try bench(), Duration.seconds(50)), (try Bench(), .minutes(21))] {
            let visitor = bench.visitor
            try await visitor.visit { try $0.set(.a, to: 1) }
            bench.clock.advance(by: limit - .milliseconds(1))
            #expect(try await visitor.look().id != nil)
            // That look was a use.
            bench.clock.advance(by: limit)
            #expect(try await visitor.look().ended == .expired)
        }
        let bench = try bench()
        let visitor = bench.visitor, user = try await bench.signedIn()
        try await visitor.visit { try $0.set(.a, to: 1) }
        bench.clock.advance(by: .seconds(50))
        #expect(try await visitor.look().ended == .expired)
        #expect(try await user.look().principal == "ada")
    }

    @Test("A-7.3.2: a visitor's absolute deadline holds whatever the use, to the millisecond")
    func absolute() async throws {
        let bench = try bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        for _ in 0..<9 {
            bench.clock.advance(by: .seconds(33))
            #expect(try await visitor.look().id != nil)
        }
        bench.clock.advance(by: .milliseconds(2999))
        #expect(try await visitor.look().id != nil)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await visitor.look().ended == .expired)
    }

    @Test("Whatever makes a visitor's session, it has a visitor's timeouts")
    func everyWayToMakeOne() async throws {
        let ways: [(String, (Session) async throws -> Void)] = [
            ("set", { try $0.set(.a, to: 1) }), ("flash", { try await $0.flash("hello") }),
            ("update", { try await $0.update(.a, default: 0) { $0 += 1 } }),
            ("save", { try await $0.save { try $0.set(.a, to: 1) } }),
            ("forgeryToken", { _ = try await $0.forgeryToken() }),
            (
                "after a sign-out",
                {
                    try await $0.signIn(try Principal("ada"))
                    try await $0.end(leaving: "You have signed out.")
                }
            ),
        ]
        for (name, way) in ways {
            let bench = try bench()
            let visitor = bench.visitor
            try await visitor.visit { try await way($0) }
            let lifetime = try await self.lifetime(of: visitor, in: bench)
            #expect(lifetime.idleTimeout == .seconds(40), "\(name)")
            #expect(lifetime.absoluteDeadline == bench.clock.now + .seconds(300), "\(name)")
        }
    }

    @Test("A sign-in gives a visitor's session the user's timeouts, and a step-up and a late sign-in keep them")
    func signIn() async throws {
        let bench = try bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        bench.clock.advance(by: .seconds(5))
        let late = visitor.send()
        _ = try await late.session()
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        var lifetime = try await self.lifetime(of: visitor, in: bench)
        #expect(lifetime.idleTimeout == .seconds(100) && lifetime.absoluteDeadline == bench.clock.now + .seconds(1000))
        try await late.session().signIn(try Principal("ada"))
        #expect(try await late.session().info?.absoluteDeadline == bench.clock.now + .seconds(1000))
        bench.clock.advance(by: .seconds(5))
        try await visitor.visit { try await $0.stepUp() }
        lifetime = try await self.lifetime(of: visitor, in: bench)
        #expect(lifetime.idleTimeout == .seconds(100) && lifetime.absoluteDeadline == bench.clock.now + .seconds(1000))
    }

    @Test("A visitor's timeouts are checked as those of users, and a touch is due by the shorter of both")
    func validation() throws {
        func problem(_ change: (inout SessionConfiguration) -> Void) -> String? {
            var configuration = SessionConfiguration()
            change(&configuration)
            do throws(SessionError) {
                _ = try SessionPolicy(configuration)
                return nil
            } catch {
                return error.code == .configuration ? error.message : "\(error)"
            }
        }
        for (duration, isValid) in [
            (.milliseconds(1), true), (.zero, false), (.days(400), true), (.days(400) + .nanoseconds(1), false),
        ] as [(Duration, Bool)] {
            for problem in [
                problem { $0.visitorTimeouts.idle = duration }, problem { $0.visitorTimeouts.absolute = duration },
            ] {
                #expect(problem.map { $0.contains("visitorTimeouts.") } == (isValid ? nil : true), "\(duration)")
            }
        }
        for (touch, isValid) in [(Duration.seconds(60), true), (.milliseconds(60_001), false)] {
            let problem = problem {
                $0.visitorTimeouts.idle = .seconds(60)
                $0.touchInterval = touch
            }
            #expect(problem.map { $0.contains("visitorTimeouts.idle") } == (isValid ? nil : true))
        }
        // Where the application has chosen nothing for visitors, it is told nothing of them.
        #expect(problem { $0.touchInterval = .minutes(25) } == nil)
        var configuration = SessionConfiguration()
        configuration.touchInterval = .minutes(25)
        let policy = try SessionPolicy(configuration)
        let lifetime = policy.lifetime(policy.visitorTimeouts, from: Timestamp(milliseconds: 0), for: .cookie)
        #expect(lifetime.touchInterval == .minutes(20))
    }
}
