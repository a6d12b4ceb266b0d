import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Sessions
import SessionsHummingbird
import SessionsTesting
import Synchronization
import Testing

/// A user as an application keeps one.
private struct Account: Sendable {
    let name: String
    var isAdmin = false
}

/// The context of docs/sessions.md for routes that know users.
private struct AccountContext: SessionsUserContext {
    var coreContext: CoreRequestContextStorage
    var sessions: RequestSessions
    var user: Account?

    init(source: Source) {
        coreContext = .init(source: source)
        sessions = .init(source: source)
    }
}

@Suite("The application's own user", .timeLimit(.minutes(10)))
final class UserTests: Sendable {
    private let clock = ManualClock()
    private let users = Mutex(["ada": Account(name: "Ada", isAdmin: true), "bob": Account(name: "Bob")])
    private let lookups = Mutex(0)

    private struct Failure: Error {}

    /// A shop with an account page, an admin's page and one for a fresh password.
    private func withShop(
        fails: Bool = false, _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
    ) async throws {
        let sessions = try SessionManager(store: MemorySessionStore(), clock: clock)
        let router = Router(context: AccountContext.self)
        router.add(middleware: SessionsMiddleware(sessions, servesTLS: true))
        router.post("sign-in/:name") { request, context in
            let name = try context.parameters.require("name")
            try await context.session().signIn(try Principal(name), by: .password)
            return Response.redirect(to: ReturnPath(of: request)?.text ?? "/")
        }
        router.post("step-up") { _, context in
            try await context.session().stepUp(by: .hardwareKey)
            return "stepped up"
        }
        let known = router.group("").add(
            middleware: SessionsUserMiddleware { [self] principal in
                lookups.withLock { $0 += 1 }
                if fails { throw Failure() }
                return users.withLock { $0[principal.name] }
            })
        known.get("who") { _, context in context.user?.name ?? "a visitor" }
        known.get("must") { _, context in try context.requireUser().name }
        known.group("account").add(middleware: RequireUserMiddleware(signInPage: "/sign-in"))
            .get { _, context in try context.requireUser().name }
            .head { _, _ in Response(status: .ok) }
            .post { _, _ in "changed" }
        known.group("admin").add(middleware: RequireUserMiddleware(signInPage: "/sign-in", where: \.isAdmin))
            .get { _, _ in "everything" }
        known.group("password").add(
            middleware: RequireUserMiddleware(
                signInPage: "/sign-in?why=fresh", authenticatedWithin: .seconds(300), by: .password)
        ).get { _, _ in "new password" }
        known.group("bare").add(middleware: RequireUserMiddleware(authenticatedWithin: .seconds(300)))
            .get { _, _ in "bare" }
        known.group("key").add(middleware: RequireUserMiddleware(by: .hardwareKey)).get { _, _ in "keyed" }
        known.group("two").add(middleware: RequireUserMiddleware(signInPage: "/step-up", level: .aal3))
            .get { _, _ in "twice" }
        known.group("later").add(middleware: RequireUserMiddleware(signInPage: "/sign-in"))
            .get { _, context in
                try await context.session().requireAuthentication(within: .seconds(300))
                return "checked later"
            }
            .post { _, context in
                try await context.session().requireAuthentication(within: .seconds(300))
                return "done later"
            }
        try await Application(router: router).test(.router) { client in try await body(client) }
    }

    private final class Browser {
        let client: any TestClientProtocol
        private(set) var jar: CookieJar

        init(_ client: any TestClientProtocol, _ clock: ManualClock) {
            self.client = client
            jar = CookieJar(clock: clock)
        }

        /// Checks what a person sees: the status, and the body or where the browser is sent.
        func expect(
            _ path: String, _ expected: String, _ method: HTTPRequest.Method = .get,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let response = try await client.execute(uri: path, method: method, headers: jar.headers(for: path))
            jar.receive(response.headers, from: path)
            let text = response.status.code < 400 ? " \(response.headers[.location] ?? response.text)" : ""
            #expect("\(response.status.code)\(text)" == expected, sourceLocation: sourceLocation)
        }
    }

    @Test("The user is loaded once a request where one is signed in, and a visitor has none")
    func loads() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/who", "200 a visitor")
            try await browser.expect("/must", "401")
            #expect(lookups.withLock { $0 } == 0 && browser.jar.cookies.isEmpty)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            try await browser.expect("/must", "200 Bob")
            #expect(lookups.withLock { $0 } == 1)
        }
    }

    @Test(
        "A guard sends a visitor's page to the sign-in with the way back, refuses what can't be repeated, and knows roles"
    )
    func guards() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect(
                "/account?tab=a&q=%2Fx+y", "303 /sign-in?return=/account%3Ftab%3Da%26q%3D%252Fx%2By")
            try await browser.expect("/account", "303 /sign-in?return=/account", .head)
            // Too long for a way back.
            try await browser.expect("/account?a=" + String(repeating: "b", count: 2048), "303 /sign-in")
            try await browser.expect("/account", "401", .post)
            try await browser.expect("/sign-in/bob?return=/account%3Ftab%3Da", "303 /account?tab=a", .post)
            try await browser.expect("/account?tab=a", "200 Bob")
            try await browser.expect("/account", "200 changed", .post)
            try await browser.expect("/admin", "403")
            try await browser.expect("/sign-in/ada", "303 /", .post)
            try await browser.expect("/admin", "200 everything")
        }
    }

    @Test("A guard asks again for an authentication that is as old as its limit, and not a millisecond before")
    func freshness() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            clock.advance(by: .milliseconds(299_999))
            try await browser.expect("/password", "200 new password")
            try await browser.expect("/bare", "200 bare")
            clock.advance(by: .milliseconds(1))
            try await browser.expect("/password", "303 /sign-in?why=fresh&return=/password")
            try await browser.expect("/bare", "401")
            try await browser.expect("/account", "200 Bob")
            try await browser.expect("/sign-in/bob", "303 /", .post)
            try await browser.expect("/password", "200 new password")
        }
    }

    @Test("A guard that names a method alone demands it, however long ago it was")
    func methods() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            try await browser.expect("/key", "401")
            try await browser.expect("/step-up", "200 stepped up", .post)
            clock.advance(by: .seconds(1200))
            try await browser.expect("/key", "200 keyed")
        }
    }

    @Test("A-7.5.3: a guard demands a level, and sends a page there that can raise it")
    func levels() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/two", "303 /step-up?return=/two")
            try await browser.expect("/sign-in/bob", "303 /", .post)
            try await browser.expect("/two", "303 /step-up?return=/two")
            try await browser.expect("/step-up", "200 stepped up", .post)
            try await browser.expect("/two", "200 twice")
        }
    }

    @Test("What a handler refuses later is answered by its guard: a page with the way back, and all else with 401")
    func laterRefusals() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            try await browser.expect("/later", "200 checked later")
            clock.advance(by: .seconds(300))
            try await browser.expect("/later?a=b", "303 /sign-in?return=/later%3Fa%3Db")
            try await browser.expect("/later", "401", .post)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            try await browser.expect("/later", "200 done later", .post)
        }
    }

    @Test("A guard behind several realms looks at the session that named the user")
    func realms() async throws {
        let store = MemorySessionStore()
        func manager(_ name: String) throws -> SessionManager {
            var configuration = SessionConfiguration()
            configuration.cookies = SessionCookies(visitorName: "__Host-\(name)-v", signedInName: "__Host-\(name)-id")
            return try SessionManager(store: store, realm: try Realm(name), configuration: configuration, clock: clock)
        }
        let (shop, office) = (try manager("shop"), try manager("office"))
        let router = Router(context: AccountContext.self)
        router.add(middleware: SessionsMiddleware(shop, servesTLS: true))
        router.add(middleware: SessionsMiddleware(office, servesTLS: true))
        router.post("sign-in") { request, context in
            let realm = try Realm(request.uri.queryParameters.require("realm"))
            try await context.session(in: realm).signIn(try Principal("ada"), by: .password)
            return "in"
        }
        let known = router.group("").add(
            middleware: SessionsUserMiddleware(in: shop.realm) { [self] principal in
                users.withLock { $0[principal.name] }
            })
        known.group("fresh").add(middleware: RequireUserMiddleware(authenticatedWithin: .seconds(300)))
            .get { _, context in try context.requireUser().name }
        try await Application(router: router).test(.router) { [clock] client in
            let browser = Browser(client, clock)
            try await browser.expect("/sign-in?realm=office", "200 in", .post)
            try await browser.expect("/fresh", "401")
            try await browser.expect("/sign-in?realm=shop", "200 in", .post)
            try await browser.expect("/fresh", "200 Ada")
            clock.advance(by: .seconds(300))
            try await browser.expect("/sign-in?realm=office", "200 in", .post)
            try await browser.expect("/fresh", "401")
        }
    }

    @Test("A user who is gone is a visitor, and one that can't be looked up is an error; neither signs the user out")
    func gone() async throws {
        try await withShop { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            let bob = users.withLock { $0.removeValue(forKey: "bob") }
            try await browser.expect("/who", "200 a visitor")
            try await browser.expect("/account", "303 /sign-in?return=/account")
            users.withLock { $0["bob"] = bob }
            try await browser.expect("/who", "200 Bob")
        }
        try await withShop(fails: true) { [self] client in
            let browser = Browser(client, clock)
            try await browser.expect("/sign-in/bob", "303 /", .post)
            let cookies = browser.jar.cookies.count
            try await browser.expect("/who", "500")
            #expect(cookies == 1 && browser.jar.cookies.count == 1)
        }
    }
}
