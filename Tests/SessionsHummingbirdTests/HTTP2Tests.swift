import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import HummingbirdTesting
import NIOSSL
import RedisServers
import Sessions
import SessionsHummingbird
import SessionsTesting
import Testing

/// A server that speaks HTTP/2 over TLS and nothing else.
@Suite("Sessions over HTTP/2", .timeLimit(.minutes(10))) struct HTTP2Tests {
    private let key: SessionKey<Int> = "n"

    func withServer(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void) async throws {
        let authority = try TestAuthority()
        let manager = try SessionManager(store: MemorySessionStore())
        let router = Router(context: Context.self)
        router.add(middleware: SessionsMiddleware(manager, servesTLS: true))
        router.get("n") { _, context in "\(try await context.session().value(key, default: 0))" }
        router.post("n") { _, context in "\(try await context.session().update(key, default: 0) { $0 += 1 })" }
        router.post("sign-in") { _, context -> String in
            try await context.session().signIn(try Principal("ada"))
            return "hello"
        }
        router.get("who") { _, context in "\(try await context.session().principal?.name ?? "nobody")" }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(authority.certificateFile).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: authority.keyFile, format: .pem)))
        tls.applicationProtocols = ["h2"]
        let server = HTTPServerBuilder { [tls] responder in
            try TLSChannel(HTTP2Channel(responder: responder), tlsConfiguration: tls)
        }
        let app = Application(
            router: router, server: server, configuration: .init(address: .hostname("localhost", port: 0)))
        try await app.test(.ahc(.https), body)
        withExtendedLifetime(authority) {}
    }

    /// The pair of a cookie that a response sets.
    func pair(_ response: TestResponse, _ name: String) throws -> String {
        let field = try #require(response.setCookies.first { $0.hasPrefix(name + "=") && !$0.hasPrefix(name + "=;") })
        return String(field.prefix { $0 != ";" })
    }

    private func fields(_ cookies: [String]) -> HTTPFields {
        HTTPFields(cookies.map { HTTPField(name: .cookie, value: $0) })
    }

    @Test("A session lives over HTTP/2, and a sign-in's two cookies both arrive")
    func aSession() async throws {
        try await withServer { client in
            let first = try await client.execute(uri: "/n", method: .post)
            #expect(first.status == .ok && first.text == "1" && first.setCookies.count == 1)
            #expect(first.setCookies.first?.contains("; Secure") == true)
            let visitor = try pair(first, "__Host-Http-visitor")
            #expect(try await client.execute(uri: "/n", method: .post, headers: fields([visitor])).text == "2")
            let signedIn = try await client.execute(uri: "/sign-in", method: .post, headers: fields([visitor]))
            #expect(signedIn.setCookies.count == 2)
            let user = try pair(signedIn, "__Host-Http-id")
            #expect(try await client.execute(uri: "/who", method: .get, headers: fields([user])).text == "ada")
            #expect(try await client.execute(uri: "/n", method: .get, headers: fields([user])).text == "2")
        }
    }

    @Test("Cookies are found in crumbs of a field each, in several fields of several, and in one")
    func crumbs() async throws {
        try await withServer { client in
            let visitor = try pair(try await client.execute(uri: "/n", method: .post), "__Host-Http-visitor")
            for cookies in [
                [visitor], ["a=1", visitor], [visitor, "b=2"], ["a=1", "b=2", visitor, "c=3"],
                ["a=1; b=2", "c=3; \(visitor)", "d=4"], ["a=1; \(visitor); b=2"], ["", visitor],
                (0..<50).map { "crumb\($0)=\($0)" } + [visitor],
            ] {
                let response = try await client.execute(uri: "/n", method: .get, headers: fields(cookies))
                #expect(response.text == "1", "\(cookies.count) fields: \(cookies)")
            }
            for cookies in [["a=1"], ["a=\(visitor)"], ["x\(visitor)", "b=2"]] {
                let response = try await client.execute(uri: "/n", method: .get, headers: fields(cookies))
                #expect(response.text == "0" && response.setCookies == [], "\(cookies)")
            }
        }
    }

    @Test("The limit on the number of cookies holds over all fields together")
    func limits() async throws {
        try await withServer { client in
            // Within what HTTP/2 itself takes, and more than the 256 cookies that are looked at.
            for (count, status) in [(200, 200), (300, 431)] {
                let crumbs = (0..<count).map { "c\($0)=\($0)" }
                let response = try await client.execute(uri: "/n", method: .get, headers: fields(crumbs))
                #expect(response.status.code == status, "\(count)")
            }
        }
    }
}
