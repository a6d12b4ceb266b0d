import Sessions
import SessionsTesting
import Testing

@Suite("TO-6, N-15 to N-17: timeouts of standards, as values", .timeLimit(.minutes(10))) struct TimeoutPresetTests {
    @Test("NIST's levels have their overall time, and their time without use with the touch interval of a minute")
    func nist() {
        #expect(SessionTimeouts.nistAAL1 == .init(idle: nil, absolute: .seconds(30 * 86_400)))
        #expect(SessionTimeouts.nistAAL2 == .init(idle: .seconds(3600 - 60), absolute: .seconds(24 * 3600)))
        #expect(SessionTimeouts.nistAAL3 == .init(idle: .seconds(900 - 60), absolute: .seconds(12 * 3600)))
    }

    @Test("OWASP's ranges are 2 to 5 and 15 to 30 minutes without use, and 4 to 8 hours in all")
    func owasp() {
        #expect(SessionTimeouts.owaspHighValueIdle == .seconds(120) ... .seconds(300))
        #expect(SessionTimeouts.owaspLowRiskIdle == .seconds(900) ... .seconds(1800))
        #expect(SessionTimeouts.owaspOfficeAbsolute == .seconds(4 * 3600) ... .seconds(8 * 3600))
        #expect(SessionTimeouts.standard.idle.map(SessionTimeouts.owaspLowRiskIdle.contains) == true)
    }

    @Test(
        "A session with a level's timeouts is over when the level says so",
        arguments: [
            (SessionTimeouts.nistAAL2, Duration.seconds(3600)), (.nistAAL3, .seconds(900)),
        ])
    func unused(_ timeouts: SessionTimeouts, _ limit: Duration) async throws {
        let bench = try Bench { $0.timeouts = timeouts }
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: limit - .milliseconds(1))
        #expect(try await bench.manager.list(of: try Principal("ada")).count == 1)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await visitor.look().principal == nil)
    }
}
