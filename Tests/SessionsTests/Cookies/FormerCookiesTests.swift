import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Cookies of an earlier configuration", .timeLimit(.minutes(10)))
struct FormerCookiesTests {
    /// A browser at a shop before and after the names of its cookies changed.
    private struct Shop {
        let clock = ManualClock()
        let store = MemorySessionStore()
        let before, after: SessionManager
        let log = EventLog()
        var jar: CookieJar

        init(former: [SessionCookies] = [Self.former], renewalInterval: Duration? = nil) throws {
            jar = CookieJar(clock: clock)
            var configuration = SessionConfiguration()
            configuration.renewalInterval = renewalInterval
            configuration.cookies.former = former
            after = try SessionManager(store: store, configuration: configuration, clock: clock, observers: [log])
            configuration.cookies = Self.former
            before = try SessionManager(store: store, configuration: configuration, clock: clock)
        }

        static let former = SessionCookies(visitorName: "__Host-visitor", signedInName: "__Host-id")

        /// One request of the browser.
        @discardableResult
        mutating func visit(
            _ manager: SessionManager, _ body: (Session) async throws -> Void = { _ in }
        ) async throws -> [String] {
            var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
            jar.addCookies(to: &request)
            let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
            try await body(try await handle.session())
            var response = HTTPResponse(status: .ok)
            await handle.finish(status: .ok).apply(to: &response.headerFields)
            #expect(jar.receive(response, to: request) == [])
            return response.headerFields[values: .setCookie]
        }

        var names: [String] { jar.cookies.map(\.name).sorted() }
    }

    @Test("A session under a former name is read as it was, and moves to the new name with its next token")
    func renewal() async throws {
        var shop = try Shop(renewalInterval: .minutes(15))
        try await shop.visit(shop.before) { try await $0.signIn(try Principal("ada")) }
        #expect(shop.names == ["__Host-id"])
        var found: String?
        let read = try await shop.visit(shop.after) { found = $0.principal?.name }
        #expect(found == "ada" && read == [] && shop.names == ["__Host-id"])
        shop.clock.advance(by: .minutes(15))
        let renewed = try await shop.visit(shop.after)
        #expect(renewed.map { $0.prefix { $0 != "=" } } == ["__Host-id", "__Host-Http-id"])
        #expect(renewed.first?.hasPrefix("__Host-id=; ") == true && shop.names == ["__Host-Http-id"])
        try await shop.visit(shop.after) { found = $0.principal?.name }
        #expect(found == "ada")
    }

    @Test("A sign-in takes a visitor's cart along from a former name, and leaves one cookie")
    func signIn() async throws {
        var shop = try Shop()
        try await shop.visit(shop.before) { try $0.set(.a, to: 1) }
        try await shop.visit(shop.after) { try await $0.signIn(try Principal("ada")) }
        #expect(shop.names == ["__Host-Http-id"])
        var value: Int?
        try await shop.visit(shop.after) { value = try $0.value(.a) }
        #expect(value == 1)
    }

    @Test("A sign-out over plain HTTP ends nothing of what came that way, also under a former name")
    func plainSignOut() async throws {
        var shop = try Shop()
        try await shop.visit(shop.before) { try await $0.signIn(try Principal("ada")) }
        let former = try #require(shop.jar.cookies.first)
        try await shop.visit(shop.after) { try await $0.signIn(try Principal("ada")) }
        let present = try #require(shop.jar.cookies.first { $0.name == "__Host-Http-id" })
        var request = HTTPRequest(method: .get, scheme: "http", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = "\(former.name)=\(former.value); \(present.name)=\(present.value)"
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress("192.0.2.1")))
        let handle = shop.after.begin(request, over: .init(peer: peer, isTLS: false))
        _ = shop.log.takeOperations()
        try await handle.session().end()
        _ = await handle.finish(status: .ok)
        #expect(shop.log.takeOperations().isEmpty)
        var found: String?
        try await shop.visit(shop.after) { found = $0.principal?.name }
        #expect(found == "ada")
    }

    @Test("A sign-out ends a session under a former name, and deletes its cookie")
    func signOut() async throws {
        var shop = try Shop()
        try await shop.visit(shop.before) { try await $0.signIn(try Principal("ada")) }
        let old = shop.jar
        try await shop.visit(shop.after) { try await $0.end() }
        #expect(shop.names == [])
        shop.jar = old
        var isGone = false
        try await shop.visit(shop.after) { isGone = $0.id == nil && $0.explanation?.reason == .signedOut }
        #expect(isGone)
    }

    @Test("A sign-out ends the sessions under the present name and a former one, and deletes both cookies")
    func signOutOfBoth() async throws {
        var shop = try Shop()
        try await shop.visit(shop.before) { try await $0.signIn(try Principal("ada")) }
        let old = shop.jar
        shop.jar = CookieJar(clock: shop.clock)
        try await shop.visit(shop.after) { try await $0.signIn(try Principal("ada")) }
        for cookie in old.cookies {
            let request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
            let field = "\(cookie.name)=\(cookie.value); Path=/; Secure"
            #expect(shop.jar.receive(HTTPResponse(status: .ok, headerFields: [.setCookie: field]), to: request) == [])
        }
        #expect(shop.names == ["__Host-Http-id", "__Host-id"])
        #expect(try await shop.after.list(of: try Principal("ada")).count == 2)
        try await shop.visit(shop.after) { try await $0.end() }
        #expect(shop.names == [])
        #expect(try await shop.after.list(of: try Principal("ada")).isEmpty)
    }

    @Test(
        "The new name goes before the former, a signed-in user's before a visitor's, and a dead one hides no live one")
    func order() async throws {
        var shop = try Shop()
        try await shop.visit(shop.before) { try await $0.signIn(try Principal("ada")) }
        var other = try Shop()
        other = shop
        other.jar = CookieJar(clock: shop.clock)
        try await other.visit(other.after) { try await $0.signIn(try Principal("grace")) }
        var visitor = other
        visitor.jar = CookieJar(clock: shop.clock)
        try await visitor.visit(visitor.after) { try $0.set(.a, to: 1) }
        func who(_ jars: [CookieJar], manager: SessionManager) async throws -> String? {
            let cookies = jars.flatMap(\.cookies).map { "\($0.name)=\($0.value)" }.joined(separator: "; ")
            var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
            request.headerFields[.cookie] = cookies
            let session = try await manager.begin(request, over: .init(peer: .local, isTLS: true)).session()
            let value = try session.value(.a)
            return session.principal?.name ?? value.map { "visitor \($0)" }
        }
        for jars in [[shop.jar, other.jar], [other.jar, shop.jar]] {
            #expect(try await who(jars, manager: shop.after) == "grace")
        }
        for jars in [[shop.jar, visitor.jar], [visitor.jar, shop.jar]] {
            #expect(try await who(jars, manager: shop.after) == "ada")
        }
        try await other.visit(other.after) { try await shop.after.end(try #require($0.id)) }
        #expect(try await who([other.jar, shop.jar], manager: shop.after) == "ada")
    }

    @Test("Without former cookies the old names are read no more")
    func over() async throws {
        var shop = try Shop(former: [])
        try await shop.visit(shop.before) { try await $0.signIn(try Principal("ada")) }
        var id: SessionID?
        try await shop.visit(shop.after) { id = $0.id }
        #expect(id == nil && shop.log.takeEvents().isEmpty)
    }

    @Test("While servers change over, each of two configurations reads what the other one writes")
    func rolling() async throws {
        let shop = try Shop()
        var configuration = SessionConfiguration()
        configuration.renewalInterval = nil
        configuration.cookies = Shop.former
        configuration.cookies.former = [SessionCookies()]
        let prepared = try SessionManager(store: shop.store, configuration: configuration, clock: shop.clock)
        for (first, second) in [(prepared, shop.after), (shop.after, prepared)] {
            var browser = shop
            try await browser.visit(first) { try await $0.signIn(try Principal("ada")) }
            var found: String?
            try await browser.visit(second) { found = $0.principal?.name }
            #expect(found == "ada")
            try await browser.visit(second) { try await $0.stepUp() }
            try await browser.visit(first) { found = $0.principal?.name }
            #expect(found == "ada" && browser.names.count == 1)
        }
    }

    @Test("Former cookies that can't be told apart, or that the network could plant, are refused with what to do")
    func validation() {
        for (former, advice) in [
            ([SessionCookies()], "formerDomains"),
            ([.init(visitorName: "a", signedInName: "__Host-Http-id")], "formerDomains"),
            (
                [.init(visitorName: "a", signedInName: "b"), .init(visitorName: "b", signedInName: "c")],
                "formerDomains"
            ),
            ([.insecureForDevelopment], "has no Secure"),
            ([.init(visitorName: "__Host-a", signedInName: "b", scope: .init(path: "/x"))], "Path=/"),
        ] as [([SessionCookies], String)] {
            var configuration = SessionConfiguration()
            configuration.cookies.former = former
            let error = #expect(throws: SessionError.self) {
                try SessionManager(store: MemorySessionStore(), configuration: configuration)
            }
            #expect(error?.code == .configuration && error?.message.contains(advice) == true, "\(former)")
        }
        // Without Secure the network could plant the present ones as well.
        var development = SessionCookies.insecureForDevelopment
        development.former = [.init(visitorName: "a", signedInName: "b", scope: .init(isSecure: false))]
        #expect(throws: Never.self) { try development.validate() }
        var nested = SessionConfiguration()
        var former = Shop.former
        former.former = [.init(visitorName: "a", signedInName: "b")]
        nested.cookies.former = [former]
        let error = #expect(throws: SessionError.self) {
            try SessionManager(store: MemorySessionStore(), configuration: nested)
        }
        #expect(error?.message.contains("one place") == true)
    }
}
