import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("G1, G8: unknown tokens are not adopted, and strangers get nothing", .timeLimit(.minutes(10)))
struct AdoptionTests {
    @Test(
        "ID-6: a malformed token makes no store call",
        arguments: [
            "", "x", "../../etc/passwd", "'--", "\"AAAA\"", String(repeating: "A", count: 63),
            String(repeating: "A", count: 65), String(repeating: "*", count: 64), String(repeating: "A", count: 4096),
        ])
    func malformed(_ text: String) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        let request = visitor.send(raw: "__Host-Http-id=\(text); __Host-Http-visitor=\(text)")
        let session = try await request.session()
        #expect(session.id == nil)
        let response = await visitor.finish(request)
        #expect(bench.recording.calls.isEmpty && response.setCookies.isEmpty)
    }

    @Test("ID-7: a well-formed unknown token is never adopted")
    func unknown() async throws {
        let bench = try Bench()
        let forged = String(repeating: "Q", count: 64)
        let visitor = Visitor(bench.manager, jar: [Visitor.visitorName: forged])
        try await visitor.visit { try $0.set(.a, to: 1) }
        let token = try #require(visitor.visitorToken)
        #expect(token.prefix(21) != forged.prefix(21))
        #expect(try await bench.manager.list().sessions.count == 1)
    }

    @Test("A request that only reads, removes or takes makes no record, no cookie and no store call")
    func stranger() async throws {
        let uses: [(Session) async throws -> Void] = [
            { _ = try $0.value(.a) }, { _ = $0.attributeNames }, { try $0.remove(.a) }, { try $0.remove(named: "a") },
            { _ = try await $0.take(.a) }, { _ = try await $0.takeFlash() },
            { try await $0.save { try $0.remove(.a) } },
            { try await $0.save() }, { try await $0.renew() }, { try await $0.end() },
            { session in
                try session.set(.a, to: 1)
                try session.remove(.a)
            },
        ]
        for (number, use) in uses.enumerated() {
            let bench = try Bench()
            let response = try await bench.visitor.visit(use)
            #expect(bench.recording.calls.isEmpty && response.setCookies.isEmpty, "use \(number)")
            #expect(response.error == nil && response.fields[.vary] == "Cookie", "use \(number)")
            #expect(response.fields[.cacheControl] == "no-store", "use \(number)")
        }
    }

    @Test("CP-6: two different cookies of one name are no session, in either order; two equal ones are one")
    func duplicates() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let own = try #require(visitor.visitorToken), other = String(repeating: "Q", count: 64)
        for (first, second, isSession) in [(own, other, false), (other, own, false), (own, own, true)] {
            let request = visitor.send(raw: "__Host-Http-visitor=\(first); __Host-Http-visitor=\(second)")
            #expect((try await request.session().id != nil) == isSession)
        }
    }

    @Test(
        "CP-2 to CP-9: a token is read beside other cookies and spaces, not in quotes or under another name",
        arguments: [
            ("a=b; __Host-Http-visitor=TOKEN", true), ("a=b;__Host-Http-visitor=TOKEN", true),
            ("\t __Host-Http-visitor \t= TOKEN ;x", true),
            ("=__Host-Http-visitor=TOKEN", false), ("__Host-Http-visitor", false), ("__host-visitor=TOKEN", false),
            ("__Host-Http-visitor=\"TOKEN\"", true), ("__Host-Http-visitor=\"TOKEN", false),
            ("a=\"x; __Host-Http-visitor=TOKEN; \"", true),
            ("a,__Host-Http-visitor=TOKEN", false),
            ("$Version=1; __Host-Http-visitor=TOKEN", true), ("__Host-Http-visitor=TOKEN%20", false),
            ("\u{a0}__Host-Http-visitor=TOKEN", false),
            ("__Host-Http-id=TOKEN", false),
        ])
    func cookies(_ header: String, isSession: Bool) async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let token = try #require(visitor.visitorToken)
        let request = visitor.send(
            raw: header.split(separator: "TOKEN", omittingEmptySubsequences: false).joined(separator: token))
        #expect((try await request.session().id != nil) == isSession)
    }

    @Test("CP-7: a Cookie header over the limits is refused with 431")
    func cookieLimits() async throws {
        let visitor = try Bench().visitor
        for header in [String(repeating: "a=;", count: 300), String(repeating: "a", count: 40_000)] {
            let request = visitor.send(raw: header)
            let error = await #expect(throws: SessionError.self) { try await request.session() }
            #expect(error?.code == .cookieHeaderTooLarge)
        }
    }

    @Test("ID-3: a random source that fails makes no session and no cookie")
    func randomFails() async throws {
        let store = RecordingStore(MemorySessionStore())
        let manager = try SessionManager(store: store, random: FailingRandomSource())
        let visitor = Visitor(manager)
        let response = try await visitor.visit { try $0.set(.a, to: 1) }
        #expect(response.error != nil && response.setCookies.isEmpty && store.calls.isEmpty)
    }
}
