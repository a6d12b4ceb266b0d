import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Sessions
import SessionsHummingbird
import Testing

@Suite("The filter of tokens in URLs", .timeLimit(.minutes(10)))
struct URLTokenFilterTests {
    private static let key: SessionKey<Int> = "a"

    @Test("An error page of the application's own gets the request with its token, so its links keep the session")
    func errorPage() async throws {
        var configuration = SessionConfiguration()
        configuration.urlTokens = URLTokens()
        let manager = try SessionManager(store: MemorySessionStore(), configuration: configuration)
        let router = Router(context: Context.self)
        router.add(
            middleware: SessionsMiddleware(manager) { _, request, _ in
                Response(status: .conflict, body: .init(byteBuffer: .init(string: request.uri.string)))
            })
        router.get("cart") { _, _ -> String in throw SessionError(.full, "made up") }
        try await Application(router: router).test(.live) { client in
            let page = try await client.execute(uri: "/cart?sid=x", method: .get)
            #expect(page.status == .conflict && page.text == "/cart?sid=x")
        }
    }

    @Test("U-11: a log in front of the sessions sees no token, and the session gets it")
    func log() async throws {
        var configuration = SessionConfiguration()
        configuration.urlTokens = URLTokens()
        let manager = try SessionManager(store: MemorySessionStore(), configuration: configuration)
        let log = Log()
        let router = Router(context: Context.self)
        router.add(middleware: URLTokenFilter(manager))
        router.add(middleware: LogRequestsMiddleware(.notice))
        let shop = router.group("shop").add(middleware: SessionsMiddleware(manager))
        shop.post("cart") { _, context -> Response in
            try await context.session().set(Self.key, to: 1)
            return .redirect(to: "/shop/cart", type: .normal)
        }
        shop.get("cart") { request, context -> String in
            "\(try await context.session().value(Self.key, default: 0)) \(request.uri.string)"
        }
        let seen = try await Application(router: router, logger: Logger(label: "test") { _ in LogKeeper(log) }).test(
            .live
        ) { client in
            let probe = try await client.execute(uri: "/shop/cart", method: .post)
            let code = try #require(probe.headers[.location])
            let url = try #require(try await client.execute(uri: code, method: .get).headers[.location])
            let page = try await client.execute(uri: url, method: .get)
            #expect(String(buffer: page.body) == "1 /shop/cart")
            return [code, url]
        }
        #expect(log.text.split(separator: "\n").count { $0.contains("/shop/cart") } == 3)
        for url in seen {
            let token = try #require(url.split(separator: "=").last)
            #expect(token.utf8.count == 64 && !log.text.contains(token))
        }
    }

    @Test("U-11: behind the filters of two realms each gets its token, and a log in between sees none of its filter's")
    func twoRealms() async throws {
        func manager(_ name: String) throws -> SessionManager {
            var configuration = SessionConfiguration()
            var tokens = URLTokens()
            tokens.parameter = name
            configuration.urlTokens = tokens
            configuration.cookies = SessionCookies(
                visitorName: "__Host-Http-\(name)-visitor", signedInName: "__Host-Http-\(name)-id")
            return try SessionManager(
                store: MemorySessionStore(), realm: try Realm(name), configuration: configuration)
        }
        let (shop, office) = (try manager("shop"), try manager("office"))
        let log = Log()
        let router = Router(context: Context.self)
        router.add(middleware: URLTokenFilter(shop))
        router.add(middleware: URLTokenFilter(office))
        router.add(middleware: LogRequestsMiddleware(.notice))
        for manager in [shop, office] { router.add(middleware: SessionsMiddleware(manager)) }
        let realms = [shop.realm, office.realm]
        for realm in realms {
            router.post("\(realm)") { _, context -> Response in
                try await context.session(in: realm).set(Self.key, to: 1)
                return .redirect(to: "/\(realm)", type: .normal)
            }
            router.get("\(realm)") { _, context in "\(try await context.session(in: realm).value(Self.key, default: 0))"
            }
        }
        router.get("both") { request, context in
            var values: [String] = []
            for realm in realms { values.append("\(try await context.session(in: realm).value(Self.key, default: 0))") }
            return "\(values.joined(separator: " ")) \(request.uri.string)"
        }
        try await Application(router: router, logger: Logger(label: "test") { _ in LogKeeper(log) }).test(.live) {
            client in
            var queries: [Substring] = []
            for realm in ["shop", "office"] {
                let probe = try await client.execute(uri: "/\(realm)", method: .post)
                let code = try #require(probe.headers[.location])
                let url = try #require(try await client.execute(uri: code, method: .get).headers[.location])
                queries.append(try #require(url.split(separator: "?").last))
            }
            let page = try await client.execute(uri: "/both?\(queries.joined(separator: "&"))", method: .get)
            #expect(page.text == "1 1 /both")
            for query in queries {
                let token = try #require(query.split(separator: "=").last)
                #expect(token.utf8.count == 64 && !log.text.contains(token))
            }
        }
        #expect(log.text.contains("/both"))
    }
}
