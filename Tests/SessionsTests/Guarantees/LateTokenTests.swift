import Sessions
import SessionsTesting
import Testing

@Suite("New tokens after the response's head", .timeLimit(.minutes(10)))
struct LateTokenTests {
    enum Act: CaseIterable {
        case signIn, stepUp, renew

        func callAsFunction(on session: Session) async throws {
            switch self {
            case .signIn: try await session.signIn(try Principal("ada"))
            case .stepUp: try await session.stepUp()
            case .renew: _ = try await session.renew()
            }
        }
    }

    @Test(
        "G9: what makes a new token is refused when the response's head is out, without a store call",
        arguments: Act.allCases, [true, false])
    func afterTheHead(_ act: Act, isSignedIn: Bool) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { session in
            if isSignedIn { try await session.signIn(try Principal("ada")) } else { try session.set(.a, to: 1) }
        }
        let request = visitor.send()
        let session = try await request.session()
        let id = try #require(session.id)
        await visitor.finish(request)
        let (calls, stored) = (bench.recording.calls.count, try await bench.store.load(id, at: bench.clock.now))
        let error = await #expect(throws: SessionError.self) { try await act(on: session) }
        #expect(error?.code == .sealed)
        #expect(bench.recording.calls.count == calls)
        let after = try await bench.store.load(id, at: bench.clock.now)
        #expect(after?.revision == stored?.revision && after?.generation == stored?.generation)
        // The client's token is as good as before.
        #expect(try await visitor.look().id == id)
    }
}
