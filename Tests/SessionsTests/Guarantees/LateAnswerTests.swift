import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("G6: answers that are late", .timeLimit(.minutes(10)))
struct LateAnswerTests {
    private func bench() throws -> Bench {
        try Bench {
            $0.renewalInterval = .minutes(15)
            $0.timeouts.idle = .hours(10)
        }
    }

    /// A user, and a request of theirs that was sent before a renewal and has loaded the session after it.
    private func readDuringRenewal() async throws -> (bench: Bench, visitor: Visitor, slow: Visitor.Request) {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let first = visitor.send()
        let slow = visitor.send()
        _ = try await first.session()
        await visitor.finish(first)
        _ = try await slow.session()
        return (bench, visitor, slow)
    }

    @Test("A read that learned of a renewal does not send its successor over a step-up's token")
    func readAgainstStepUp() async throws {
        let (bench, visitor, slow) = try await readDuringRenewal()
        bench.clock.advance(by: .seconds(1))
        try await visitor.visit { try await $0.stepUp() }
        let token = visitor.signedInToken
        await visitor.finish(slow)
        #expect(visitor.signedInToken == token)
        bench.clock.advance(by: .seconds(60))
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A late renewal doesn't replace another user's token")
    func readAgainstSwitch() async throws {
        let (_, visitor, slow) = try await readDuringRenewal()
        try await visitor.visit { try await $0.signIn(try Principal("grace")) }
        await visitor.finish(slow)
        #expect(try await visitor.look().principal == "grace")
    }

    @Test("A read that learned of a renewal, and nothing else, brings the successor")
    func readAfterRenewal() async throws {
        let bench = try bench()
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        let slow = visitor.send()
        let other = Visitor(bench.manager, jar: visitor.jar)
        try await other.visit()
        _ = try await slow.session()
        await visitor.finish(slow)
        #expect(visitor.jar == other.jar)
    }

    @Test(
        "A sign-in in a request that took longer than an overlap sends its token, and a renewal in it changes nothing")
    func slowSignIn() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let request = visitor.send()
        let session = try await request.session()
        bench.clock.advance(by: .seconds(121))
        try await session.signIn(try Principal("ada"))
        #expect(try await session.renew() == false)
        await visitor.finish(request)
        #expect(try await visitor.look().principal == "ada")
    }

    @Test("A response that brings a token clears no cookies, though a dead session was ended before")
    func endThenSignIn() async throws {
        let bench = try Bench()
        let visitor = try await bench.signedIn()
        try await bench.manager.end(try #require(try await visitor.look().id))
        let response = try await visitor.visit { session in
            try await session.end()
            try await session.signIn(try Principal("ada"))
        }
        #expect(visitor.signedInToken != nil)
        #expect(response.fields[try #require(HTTPField.Name("Clear-Site-Data"))] == nil)
    }
}
