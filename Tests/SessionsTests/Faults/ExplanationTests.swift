import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Told why a session is over", .timeLimit(.minutes(10)))
struct ExplanationTests {
    /// A browser whose signed-in session has timed out, and which has begun a visitor's session since.
    private func timedOut(_ bench: Bench) async throws -> Visitor {
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(32))
        try await visitor.visit { try $0.set(.a, to: 1) }
        #expect(visitor.jar.count == 2)
        return visitor
    }

    private func explanation(_ visitor: Visitor, isTaken: Bool = false) async throws -> SessionExplanation? {
        var explanation: SessionExplanation?
        try await visitor.visit { session in
            #expect(session.id != nil && session.principal == nil)
            explanation = isTaken ? await session.takeExplanation() : session.explanation
        }
        return explanation
    }

    @Test("An explanation says whether a user was signed in", arguments: [true, false])
    func wasSignedIn(_ isUser: Bool) async throws {
        for reason in [SessionEnd.Reason.expired, .endedByOperator, .signedOut] {
            let bench = try Bench()
            let visitor = bench.visitor
            try await visitor.visit { session in
                if isUser { try await session.signIn(try Principal("ada")) } else { try session.set(.a, to: 1) }
            }
            let id = try #require(try await visitor.look().id)
            switch reason {
            case .expired: bench.clock.advance(by: .minutes(32))
            case .endedByOperator: #expect(try await bench.manager.end(id))
            default:
                try await visitor.visit(isLost: true) { session in
                    try await session.end()
                    #expect(session.explanation?.wasSignedIn == isUser)
                }
            }
            let request = visitor.send()
            let session = try await request.session()
            #expect(session.explanation?.reason == reason && session.explanation?.wasSignedIn == isUser)
            #expect(await session.takeExplanation()?.wasSignedIn == isUser)
        }
    }

    @Test("A suspected theft is explained as the end of a user's session")
    func theft() async throws {
        let bench = try Bench { $0.renewalInterval = .minutes(1) }
        let visitor = try await bench.signedIn()
        let old = visitor.jar
        for _ in 0..<5 {
            bench.clock.advance(by: .minutes(3))
            try await visitor.visit()
        }
        let request = Visitor(bench.manager, jar: old).send()
        let explanation = try await request.session().explanation
        #expect(explanation?.reason == .suspectedTheft && explanation?.wasSignedIn == true)
    }

    @Test("Beside a live visitor's session it is told why the user's ended, until a page has taken it")
    func beside() async throws {
        let bench = try Bench()
        let visitor = try await timedOut(bench)
        for _ in 0..<2 { #expect(try await explanation(visitor)?.reason == .expired) }
        let taken = try await explanation(visitor, isTaken: true)
        #expect(taken?.reason == .expired && taken?.wasSignedIn == true)
        for _ in 0..<2 { #expect(try await explanation(visitor) == nil) }
        #expect(try await explanation(visitor, isTaken: true) == nil)
    }

    @Test("What was taken about one session says nothing of the next one")
    func nextOne() async throws {
        let bench = try Bench()
        let visitor = try await timedOut(bench)
        _ = try await explanation(visitor, isTaken: true)
        // Another user's session in the same browser, made beside the visitor's, and ended.
        let other = try await bench.signedIn("grace")
        visitor.jar[Visitor.signedInName] = other.signedInToken
        _ = try await bench.manager.endAll(of: try Principal("grace"))
        #expect(try await explanation(visitor)?.reason == .endedByOperator)
    }

    @Test("A sign-in ends the explanation, and a visitor who signs out is told of that alone")
    func afterwards() async throws {
        let bench = try Bench()
        let visitor = try await timedOut(bench)
        try await visitor.visit { session in
            try await session.signIn(try Principal("ada"))
            #expect(session.explanation == nil)
        }
        #expect(try await visitor.look().ended == nil)
        let other = try await timedOut(bench)
        try await other.visit { session in
            try await session.end()
            #expect(session.explanation?.reason == .signedOut && session.explanation?.wasSignedIn == false)
        }
    }

    @Test("HEAD and a prefetch don't take it, and a store that fails leaves it for the next page")
    func notTaken() async throws {
        let bench = try Bench()
        let visitor = try await timedOut(bench)
        for (method, purpose) in [(HTTPRequest.Method.head, nil), (.get, "prefetch")] as [(HTTPRequest.Method, String?)]
        {
            var request = HTTPRequest(method: method, scheme: "https", authority: "shop.test", path: "/")
            request.headerFields[.cookie] = visitor.jar.map { "\($0)=\($1)" }.joined(separator: "; ")
            if let purpose { request.headerFields[HTTPField.Name("Sec-Purpose")!] = purpose }
            let handle = bench.manager.begin(request, over: .init(peer: .local, isTLS: true))
            #expect(try await handle.session().takeExplanation()?.reason == .expired)
            #expect(await handle.finish(status: .ok).error == nil)
        }
        let request = visitor.send()
        let session = try await request.session()
        bench.faulty.follow { operation, _ in
            operation == .commit ? .fail(SessionError(.unavailable, "down")) : .pass
        }
        #expect(await session.takeExplanation()?.reason == .expired)
        bench.faulty.follow { _, _ in .pass }
        #expect(await visitor.finish(request).error == nil)
        #expect(try await explanation(visitor, isTaken: true)?.reason == .expired)
        #expect(try await explanation(visitor) == nil)
    }

    @Test("The dead token costs a load only where it comes")
    func loads() async throws {
        let bench = try Bench()
        let visitor = try await timedOut(bench)
        _ = try await explanation(visitor, isTaken: true)
        bench.recording.reset()
        try await visitor.visit()
        #expect(bench.recording.calls.map(\.operation) == [.load, .load])
        visitor.jar[Visitor.signedInName] = nil
        bench.recording.reset()
        try await visitor.visit()
        #expect(bench.recording.calls.map(\.operation) == [.load])
    }
}
