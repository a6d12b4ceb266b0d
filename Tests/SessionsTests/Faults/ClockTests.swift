import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("Servers whose clocks differ", .timeLimit(.minutes(10)))
struct ClockTests {
    /// Two servers on one store, with a clock each.
    private struct Servers {
        let store = MemorySessionStore()
        let here = ManualClock(), there = ManualClock()
        let manager: SessionManager
        let other: SessionManager

        init(skew: Duration = .seconds(5)) throws {
            var configuration = SessionConfiguration()
            configuration.clockSkew = skew
            configuration.timeouts = .init(idle: .seconds(60), absolute: .seconds(300))
            configuration.touchInterval = .seconds(10)
            manager = try SessionManager(store: store, configuration: configuration, clock: here)
            other = try SessionManager(store: store, configuration: configuration, clock: there)
        }

        func signIn(authenticatedAt: Timestamp? = nil) async throws -> (error: SessionError?, fields: HTTPFields) {
            try await manager.signInAda(authenticatedAt: authenticatedAt)
        }
    }

    @Test("A watermark that is further ahead than clockSkew comes from a clock that was set back, and binds no user")
    func setBack() async throws {
        for ahead in [Duration.milliseconds(5_000), .minutes(10), .days(400)] {
            let servers = try Servers()
            servers.there.advance(by: ahead)
            _ = try await servers.other.endAll(of: try Principal("ada"))
            let (error, fields) = try await servers.signIn()
            #expect(error == nil && fields[values: .setCookie].count == 1, "\(ahead)")
        }
    }

    @Test("Within clockSkew a sign-in is told to try again in a moment, and then it works")
    func withinSkew() async throws {
        for (ahead, seconds) in [
            (Duration.milliseconds(4_999), "5"), (.milliseconds(3_000), "4"), (.milliseconds(1), "1"),
        ] {
            let servers = try Servers()
            servers.there.advance(by: ahead)
            _ = try await servers.other.endAll(of: try Principal("ada"))
            let (error, fields) = try await servers.signIn()
            #expect(error?.code == .notYet && error?.code.status == .serviceUnavailable, "\(ahead)")
            #expect(error?.retryAfter == ahead + .milliseconds(1))
            #expect(fields[.retryAfter] == seconds && fields[values: .setCookie].isEmpty, "\(ahead)")
            // Nothing of it lives on: it may have been under way when the sessions were ended.
            #expect(try await servers.manager.list(of: try Principal("ada")).isEmpty)
            servers.here.advance(by: error?.retryAfter ?? .zero)
            #expect(try await servers.signIn().error == nil)
        }
    }

    @Test("A sign-in that was under way still ends, by the same clock and by one that is ahead or behind")
    func underWay() async throws {
        for ahead in [Duration.zero, .seconds(-3), .seconds(3)] {
            let servers = try Servers()
            servers.there.advance(by: ahead)
            let checkedAt = servers.here.now
            _ = try await servers.other.endAll(of: try Principal("ada"))
            servers.here.advance(by: .milliseconds(1))
            let (error, fields) = try await servers.signIn(authenticatedAt: min(checkedAt, servers.there.now))
            #expect(error?.code == (ahead > .zero ? .notYet : .ended), "\(ahead)")
            #expect(fields[values: .setCookie].isEmpty)
            #expect(try await servers.manager.list(of: try Principal("ada")).isEmpty)
        }
    }

    @Test("Credentials that claim to have been checked in the future are no way around “end all”")
    func future() async throws {
        let servers = try Servers()
        _ = try await servers.manager.endAll(of: try Principal("ada"))
        #expect(try await servers.signIn(authenticatedAt: servers.here.now + .hours(1)).error?.code == .ended)
    }

    @Test("Without any skew “end all” still ends what was checked in its very millisecond")
    func noSkew() async throws {
        let servers = try Servers(skew: .zero)
        _ = try await servers.manager.endAll(of: try Principal("ada"))
        #expect(try await servers.signIn().error?.code == .ended)
        servers.here.advance(by: .milliseconds(1))
        #expect(try await servers.signIn().error == nil)
    }

    @Test("“End all” misses no session that another server's clock, within clockSkew, or a late request keeps alive")
    func liveElsewhere() async throws {
        for (isAbsolute, isLate) in [(false, false), (true, false), (false, true)] {
            let servers = try Servers()
            let visitor = Visitor(servers.manager)
            try await visitor.visit { try await $0.signIn(try Principal("ada")) }
            for _ in 0..<(isAbsolute ? 5 : 0) {
                servers.here.advance(by: .seconds(50))
                try await visitor.visit()
            }
            // Live here for a millisecond more, and over there.
            servers.here.advance(by: .milliseconds(isAbsolute ? 49_999 : 69_999))
            servers.there.advance(by: servers.here.now - servers.there.now + .milliseconds(4_999))
            let request = visitor.send()
            if isLate {
                // Its last moment: it is judged as of its arrival.
                let late = servers.manager.policy.lateness - .milliseconds(1)
                servers.here.advance(by: late)
                servers.there.advance(by: late)
            }
            #expect(try await servers.other.endAll(of: try Principal("ada")) == 0)
            let session = try await request.session()
            #expect(
                session.principal == nil && session.explanation?.reason == .endedByOperator, "\(isAbsolute) \(isLate)")
        }
    }

    @Test("Credentials that were checked before what “end all” is remembered for are refused")
    func oldCredentials() async throws {
        let servers = try Servers()
        let limit = Duration.days(1) - .seconds(5)
        let now = servers.here.now
        let (error, fields) = try await servers.signIn(authenticatedAt: now - limit - .milliseconds(1))
        #expect(error?.code == .invalid && error?.message.contains("authenticatedAt") == true)
        #expect(fields[values: .setCookie].isEmpty)
        #expect(try await servers.manager.list(of: try Principal("ada")).isEmpty)
        #expect(try await servers.signIn(authenticatedAt: now - limit).error == nil)

        // However large the skew, a sign-in that was checked just now works.
        let loose = try Servers(skew: .days(2))
        #expect(try await loose.signIn(authenticatedAt: loose.here.now - .minutes(1)).error == nil)
    }

    @Test("The timeouts of a sign-in and a step-up are checked as those of the configuration")
    func timeouts() async throws {
        for (timeouts, isFine) in [
            (SessionTimeouts(idle: .milliseconds(1), absolute: .milliseconds(1)), true),
            (.init(idle: nil, absolute: .days(400)), true), (.init(idle: .days(400), absolute: .days(400)), true),
            (.init(idle: nil, absolute: .zero), false), (.init(idle: nil, absolute: .microseconds(999)), false),
            (.init(idle: .zero, absolute: .hours(1)), false), (.init(idle: .seconds(-1), absolute: .hours(1)), false),
            (.init(idle: nil, absolute: .days(400) + .milliseconds(1)), false),
            (.init(idle: .days(400) + .milliseconds(1), absolute: .hours(1)), false),
        ] {
            for isStepUp in [false, true] {
                let bench = try Bench()
                let session = try await bench.signedIn().send().session()
                var code: SessionError.Code?
                do throws(SessionError) {
                    if isStepUp {
                        try await session.stepUp(timeouts: timeouts)
                    } else {
                        try await bench.visitor.send().handle.session().signIn(
                            try Principal("grace"), timeouts: timeouts)
                    }
                } catch {
                    code = error.code
                }
                #expect(code == (isFine ? nil : .invalid), "\(timeouts) \(isStepUp)")
            }
        }
    }
}
