import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("A-7.1.2, SIM-1: what a sign-in over the limit on sessions does", .timeLimit(.minutes(10)))
struct LimitActionTests {
    private func bench(_ maximum: Int = 2, _ action: SessionLimitAction = .refuse) throws -> Bench {
        try Bench {
            $0.maximumSessionsPerPrincipal = maximum
            $0.sessionLimitAction = action
        }
    }

    private let ada: Principal

    init() throws { ada = try Principal("ada") }

    private func refusal(of visitor: Visitor, _ response: inout Visitor.Response?) async throws -> SessionError {
        let request = visitor.send()
        let session = try await request.session()
        let error = await #expect(throws: SessionError.self) { try await session.signIn(ada) }
        response = await visitor.finish(request)
        return try #require(error)
    }

    @Test(
        "A sign-in over the limit is refused before anything has changed, and the visitor's session stays as it was",
        arguments: [SessionLimitAction.refuse, .ask])
    func refused(_ action: SessionLimitAction) async throws {
        let bench = try bench(2, action)
        let (first, second) = (try await bench.signedIn(), try await bench.signedIn())
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let (before, jar) = (try await visitor.look(), visitor.jar)
        let writes = bench.recording.calls.count { [.commit, .create, .enroll].contains($0.operation) }
        var response: Visitor.Response?
        let error = try await refusal(of: visitor, &response)
        #expect(error.code == .tooManySessions && error.code.status == .conflict)
        #expect(error.message.contains("has 2 sessions and may have 2"))
        #expect(response?.setCookies == [] && response?.error == nil && visitor.jar == jar)
        #expect(bench.recording.calls.count { [.commit, .create, .enroll].contains($0.operation) } == writes)
        try await visitor.visit { session in
            let a = try session.value(.a)
            #expect(a == 1 && session.id == before.id && session.principal == nil)
        }
        for user in [first, second] { #expect(try await user.look().principal == "ada") }
        #expect(error.otherSessions.isEmpty == (action == .refuse))
    }

    @Test("To ask, a refused sign-in names the user's sessions, the newest first; once one has ended, it works")
    func asked() async throws {
        let bench = try bench(2, .ask)
        let first = try await bench.signedIn()
        bench.clock.advance(by: .seconds(1))
        let second = try await bench.signedIn()
        _ = try await bench.signedIn("grace")
        let visitor = bench.visitor
        var response: Visitor.Response?
        let error = try await refusal(of: visitor, &response)
        let (older, newer) = (try await first.look().id, try await second.look().id)
        #expect(error.otherSessions.map(\.id) == [newer, older])
        #expect(!error.description.contains("\(try #require(older))") && !error.publicMessage.contains("ada"))
        #expect(try await bench.manager.end(try #require(older), of: ada))
        try await visitor.visit { try await $0.signIn(ada) }
        #expect(try await visitor.look().principal == "ada")
        #expect(try await second.look().principal == "ada")
    }

    @Test(
        "A user who signs in again in their own session takes no place, and one who takes another user's place needs one"
    )
    func ownSession() async throws {
        let bench = try bench(1)
        let own = try await bench.signedIn()
        let id = try await own.look().id
        try await own.visit { try await $0.signIn(ada) }
        try await own.visit { try await $0.stepUp() }
        #expect(try await own.look().id == id)
        let grace = try await bench.signedIn("grace")
        var response: Visitor.Response?
        #expect(try await refusal(of: grace, &response).code == .tooManySessions)
        #expect(try await grace.look().principal == "grace", "what is refused ends no other user's session")
        #expect(try await own.look().principal == "ada")
        // Also with a token that a sign-in in another tab has superseded.
        let tab = bench.visitor
        try await tab.visit { try $0.set(.a, to: 1) }
        let late = Visitor(bench.manager, jar: tab.jar)
        try await own.visit { try await $0.end() }
        try await tab.visit { try await $0.signIn(ada) }
        #expect(try await refusal(of: late, &response).code == .tooManySessions)
        #expect(try await tab.look().principal == "ada")
    }

    @Test("A refused sign-in is one event with its user, and no sign-in")
    func event() async throws {
        let log = EventLog()
        var configuration = SessionConfiguration()
        configuration.maximumSessionsPerPrincipal = 1
        configuration.sessionLimitAction = .refuse
        let manager = try SessionManager(
            store: MemorySessionStore(), configuration: configuration, clock: ManualClock(), observers: [log])
        try await Visitor(manager).visit { try await $0.signIn(ada) }
        _ = log.takeEvents()
        _ = try await Visitor(manager).visit { session in
            await #expect(throws: SessionError.self) { try await session.signIn(ada) }
        }
        let events = log.takeEvents()
        #expect(events.map(\.kind) == [.signInRefused])
        #expect(events.first?.principal == ada && events.first?.error?.code == .tooManySessions)
    }
}
