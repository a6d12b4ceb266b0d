import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Sessions
import SessionsHummingbird
import SessionsTesting
import Testing

@Suite("A shop and its back office on one router", .timeLimit(.minutes(10)))
struct RealmTests {
    private let store = MemorySessionStore()
    private let shop = try! Realm("shop")
    private let office = try! Realm("office")

    private func manager(_ realm: Realm, visitorName: String, signedInName: String) throws -> SessionManager {
        var configuration = SessionConfiguration()
        configuration.cookies = .init(visitorName: visitorName, signedInName: signedInName)
        return try SessionManager(store: store, realm: realm, configuration: configuration)
    }

    private func withServer(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let router = Router(context: BasicSessionsRequestContext.self)
        router.add(
            middleware: SessionsMiddleware(
                try manager(shop, visitorName: "__Host-Http-visitor", signedInName: "__Host-Http-id"), servesTLS: true))
        router.add(
            middleware: SessionsMiddleware(
                try manager(office, visitorName: "__Host-Http-office-visitor", signedInName: "__Host-Http-office-id"),
                servesTLS: true))
        router.get("who") { [shop, office] _, context in
            let closest = try await context.session().principal?.name ?? "-"
            let customer = try await context.session(in: shop).principal?.name ?? "-"
            let clerk = try await context.session(in: office).principal?.name ?? "-"
            return "\(closest) \(customer) \(clerk)"
        }
        router.get("shop") { [shop] _, context in
            try await context.sessionOrNobody(in: shop).principal?.name ?? "-"
        }
        router.post("sign-in/:realm/:name") { _, context -> String in
            let realm = try Realm(try context.parameters.require("realm"))
            try await context.session(in: realm).signIn(try Principal(try context.parameters.require("name")))
            return "hello"
        }
        router.post("both") { [shop, office] _, context -> String in
            let key: SessionKey<Int> = "n"
            try await context.session(in: shop).set(key, to: 1)
            try await context.session(in: office).set(key, to: 2)
            return "set"
        }
        router.post("sign-out/:realm") { _, context -> String in
            try await context.session(in: try Realm(try context.parameters.require("realm"))).end()
            return "bye"
        }
        try await Application(router: router).test(.router, body)
    }

    @Test("Both sessions live in one request, each in its own cookie, and the closest middleware's is the plain one")
    func twoSessions() async throws {
        try await withServer { client in
            var jar = CookieJar()
            for path in ["/sign-in/shop/ada", "/sign-in/office/root"] {
                jar.receive(try await client.execute(uri: path, method: .post, headers: jar.headers()).headers)
            }
            #expect(jar.cookies.map(\.name) == ["__Host-Http-id", "__Host-Http-office-id"])
            let both = try await client.execute(uri: "/who", method: .get, headers: jar.headers())
            #expect(both.text == "root ada root")
            #expect(both.headers[values: .vary] == ["Cookie"])
            #expect(both.headers[values: .cacheControl] == ["no-store"])
            jar.receive(
                try await client.execute(uri: "/sign-out/office", method: .post, headers: jar.headers()).headers)
            #expect(jar.cookies.map(\.name) == ["__Host-Http-id"])
            let one = try await client.execute(uri: "/who", method: .get, headers: jar.headers())
            #expect(one.text == "- ada -")
        }
    }

    @Test("One request can begin a session in each realm")
    func twoNewSessions() async throws {
        try await withServer { client in
            var jar = CookieJar()
            let response = try await client.execute(uri: "/both", method: .post)
            #expect(jar.receive(response.headers).isEmpty)
            #expect(jar.cookies.map(\.name).sorted() == ["__Host-Http-office-visitor", "__Host-Http-visitor"])
            #expect(jar["__Host-Http-office-visitor"] != jar["__Host-Http-visitor"])
            let records = try await store.list(SessionQuery(.all), at: SystemSessionClock().now).records
            #expect(records.map(\.realm.name).sorted() == ["office", "shop"])
        }
    }

    @Test("The token of one realm under the other's cookie is no session")
    func foreignToken() async throws {
        try await withServer { client in
            var jar = CookieJar()
            jar.receive(try await client.execute(uri: "/sign-in/shop/ada", method: .post).headers)
            let token = try #require(jar["__Host-Http-id"])
            let response = try await client.execute(
                uri: "/who", method: .get, headers: [.cookie: "__Host-Http-office-id=\(token)"])
            #expect(response.text == "- - -")
        }
    }

    @Test("N-18: a look at the session, the closest or that of a realm, is no use of it: its idle timeout goes on")
    func looks() async throws {
        let clock = ManualClock()
        let manager = try SessionManager(store: store, realm: office, clock: clock)
        let router = Router(context: BasicSessionsRequestContext.self)
        router.add(middleware: SessionsMiddleware(manager, servesTLS: true))
        router.post("sign-in") { _, context -> String in
            try await context.session().signIn(try Principal("root"))
            return "hello"
        }
        router.get("closest") { _, context in try await context.peekAtSession().principal?.name ?? "-" }
        router.get("office") { [office] _, context in
            try await context.peekAtSession(in: office).principal?.name ?? "-"
        }
        try await Application(router: router).test(.router) { client in
            for path in ["/closest", "/office"] {
                var jar = CookieJar(clock: clock)
                jar.receive(try await client.execute(uri: "/sign-in", method: .post).headers)
                // 30 minutes without use, and the touch interval of one on top.
                for (wait, name) in [
                    (.minutes(20), "root"), (.minutes(10), "root"), (.minutes(1), "-"),
                ] as [(Duration, String)] {
                    clock.advance(by: wait)
                    let look = try await client.execute(uri: path, method: .get, headers: jar.headers())
                    jar.receive(look.headers)
                    #expect(look.text == name, "\(path) \(wait)")
                }
            }
        }
    }

    @Test("While the store is down, a realm's session is an empty one where a route asks for that, else 503")
    func storeDown() async throws {
        let faulty = FaultyStore(store)
        let manager = try SessionManager(store: faulty, realm: office)
        let router = Router(context: BasicSessionsRequestContext.self)
        router.add(middleware: SessionsMiddleware(manager, servesTLS: true))
        router.post("sign-in") { _, context -> String in
            try await context.session().signIn(try Principal("root"))
            return "hello"
        }
        router.get("any") { [office] _, context -> String in
            let session = try await context.sessionOrNobody(in: office)
            return "\(session.isAvailable) \(session.principal?.name ?? "-")"
        }
        router.get("own") { [office] _, context in
            try await context.session(in: office).principal?.name ?? "-"
        }
        try await Application(router: router).test(.router) { client in
            var jar = CookieJar()
            jar.receive(try await client.execute(uri: "/sign-in", method: .post).headers)
            for (isDown, text, status) in [
                (false, "true root", .ok), (true, "false -", .serviceUnavailable), (false, "true root", .ok),
            ] as [(Bool, String, HTTPResponse.Status)] {
                faulty.follow { _, _ in isDown ? .fail : .pass }
                let shown = try await client.execute(uri: "/any", method: .get, headers: jar.headers())
                #expect(shown.status == .ok && shown.text == text)
                let own = try await client.execute(uri: "/own", method: .get, headers: jar.headers())
                #expect(own.status == status)
            }
        }
    }

    @Test("A realm that no middleware of the route serves is an error of the server, with the realm's name for its log")
    func unknownRealm() async throws {
        try await withServer { client in
            let response = try await client.execute(uri: "/sign-in/warehouse/ada", method: .post)
            #expect(response.status == .internalServerError)
        }
        let router = Router(context: BasicSessionsRequestContext.self)
        router.get("n") { _, context -> String in
            let realm = try Realm("warehouse")
            let error = await #expect(throws: SessionError.self) { try await context.session(in: realm) }
            #expect(error?.code == .configuration && error?.message.contains("\"warehouse\"") == true)
            _ = try await context.session()
            return "never"
        }
        try await Application(router: router).test(.router) { client in
            let response = try await client.execute(uri: "/n", method: .get)
            #expect(response.status == .internalServerError)
        }
    }
}
