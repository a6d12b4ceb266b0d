import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("What the head of a response carries, and what comes after it", .timeLimit(.minutes(10)))
struct ResponseHeadTests {
    @Test("A sign-in deletes the visitor's cookie of a client that brought one, live or dead, and of no other")
    func visitorsCookie() async throws {
        let bench = try Bench()
        let deletion = "\(Visitor.visitorName)=;"
        func cookies(_ visitor: Visitor, signIn name: String) async throws -> [String] {
            try await visitor.visit { try await $0.signIn(try Principal(name)) }.setCookies.map { cookie in
                cookie.hasPrefix(deletion) ? "no visitor" : String(cookie.prefix { $0 != "=" })
            }
        }
        let user = bench.visitor
        #expect(try await cookies(user, signIn: "ada") == [Visitor.signedInName])
        #expect(try await cookies(user, signIn: "ada") == [Visitor.signedInName])
        #expect(try await cookies(user, signIn: "grace") == [Visitor.signedInName])
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let brought = visitor.jar
        #expect(try await cookies(visitor, signIn: "ada") == ["no visitor", Visitor.signedInName])
        #expect(visitor.visitorToken == nil && visitor.signedInToken != nil)
        let dead = Visitor(bench.manager, jar: brought)
        #expect(try await cookies(dead, signIn: "ada") == ["no visitor", Visitor.signedInName])
        let both = Visitor(bench.manager, jar: user.jar.merging(brought) { $1 })
        #expect(try await cookies(both, signIn: "ada") == ["no visitor", Visitor.signedInName])
    }

    @Test("G9: a first use after the response's head is out is refused without a store call, with a token or none")
    func firstUseAfterTheHead() async throws {
        let bench = try Bench()
        for visitor in [bench.visitor, try await bench.signedIn()] {
            let request = visitor.send()
            await visitor.finish(request)
            let calls = bench.recording.calls.count
            let error = await #expect(throws: SessionError.self) { try await request.session() }
            #expect(error?.code == .sealed)
            let other = await #expect(throws: SessionError.self) { try await request.handle.sessionOrNobody() }
            #expect(other?.code == .sealed)
            #expect(bench.recording.calls.count == calls)
        }
    }
}
