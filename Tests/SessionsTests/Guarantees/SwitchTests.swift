import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("G2, G3: users who share a browser, or a token", .timeLimit(.minutes(10)))
struct SwitchTests {
    @Test(
        "A late sign-in with a planted visitor's token gets nothing that was written after the sign-in it lost to",
        arguments: ["mallory", "ada"])
    func plantedToken(name: String) async throws {
        let bench = try Bench()
        let victim = bench.visitor
        try await victim.visit { try $0.set(.b, to: 1) }
        let attacker = Visitor(bench.manager, jar: victim.jar)
        let held = attacker.send()
        let session = try await held.session()
        try await victim.visit { try await $0.signIn(try Principal("ada")) }
        try await victim.visit { try $0.set(.a, to: 4111) }
        try await victim.visit { try await $0.stepUp() }
        try await session.signIn(try Principal(name))
        await attacker.finish(held)
        try await attacker.visit { session in
            #expect(session.principal?.name == name)
            #expect(session.attributeNames.isEmpty)
        }
    }

    @Test("A sign-in with another user's superseded token gets nothing of that user", arguments: [true, false])
    func supersededToken(underVisitorsName: Bool) async throws {
        let bench = try Bench()
        let ada = try await bench.signedIn("ada")
        try await ada.visit { try $0.set(.a, to: 4111) }
        let old = Visitor(bench.manager)
        old.jar[underVisitorsName ? Visitor.visitorName : Visitor.signedInName] = ada.signedInToken
        try await ada.visit { try await $0.stepUp() }
        try await old.visit { try await $0.signIn(try Principal("mallory")) }
        try await old.visit { session in
            #expect(session.principal?.name == "mallory")
            #expect(session.attributeNames.isEmpty)
        }
    }

    @Test("A sign-in with an old secret, stalled past its overlap, gets nothing of the session")
    func stalledToken() async throws {
        let bench = try Bench {
            $0.renewalInterval = .minutes(15)
            $0.timeouts.idle = .hours(10)
        }
        let ada = try await bench.signedIn("ada")
        try await ada.visit { try $0.set(.a, to: 4111) }
        try await ada.visit { try await $0.stepUp() }
        let thief = Visitor(bench.manager, jar: ada.jar)
        bench.clock.advance(by: .minutes(15))
        try await ada.visit()
        bench.clock.advance(by: .seconds(60))
        try await ada.visit()
        bench.clock.advance(by: .minutes(60))
        let stalled = thief.send()
        bench.clock.advance(by: .seconds(120))
        try await stalled.session().signIn(try Principal("mallory"))
        await thief.finish(stalled)
        try await thief.visit { session in
            #expect(session.principal?.name == "mallory")
            #expect(session.attributeNames.isEmpty)
        }
    }

    @Test("What a request has buffered for one user is not written to the session of the next")
    func bufferedWrites() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn("ada")
        try await visitor.visit { session in
            try session.set(.a, to: 4111)
            try await session.signIn(try Principal("grace"))
            try session.set(.b, to: 1)
        }
        try await visitor.visit { session in
            #expect(session.principal?.name == "grace")
            #expect(session.attributeNames == ["b"])
        }
    }

    @Test("Two Unicode spellings of one identifier are two users, who get nothing of each other")
    func spellings() async throws {
        let bench = try Bench()
        let (composed, decomposed) = (try Principal("caf\u{e9}"), try Principal("cafe\u{301}"))
        let visitor = bench.visitor
        try await visitor.visit { session in
            try await session.signIn(composed)
            try session.set(.a, to: 4111)
        }
        let before = Visitor(bench.manager, jar: visitor.jar)
        try await visitor.visit { try await $0.signIn(decomposed) }
        try await visitor.visit { session in
            #expect(session.principal == decomposed && session.attributeNames.isEmpty)
        }
        #expect(try await before.look().ended == .signedOut)
    }

    @Test("Another user's sign-in that can't end the session before it is refused, and the next try ends it")
    func endOfTheOtherSession() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn("ada")
        let request = visitor.send()
        let session = try await request.session()
        let tab = Visitor(bench.manager, jar: visitor.jar)
        try await tab.visit { try await $0.stepUp() }
        let error = await #expect(throws: SessionError.self) { try await session.signIn(try Principal("grace")) }
        #expect(error?.code == .superseded)
        #expect(await visitor.finish(request, status: .conflict).setCookies.isEmpty)
        try await tab.visit { try await $0.signIn(try Principal("grace")) }
        #expect(try await bench.manager.list(of: try Principal("ada")).isEmpty)
    }
}
