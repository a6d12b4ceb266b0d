import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite(
    "N-7, N-8, A-7.5.3: a route asks for a level of authentication, and no session has more than it earned",
    .timeLimit(.minutes(10)))
struct AuthenticationLevelTests {
    private let ada: Principal

    init() throws { ada = try Principal("ada") }

    private func method(_ name: String) throws -> Authentication.Method {
        try #require(Authentication.Method(rawValue: name))
    }

    @Test(
        "Factors of two kinds are AAL2, one of them a key in hardware AAL3, and twice the same kind or an unknown one AAL1",
        arguments: [
            ("", .aal1), ("pwd", .aal1), ("otp", .aal1), ("fed", .aal1), ("hwk", .aal1), ("hwk otp", .aal1),
            ("pwd pin", .aal1), ("pwd fed", .aal1), ("pwd whatever", .aal1), ("pwd otp", .aal2), ("pwd swk", .aal2),
            ("pwd face", .aal2), ("swk fpt", .aal2), ("mfa", .aal2), ("pwd hwk", .aal3), ("hwk pin", .aal3),
            ("hwk mfa", .aal3), ("sms kba", .aal2), ("otp vbm", .aal2),
            ("otp tel", .aal1), ("pwd tel", .aal2),
        ] as [(String, AuthenticationLevel)])
    func levels(_ names: String, _ level: AuthenticationLevel) throws {
        let methods = try names.split(separator: " ").map { try method(String($0)) }
        #expect(methods.map { Authentication($0, at: .init(milliseconds: 0)) }.level == level)
    }

    @Test("Each method of RFC 8176 counts as the kind of factor that it is, and one of no certain kind as none")
    func factors() throws {
        let kinds: [(Authentication.Method.Factor?, String)] = [
            (.knowledge, "pwd pin kba"), (.possession, "otp hwk swk sc sms tel pop"),
            (.inherence, "face fpt iris retina vbm"), (nil, "fed mfa mca user rba geo wia whatever"),
        ]
        for (kind, names) in kinds {
            for name in names.split(separator: " ") {
                let factor = try method(String(name)).factor
                #expect(factor == kind, "\(name)")
            }
        }
    }

    @Test("The levels have an order")
    func order() {
        #expect(AuthenticationLevel.allCases.sorted() == [.remembered, .aal1, .aal2, .aal3])
        #expect(Authentication.Method.multipleFactors.rawValue == "mfa")
    }

    /// What a request is refused with that asks for this; `nil` where it may go on.
    private func refusal(
        _ visitor: Visitor, _ level: AuthenticationLevel = .aal1, within duration: Duration? = nil,
        by method: Authentication.Method? = nil
    ) async throws -> SessionError.Code? {
        var code: SessionError.Code?
        try await visitor.visit { session in
            do throws(SessionError) {
                try session.requireAuthentication(level: level, within: duration, by: method)
            } catch {
                code = error.code
                #expect(error.asksForAuthentication == (error.code != .lowPrivilege))
                #expect(error.code.status == .unauthorized || error.code == .lowPrivilege)
            }
        }
        return code
    }

    @Test("A visitor has to sign in, a user of one factor has to step up, and then may go on")
    func stepUp() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        for level in AuthenticationLevel.allCases {
            #expect(try await refusal(visitor, level) == .noSession)
        }
        try await visitor.visit { try await $0.signIn(ada, by: .password) }
        var codes: [SessionError.Code?] = []
        for level in AuthenticationLevel.allCases { codes.append(try await refusal(visitor, level)) }
        #expect(codes == [nil, nil, .authenticationInsufficient, .authenticationInsufficient])
        #expect(try await refusal(visitor, by: .oneTimePassword) == .authenticationInsufficient)
        try await visitor.visit { try await $0.stepUp(by: .oneTimePassword) }
        codes = []
        for level in AuthenticationLevel.allCases { codes.append(try await refusal(visitor, level)) }
        #expect(codes == [nil, nil, nil, .authenticationInsufficient])
        #expect(try await refusal(visitor, by: .oneTimePassword) == nil)
    }

    @Test("Of both factors the older one has to be as fresh as was asked, to the millisecond")
    func fresh() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try await $0.signIn(ada, by: .password) }
        bench.clock.advance(by: .seconds(60))
        try await visitor.visit { try await $0.stepUp(by: .oneTimePassword) }
        bench.clock.advance(by: .seconds(240) - .milliseconds(1))
        #expect(try await refusal(visitor, .aal2, within: .seconds(300)) == nil)
        #expect(try await refusal(visitor, by: .password) == nil)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await refusal(visitor, .aal2, within: .seconds(300)) == .authenticationTooOld)
        #expect(try await refusal(visitor, within: .seconds(300), by: .password) == .authenticationTooOld)
        #expect(try await refusal(visitor, .aal1, within: .seconds(300)) == nil)
        #expect(try await refusal(visitor, .aal2) == nil)
        #expect(try await refusal(visitor, .aal3, within: .seconds(300)) == .authenticationInsufficient)
    }

    @Test("A remembered user sinks to the lowest level when another session would be over, and the password raises it")
    func remembered() async throws {
        let bench = try Bench { $0.timeouts = .init(idle: .seconds(600), absolute: .seconds(3600)) }
        let visitor = bench.visitor
        try await visitor.visit { try await $0.signIn(ada, remember: true, by: .password) }
        bench.clock.advance(by: .seconds(3600) - .milliseconds(1))
        #expect(try await refusal(visitor) == nil)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await refusal(visitor) == .authenticationTooOld)
        #expect(try await refusal(visitor, within: .seconds(7200)) == .authenticationTooOld)
        #expect(try await refusal(visitor, .aal2) == .authenticationInsufficient)
        #expect(try await refusal(visitor, .remembered) == nil)
        var level: AuthenticationLevel?
        try await visitor.visit { level = $0.authenticationLevel }
        #expect(level == .remembered)
        try await visitor.visit { try await $0.stepUp(by: .password) }
        #expect(try await refusal(visitor) == nil)
        try await visitor.visit { level = $0.authenticationLevel }
        #expect(level == .aal1)
        try await visitor.visit { try await $0.end() }
        try await visitor.visit { level = $0.authenticationLevel }
        #expect(level == nil)
    }

    @Test("A session that isn't remembered keeps its level for as long as it lives, and one without methods has AAL1")
    func lasting() async throws {
        let bench = try Bench { $0.timeouts = .init(idle: nil, absolute: .seconds(3600)) }
        let visitor = bench.visitor
        try await visitor.visit { try await $0.signIn(ada, timeouts: .init(idle: nil, absolute: .seconds(9000))) }
        bench.clock.advance(by: .seconds(8999))
        #expect(try await refusal(visitor) == nil)
        #expect(try await refusal(visitor, .aal2) == .authenticationInsufficient)
        #expect(try await refusal(visitor, by: .password) == .authenticationInsufficient)
    }
}
