import SessionsTesting
import Testing

@testable import Sessions

@Suite("What a configuration may say", .timeLimit(.minutes(10)))
struct ConfigurationTests {
    @Test("Configurations that would be unsafe are refused with what to change")
    func configurations() throws {
        let changes: [(inout SessionConfiguration) -> Void] = [
            { $0.cookies.scope.isSecure = false }, { $0.cookies.scope.path = "/shop" },
            { $0.cookies.scope.domain = "example.com" }, { $0.cookies.scope.isHTTPOnly = false },
            { $0.cookies = .init(visitorName: "a", signedInName: "a") },
            { $0.cookies = .init(visitorName: "a", signedInName: "b", scope: .init(sameSite: .none, isSecure: false)) },
            { $0.cookies.signedInName = "a b" }, { $0.timeouts.absolute = .days(401) }, { $0.timeouts.idle = .zero },
            { $0.renewalOverlap = .zero }, { $0.maximumSessionsPerPrincipal = 0 }, { $0.clearSiteData = ["a\"b"] },
        ]
        for change in changes {
            var configuration = SessionConfiguration()
            change(&configuration)
            let error = #expect(throws: SessionError.self) {
                try SessionManager(store: MemorySessionStore(), configuration: configuration)
            }
            #expect(error?.code == .configuration)
            #expect(throws: SessionError.self) { try configuration.validate() }
        }
        #expect(throws: Never.self) { try SessionConfiguration().validate() }
    }

    private func isAccepted(_ change: (inout SessionConfiguration) -> Void) -> Bool {
        var configuration = SessionConfiguration()
        change(&configuration)
        do {
            _ = try SessionPolicy(configuration)
            return true
        } catch {
            #expect(error.code == .configuration)
            return false
        }
    }

    @Test("Both timeouts take 1 ms to 400 days, of which the idle one may be missing")
    func timeouts() {
        let cases: [(Duration, Bool)] = [
            (.milliseconds(1), true), (.microseconds(999), false), (.zero, false), (.seconds(-1), false),
            (.days(400), true), (.days(400) + .nanoseconds(1), false),
        ]
        for (duration, isValid) in cases {
            #expect(isAccepted { $0.timeouts.absolute = duration } == isValid, "\(duration)")
            #expect(isAccepted { $0.timeouts.idle = duration } == isValid, "\(duration)")
            #expect(isAccepted { $0.rememberedTimeouts.absolute = duration } == isValid, "\(duration)")
            #expect(isAccepted { $0.rememberedTimeouts.idle = duration } == isValid, "\(duration)")
        }
        #expect(isAccepted { $0.timeouts.idle = nil } && isAccepted { $0.rememberedTimeouts.idle = nil })
    }

    @Test("Intervals take 0 to 400 days, a renewal interval at least 1 ms, an overlap 1 ms to a day")
    func intervals() {
        let changes: [(inout SessionConfiguration, Duration) -> Void] = [
            {
                // A touch interval is no longer than an idle timeout that there is.
                $0.timeouts.idle = nil
                $0.rememberedTimeouts.idle = nil
                $0.touchInterval = $1
            },
            { $0.renewalSettle = $1 }, { $0.explanationWindow = $1 }, { $0.clockSkew = $1 },
        ]
        for (index, change) in changes.enumerated() {
            for (duration, isValid) in [
                (.zero, true), (.nanoseconds(-1), false), (.days(400), true), (.days(400) + .nanoseconds(1), false),
            ] as [(Duration, Bool)] {
                #expect(isAccepted { change(&$0, duration) } == isValid, "\(index) \(duration)")
            }
        }
        for (duration, isValid) in [(.milliseconds(1), true), (.microseconds(999), false)] as [(Duration, Bool)] {
            #expect(isAccepted { $0.renewalInterval = duration } == isValid)
            #expect(isAccepted { $0.renewalOverlap = duration } == isValid)
        }
        #expect(isAccepted { $0.renewalOverlap = .days(1) })
        #expect(!isAccepted { $0.renewalOverlap = .days(1) + .nanoseconds(1) })
        #expect(isAccepted { $0.renewalInterval = nil } && isAccepted { $0.touchInterval = nil })
        for (maximum, isValid) in [(1, true), (0, false), (nil, true)] as [(Int?, Bool)] {
            #expect(isAccepted { $0.maximumSessionsPerPrincipal = maximum } == isValid)
        }
        for (directive, isValid) in [("*", true), ("cache", true), ("", false), ("a b", false), ("é", false)] {
            #expect(isAccepted { $0.clearSiteData = [directive] } == isValid)
        }
    }

    @Test("A touch is due after a tenth of the idle timeout, at most a minute, unless the configuration says when")
    func touchInterval() throws {
        var configuration = SessionConfiguration()
        let now = Timestamp(milliseconds: 0)
        func interval(_ idle: Duration?) throws -> Duration {
            try SessionPolicy(configuration).lifetime(.init(idle: idle, absolute: .hours(1)), from: now, for: .cookie)
                .touchInterval
        }
        #expect(try interval(.seconds(599)) == .milliseconds(59_900))
        #expect(try interval(.seconds(600)) == .seconds(60))
        #expect(try interval(.seconds(601)) == .seconds(60))
        #expect(try interval(nil) == .seconds(60))
        configuration.touchInterval = .seconds(7)
        #expect(try interval(.seconds(10)) == .seconds(7) && interval(nil) == .seconds(7))
    }
}
