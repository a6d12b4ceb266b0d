import SessionsTesting
import Testing

@testable import Sessions

@Suite("One value, one purpose", .timeLimit(.minutes(10)))
struct PurposeTests {
    @Test(
        "W-08: no attribute, whatever its name, signs anybody in or counts as a fresh password",
        arguments: [
            "principal", "user", "userID", "authenticatedAt", "authentications", "u", "a", "id", "realm", "end",
        ])
    func attributes(_ name: String) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let text: SessionKey<String> = .init(name), list: SessionKey<[String]> = .init(name + ".list")
        try await visitor.visit { session in
            try session.set(text, to: "ada")
            try session.set(list, to: ["pwd@\(bench.clock.now.milliseconds)"])
        }
        let request = visitor.send()
        let session = try await request.session()
        #expect(try session.value(text) == "ada" && session.principal == nil)
        let info = try #require(session.info)
        #expect(info.authentications == [] && info.authenticatedAt == nil && info.end == nil && info.realm == .default)
        await #expect(throws: SessionError.self) { try await session.stepUp() }
        #expect(try await bench.manager.list(of: try Principal("ada")).isEmpty)
        // A key of another type finds no value of this one.
        #expect(throws: SessionError.self) { try session.value(SessionKey<Int>(name)) }
        await visitor.finish(request)
    }
}
