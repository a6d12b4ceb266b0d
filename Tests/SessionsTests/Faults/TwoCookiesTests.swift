import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Two cookies of one name", .timeLimit(.minutes(10)))
struct TwoCookiesTests {
    /// A shop whose cookies are for all of example.test, once for the host alone and once for its parent.
    private struct Shop {
        let clock = ManualClock()
        let store = MemorySessionStore()
        var jar: CookieJar
        let manager: SessionManager
        let before: SessionManager
        let sibling: SessionManager

        init() throws {
            jar = CookieJar(clock: clock)
            let (store, clock) = (store, clock)
            func manager(_ domain: String?, former: [String] = []) throws -> SessionManager {
                var configuration = SessionConfiguration()
                configuration.cookies = .init(
                    visitorName: "__Secure-visitor", signedInName: "__Secure-id", scope: .init(domain: domain))
                configuration.cookies.formerDomains = former
                return try SessionManager(store: store, configuration: configuration, clock: clock)
            }
            self.manager = try manager("shop.example.test", former: ["example.test"])
            before = try manager(nil)
            sibling = try manager("example.test")
        }

        /// One request of the browser, and what its response did to the jar.
        mutating func visit(
            _ manager: SessionManager, _ body: (Session) async throws -> Void = { _ in }
        ) async throws -> SessionReply {
            var request = HTTPRequest(method: .get, scheme: "https", authority: "www.shop.example.test", path: "/")
            jar.addCookies(to: &request)
            let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
            try await body(try await handle.session())
            let reply = await handle.finish(status: .ok)
            var response = HTTPResponse(status: .ok)
            reply.apply(to: &response.headerFields)
            #expect(jar.receive(response, to: request) == [])
            return reply
        }

        mutating func principal() async throws -> String? {
            var name: String?
            _ = try await visit(manager) { name = $0.principal?.name }
            return name
        }

        /// A browser that an earlier configuration and a sibling host have left cookies with.
        mutating func makeMess(_ principals: [String?] = ["ada", "ada"]) async throws {
            for (manager, name) in zip([before, sibling], principals) {
                var other = CookieJar(clock: clock)
                swap(&jar, &other)
                _ = try await visit(manager) { session in
                    if let name { try await session.signIn(try Principal(name)) } else { try session.set(.a, to: 1) }
                }
                let cookie = try #require(jar.cookies.first)
                swap(&jar, &other)
                let request = HTTPRequest(method: .get, scheme: "https", authority: "www.shop.example.test", path: "/")
                let domain = cookie.isHostOnly ? "" : "; Domain=\(cookie.domain)"
                let field = "\(cookie.name)=\(cookie.value); Path=/; Secure\(domain)"
                #expect(jar.receive(HTTPResponse(status: .ok, headerFields: [.setCookie: field]), to: request) == [])
            }
            #expect(jar.cookies.count == 2)
        }

        func live() async throws -> Int {
            try await store.list(SessionQuery(.all, limit: 100, after: nil), at: clock.now).records.count
        }
    }

    @Test("A sign-out ends what proves itself, and deletes at every scope that the configuration names")
    func signOut() async throws {
        var shop = try Shop()
        try await shop.makeMess()
        #expect(try await shop.principal() == nil)
        #expect(try await shop.live() == 2)
        _ = try await shop.visit(shop.manager) { try await $0.end() }
        #expect(try await shop.live() == 0)
        #expect(shop.jar.cookies.isEmpty)
    }

    @Test("A sign-in over a mess leaves one cookie and a user who is signed in, and so does one over a visitors' mess")
    func signIn() async throws {
        for mess in [["ada", "ada"], ["ada", "grace"], [nil, nil], ["ada", nil]] as [[String?]] {
            var shop = try Shop()
            try await shop.makeMess(mess)
            _ = try await shop.visit(shop.manager) { try await $0.signIn(try Principal("ada")) }
            #expect(try await shop.principal() == "ada", "\(mess)")
            #expect(shop.jar.cookies.map(\.name) == ["__Secure-id"])
            #expect(shop.jar.cookies.map(\.domain) == ["shop.example.test"])
        }
    }

    @Test("A visitor's first write over a mess leaves one cookie and their session")
    func visitor() async throws {
        var shop = try Shop()
        try await shop.makeMess([nil, nil])
        _ = try await shop.visit(shop.manager) { try $0.set(.b, to: 2) }
        var value: Int?
        _ = try await shop.visit(shop.manager) { value = try $0.value(.b) }
        #expect(value == 2 && shop.jar.cookies.map(\.name) == ["__Secure-visitor"])
    }

    @Test("One dead cookie at a former scope is removed when a new one is set, so that the two never meet")
    func oneLeftOver() async throws {
        for isSibling in [true, false] {
            var shop = try Shop()
            let former = isSibling ? shop.sibling : shop.before
            _ = try await shop.visit(former) { try await $0.signIn(try Principal("ada")) }
            shop.clock.advance(by: .hours(1))
            #expect(try await shop.principal() == nil && shop.jar.cookies.count == 1)
            _ = try await shop.visit(shop.manager) { try await $0.signIn(try Principal("ada")) }
            #expect(shop.jar.cookies.map(\.domain) == ["shop.example.test"])
            #expect(try await shop.principal() == "ada")
        }
    }

    @Test("Of many cookies up to four tokens are looked at, each once, and a wrong secret ends nothing")
    func fourCandidates() async throws {
        let bench = try Bench()
        var tokens: [String] = []
        for _ in 0..<5 { tokens.append(try #require(try await bench.signedIn().signedInToken)) }
        // The ID of a session, and another one's secret.
        let forged = tokens[4].prefix(22) + tokens[0].dropFirst(22)
        let visitor = bench.visitor
        let raw = ([String(forged), "malformed", tokens[0], tokens[0]] + tokens[1...3]).map { "__Host-Http-id=\($0)" }
            .joined(separator: "; ")
        let request = visitor.send(raw: raw)
        bench.recording.reset()
        try await request.session().end()
        #expect(bench.recording.calls.filter { $0.operation == .load }.count == 4)
        #expect(await visitor.finish(request).setCookies.count == 1)
        var alive: [Bool] = []
        for token in tokens {
            alive.append(try await Visitor(bench.manager, jar: [Visitor.signedInName: token]).look().id != nil)
        }
        #expect(alive == [false, false, false, true, true])
    }

    @Test("A sign-out ends also what a secret from before a renewal proves, whose response was lost")
    func previousSecret() async throws {
        let bench = try Bench { $0.renewalInterval = .minutes(15) }
        let visitor = try await bench.signedIn()
        bench.clock.advance(by: .minutes(15))
        try await visitor.visit(isLost: true)
        let token = try #require(visitor.signedInToken)
        let request = bench.visitor.send(raw: "__Host-Http-id=\(token); __Host-Http-id=x")
        try await request.session().end()
        await bench.visitor.finish(request)
        #expect(try await visitor.look().ended == .signedOut)
    }

    @Test("A sign-out that can't end a candidate fails, and deletes nothing")
    func storeFails() async throws {
        let bench = try Bench()
        let tokens = [try await bench.signedIn().signedInToken, try await bench.signedIn().signedInToken].compactMap(
            \.self)
        let request = bench.visitor.send(raw: tokens.map { "__Host-Http-id=\($0)" }.joined(separator: "; "))
        let session = try await request.session()
        bench.faulty.follow { operation, _ in
            operation == .commit ? .fail(SessionError(.unavailable, "down")) : .pass
        }
        let error = await #expect(throws: SessionError.self) { try await session.end() }
        #expect(error?.code == .unavailable)
        #expect(await bench.visitor.finish(request).setCookies == [])
    }

    @Test("A visitor who signs out beside two users' cookies ends all three")
    func besideAVisitor() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let tokens = [try await bench.signedIn().signedInToken, try await bench.signedIn().signedInToken].compactMap(
            \.self)
        let raw =
            (["__Host-Http-visitor=\(try #require(visitor.visitorToken))"] + tokens.map { "__Host-Http-id=\($0)" })
            .joined(separator: "; ")
        let request = visitor.send(raw: raw)
        #expect(try await request.session().value(.a) == 1)
        try await request.session().end()
        let response = await visitor.finish(request)
        #expect(response.setCookies.map { $0.prefix { $0 != "=" } } == ["__Host-Http-id", "__Host-Http-visitor"])
        let query = SessionQuery(.all, limit: 10, after: nil)
        #expect(try await bench.store.list(query, at: bench.clock.now).records.isEmpty)
    }

    @Test("A sign-out ends the user's session also beside a visitor's token that their sign-in has superseded")
    func besideASupersededVisitor() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let superseded = try #require(visitor.visitorToken)
        try await visitor.visit { try await $0.signIn(try Principal("ada")) }
        let token = try #require(visitor.signedInToken)
        let planted = SessionToken.sample(9).exposedText
        let raw = "__Host-Http-visitor=\(superseded); __Host-Http-id=\(token); __Host-Http-id=\(planted)"
        // Where no other token proves itself, the answer to a superseded one stands.
        let unproven = bench.visitor.send(
            raw: "__Host-Http-visitor=\(superseded); __Host-Http-id=\(planted); __Host-Http-id=x")
        let session = try await unproven.session()
        let error = await #expect(throws: SessionError.self) { try await session.end() }
        #expect(error?.code == .superseded)

        let request = bench.visitor.send(raw: raw)
        try await request.session().end()
        #expect(
            await bench.visitor.finish(request).setCookies.map { $0.prefix { $0 != "=" } } == [
                "__Host-Http-id", "__Host-Http-visitor",
            ])
        #expect(try await visitor.look().ended == .signedOut)
    }

    @Test("A visitor's token among the signed-in cookies ends nothing: a token is good at its own place alone")
    func misplacedCandidate() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let token = try #require(visitor.visitorToken)
        let request = bench.visitor.send(raw: "__Host-Http-id=\(token); __Host-Http-id=x")
        try await request.session().end()
        await bench.visitor.finish(request)
        #expect(try await visitor.look().id != nil)
    }

    @Test(
        "What can't be a token at a former scope is removed too when a new one is set, and a stranger gets no deletion")
    func malformedLeftOver() async throws {
        var shop = try Shop()
        let request = HTTPRequest(method: .get, scheme: "https", authority: "www.shop.example.test", path: "/")
        let field = "__Secure-id=x; Path=/; Secure; Domain=example.test"
        #expect(shop.jar.receive(HTTPResponse(status: .ok, headerFields: [.setCookie: field]), to: request) == [])
        _ = try await shop.visit(shop.manager) { try await $0.signIn(try Principal("ada")) }
        #expect(try await shop.principal() == "ada")
        #expect(shop.jar.cookies.map(\.domain) == ["shop.example.test"])

        let bench = try Shop()
        let handle = bench.manager.begin(request, over: .init(peer: .local, isTLS: true))
        try await handle.session().set(.a, to: 1)
        var fields = HTTPFields()
        await handle.finish(status: .ok).apply(to: &fields)
        #expect(fields[values: .setCookie].count == 1)
    }

    @Test("Former domains of __Host- names are refused, since there can be none")
    func validation() throws {
        var configuration = SessionConfiguration()
        configuration.cookies.formerDomains = ["example.test"]
        let error = #expect(throws: SessionError.self) { try SessionPolicy(configuration) }
        #expect(error?.code == .configuration && error?.message.contains("__Host-") == true)
    }
}
