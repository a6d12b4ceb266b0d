import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Tokens in URLs behind proxies, in errors and while the store is down", .timeLimit(.minutes(10)))
struct URLTransportTests {
    private static let forwarded: HTTPFields = [
        HTTPField.Name("X-Forwarded-For")!: "203.0.113.9", HTTPField.Name("X-Forwarded-Proto")!: "https",
    ]

    @Test(
        "U-6: behind a proxy on this machine that isn't trusted, URLs and codes carry no session",
        arguments: [true, false])
    func unknownClients(isTrusted: Bool) async throws {
        let bench = try URLBench {
            if isTrusted { $0.trustedProxies = [try! AddressRange("127.0.0.1")] }
        }
        let forwarded = Self.forwarded
        // Each made without a proxy; of a trusted one the client is another, so that the session is made behind it.
        let browser = URLBrowser(bench.urls, client: "127.0.0.1")
        let made = isTrusted ? forwarded : [:]
        func post(_ fields: HTTPFields) async throws -> URLBrowser.Answer {
            try await browser.send(.post, "/cart", fields, to: "/cart") { try $0.set(.a, to: 1) }
        }
        let probe = try await post(made)
        let probed = try #require(probe.location)
        let url = try #require(try await browser.send(.get, probed, made).location)
        let code = try #require(try await post(made).location)
        _ = bench.log.takeEvents()
        bench.recording.reset()
        #expect(try await browser.look(url, forwarded).a == (isTrusted ? 1 : nil))
        let answer = try await browser.send(.get, code, forwarded)
        #expect(answer.isHandled == !isTrusted)
        if !isTrusted {
            #expect(bench.recording.calls.isEmpty)
            #expect(bench.log.takeEvents().map(\.kind) == [.insecureTransport, .insecureTransport])
        }
        // A cookie is set in any case, and not tried out where nothing could follow.
        let next = try await post(forwarded)
        #expect(next.fields[values: .setCookie].count == 1 && (next.code != nil) == isTrusted)
        var refusal: SessionError.Code?
        let user = URLBrowser(bench.urls, keepsCookies: true, client: "127.0.0.1")
        try await user.send(.post, "/cart", forwarded) { session in
            try session.set(.a, to: 1)
            try await session.save()
            do throws(SessionError) {
                _ = try await session.handOverURL(for: "https://pay.test/")
            } catch {
                refusal = error.code
            }
        }
        #expect(refusal == (isTrusted ? nil : .insecureTransport))
        let warning = try #require(bench.urls.configuration.warnings.first)
        #expect(warning.contains("trustedProxies") == !isTrusted)
    }

    @Test("U-4, U-9: behind a TLS proxy the shop's own origin is https, for links and for the place of a code")
    func behindTLSProxy() async throws {
        let bench = try URLBench { $0.trustedProxies = [try! AddressRange("127.0.0.1")] }
        let browser = URLBrowser(bench.urls, client: "127.0.0.1")
        let probe = try await browser.send(.post, "/cart", Self.forwarded, to: "/cart") { try $0.set(.a, to: 1) }
        let back = try await browser.send(.get, try #require(probe.location), Self.forwarded)
        let url = try #require(back.location), sid = try #require(back.sid)
        let handle = bench.urls.begin(
            browser.request(.get, url, Self.forwarded), over: .init(peer: .address(browser.client), isTLS: false))
        let session = try await handle.session()
        #expect(session.url(for: "https://shop.test/x") == "https://shop.test/x?sid=\(sid)")
        #expect(session.url(for: "http://shop.test/x") == "http://shop.test/x")
        #expect(handle.urlRules?.place(of: "/x") == "https://shop.test/x")
        var plain = Self.forwarded
        plain[HTTPField.Name("X-Forwarded-Proto")!] = "http"
        let other = bench.urls.begin(
            browser.request(.get, "/", plain), over: .init(peer: .address(browser.client), isTLS: true))
        #expect(other.urlRules?.place(of: "/x") == "http://shop.test/x")
    }

    private struct Failure: Error {}

    @Test("U-8: an error that is thrown before the session is used tells its URL to no other site")
    func errors() async throws {
        let bench = try URLBench()
        let names = ["Referrer-Policy", "X-Robots-Tag", "Cache-Control"].map { HTTPField.Name($0)! }
        for (path, isExposed) in [("/?sid=x", true), ("/?sid-code=x", true), ("/?id=x", false)] {
            for status in [HTTPResponse.Status.notFound, nil] {
                let handle = bench.urls.begin(
                    URLBrowser(bench.urls).request(.get, path), over: .init(peer: .local, isTLS: true))
                let reply = await handle.finish(.failure(Failure(), status: status))
                let result = Result<String, any Error>.failure(Failure())
                let answer = try? await reply.response(to: result) { _ in
                    "session"
                } onFailure: { _ in
                    "failure"
                }
                #expect(answer == (isExposed ? "failure" : nil))
                var fields: HTTPFields = [:]
                reply.apply(to: &fields)
                #expect(
                    names.map { fields[$0] } == (isExposed ? ["no-referrer", "noindex", "no-store"] : [nil, nil, nil]))
            }
        }
    }

    @Test("U-8: a page outside of the session has what keeps its URL from other sites")
    func outside() throws {
        let bench = try URLBench()
        for (manager, path, isExposed) in [
            (bench.urls, "/?sid=x", true), (bench.urls, "/?a&sid-code=x", true), (bench.urls, "/?id=x", false),
            (bench.cookies, "/?sid=x", false),
        ] {
            var fields: HTTPFields = [.location: "/?sid=x"]
            manager.hideURL(of: URLBrowser(manager).request(.get, path), in: &fields)
            #expect((fields[HTTPField.Name("Referrer-Policy")!] == "no-referrer") == isExposed, "\(path)")
            #expect((fields[.cacheControl] == "no-store") == isExposed && fields[.location] == "/?sid=x")
        }
    }

    @Test("U-10: a redirect keeps the token of a session that its handler hasn't used")
    func unused() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let sid = try #require(RequestTarget(url).values(of: "sid").first)
        func redirect(
            _ path: String, to location: String, _ fields: HTTPFields = [:], from client: NetworkAddress? = nil,
            isTLS: Bool = true
        ) async -> String? {
            let peer = ClientConnection.Peer.address(client ?? browser.client)
            let handle = bench.urls.begin(browser.request(.get, path, fields), over: .init(peer: peer, isTLS: isTLS))
            let reply = await handle.finish(.response(.seeOther), location: location)
            var answer: HTTPFields = [.location: location]
            reply.apply(to: &answer)
            return answer[.location]
        }
        #expect(await redirect(url, to: "/x?a") == "/x?a&sid=\(sid)")
        #expect(await redirect(url, to: "https://evil.test/?sid=\(sid)") == "https://evil.test/")
        #expect(await redirect(url, to: "/x", [.cookie: "theme=dark"]) == "/x")
        #expect(await redirect("/?sid=x", to: "/x") == "/x")
        #expect(await redirect("/", to: "/x") == "/x")
        #expect(await redirect("/?sid=\(sid)&sid=\(sid)", to: "/x") == "/x")
        // What came over plain HTTP, or through a proxy that hides the client, is no session's, and isn't handed on.
        #expect(await redirect(url, to: "/x", isTLS: false) == "/x")
        #expect(await redirect(url, to: "/x", Self.forwarded, from: NetworkAddress("127.0.0.1")) == "/x")
    }

    @Test("U-9, U-10: links and redirects keep the token while the store is down")
    func storeIsDown() async throws {
        let bench = try URLBench()
        let faulty = FaultyStore(bench.recording)
        let manager = try bench.manager(faulty)
        let browser = URLBrowser(manager)
        let url = try await browser.fill()
        let sid = try #require(RequestTarget(url).values(of: "sid").first)
        faulty.follow { _, _ in .fail }
        let handle = manager.begin(
            browser.request(.get, url), over: .init(peer: .address(browser.client), isTLS: true))
        let session = try await handle.sessionOrNobody()
        #expect(!session.isAvailable)
        #expect(session.url(for: "/x") == "/x?sid=\(sid)" && session.url(for: "//evil.test/") == "//evil.test/")
        #expect(session.urlTokenField.contains(sid))
        let reply = await handle.finish(.response(.seeOther), location: "/x")
        var fields: HTTPFields = [.location: "/x"]
        reply.apply(to: &fields)
        #expect(fields[.location] == "/x?sid=\(sid)")
    }
}
