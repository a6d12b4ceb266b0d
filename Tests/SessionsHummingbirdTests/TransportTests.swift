import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Sessions
import SessionsHummingbird
import SessionsTesting
import Testing

@Suite("A-12.2.1: how a request reached Hummingbird", .timeLimit(.minutes(10)))
struct TransportTests {
    /// A client on loopback, which is a TLS proxy that the application trusts.
    @Test(
        "A request is one over TLS where the middleware serves TLS or a trusted proxy says so, and not otherwise",
        arguments: [
            (false, "https", true), (false, "http", false), (true, "http", false), (true, "https", true),
            (false, nil, false), (true, nil, true),
            // Unless told otherwise it serves none.
            (nil, nil, false), (nil, "https", true),
        ] as [(Bool?, String?, Bool)])
    func transport(servesTLS: Bool?, _ proto: String?, isUsed: Bool) async throws {
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [try AddressRange("127.0.0.0/8"), try AddressRange("::1")]
        let manager = try SessionManager(store: MemorySessionStore(), configuration: configuration)
        let router = Router(context: BasicSessionsRequestContext.self)
        router.add(
            middleware: servesTLS.map { SessionsMiddleware(manager, servesTLS: $0) } ?? SessionsMiddleware(manager))
        router.post("n") { _, context -> String in
            try await context.session().update("n" as SessionKey<Int>, default: 0) { $0 += 1 }
            return "counted"
        }
        var fields = HTTPFields()
        if let proto { fields[try #require(HTTPField.Name("X-Forwarded-Proto"))] = proto }
        try await Application(router: router).test(.live) { [fields] client in
            let response = try await client.execute(uri: "/n", method: .post, headers: fields)
            #expect(response.status == (isUsed ? .ok : .forbidden))
            #expect(response.setCookies.count == (isUsed ? 1 : 0))
        }
    }
}
