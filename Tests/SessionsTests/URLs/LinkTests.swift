import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Links, redirects and logs with tokens in URLs", .timeLimit(.minutes(10)))
struct LinkTests {
    private static let token = String(repeating: "T", count: 64)
    private static let rules = {
        var tokens = URLTokens()
        tokens.origins = [try! WebOrigin("https://pay.test:8443")]
        return URLRules(tokens: tokens, own: try! WebOrigin("https://shop.test"))
    }()

    private func written(_ target: String) -> String { Self.rules.write("T", as: "sid", into: target) }

    @Test(
        "U-9: the token goes into relative links, those of the own origin and of listed ones",
        arguments: [
            ("/cart", "/cart?sid=T"), ("/", "/?sid=T"), ("cart", "cart?sid=T"), ("../cart", "../cart?sid=T"),
            ("./", "./?sid=T"), ("?page=2", "?page=2&sid=T"), ("?", "?sid=T"), ("/cart?", "/cart?sid=T"),
            ("/cart?a=1&b=2", "/cart?a=1&b=2&sid=T"), ("/cart#top", "/cart?sid=T#top"),
            ("/cart?a=1#top?x", "/cart?a=1&sid=T#top?x"), ("/cart?sid=old", "/cart?sid=T"),
            ("/cart?sid=old&a=1&sid=older", "/cart?a=1&sid=T"), ("/cart?sid-code=x&a=1", "/cart?a=1&sid=T"),
            ("/cart?asid=1&sid2=2", "/cart?asid=1&sid2=2&sid=T"), ("/cart;sid=x", "/cart;sid=x?sid=T"),
            ("/a%2Fb?q=%26sid%3D1", "/a%2Fb?q=%26sid%3D1&sid=T"), ("/caf\u{e9}", "/caf\u{e9}?sid=T"),
            ("https://shop.test/cart", "https://shop.test/cart?sid=T"),
            ("https://shop.test", "https://shop.test?sid=T"),
            ("HTTPS://SHOP.test:443/x#y", "HTTPS://SHOP.test:443/x?sid=T#y"),
            ("https://pay.test:8443/x", "https://pay.test:8443/x?sid=T"),
            ("/go?to=//evil.test", "/go?to=//evil.test&sid=T"),
            ("/go?to=https://evil.test", "/go?to=https://evil.test&sid=T"), ("/a:b", "/a:b?sid=T"),
            ("/sale!", "/sale!?sid=T"), ("/~ada", "/~ada?sid=T"),
        ])
    func links(_ target: String, _ expected: String) {
        #expect(written(target) == expected)
    }

    @Test(
        "U-9: other hosts, other schemes and fragments get no token",
        arguments: [
            "", "#top", "#", "//shop.test/cart", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test",
            "/a\\b",
            "https://evil.test/", "http://shop.test/cart", "https://shop.test:8443/", "https://pay.test/",
            "https://shop.test.evil.test/", "https://shop.test@evil.test/", "https://u@shop.test/", "https:/shop.test/",
            "https:shop.test", "https:cart", "ftp://shop.test/", "javascript:alert(1)", "JavaScript:alert(1)",
            "java\tscript:alert(1)", " javascript:alert(1)", "mailto:ada@shop.test", "tel:123", "data:text/html,x",
            "blob:https://shop.test/x", "about:blank", "ws://shop.test/", " //evil.test", "/\t/evil.test",
            "/\n/evil.test",
            "\u{1}//evil.test", "/a b", "/a\u{7f}", "cart:1", "https://\u{455}hop.test/", "https://",
        ])
    func foreign(_ target: String) {
        #expect(written(target) == target)
        // One that has a token loses it.
        guard !target.isEmpty else { return }
        for name in ["sid", "sid-code"] {
            let marked = target + "?\(name)=\(Self.token)"
            #expect(written(marked) == (target.contains("#") ? marked : target))
            // What is no token is the other site's own.
            #expect(written(target + "?\(name)=42&\(name)=") == target + "?\(name)=42&\(name)=")
        }
    }

    @Test(
        "U-4: a code is for a path that browsers send as it is written: none with dots alone or with what they escape",
        arguments: [
            ("/a/b?x=1#y", "https://shop.test/a/b"), ("https://pay.test:8443/x?y#z", "https://pay.test:8443/x"),
            ("HTTPS://SHOP.test/x", "https://shop.test/x"), ("/a..b", "https://shop.test/a..b"),
            ("/~a!", "https://shop.test/~a!"),
            ("/a%2Fb%7C", "https://shop.test/a%2Fb%7C"), ("/a/../b", nil), ("/a/.", nil), ("/%2e%2e/b", nil),
            ("/a/%2E", nil), ("https://pay.test:8443/a/%2E./b", nil), ("/a\"b", nil), ("/a<b", nil), ("/a>b", nil),
            ("/a^b", nil), ("/a`b", nil), ("/a{b", nil), ("/a|b", nil), ("/a}b", nil), ("/caf\u{e9}", nil),
            ("a/b", nil), ("https://shop.test", nil), ("https://shop.test//x", nil), ("//pay.test:8443/x", nil),
        ] as [(String, String?)])
    func places(_ target: String, _ place: String?) {
        #expect(Self.rules.place(of: target) == place)
    }

    @Test("U-9: a session in a cookie, and a visitor without one, get their links byte for byte")
    func untouched() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls, keepsCookies: true)
        _ = try await browser.fill()
        for browser in [browser, URLBrowser(bench.urls)] {
            try await browser.send(.get, "/") { session in
                for target in ["/cart?a=1&&b#c", "https://evil.test/?&", ""] {
                    #expect(session.url(for: target) == target)
                }
                #expect(session.url(for: "/cart?sid=x&a") == "/cart?a" && session.urlTokenField == "")
            }
        }
    }

    @Test("U-9: links of a page are written with the present token, and escaped for HTML")
    func helpers() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let sid = try #require(RequestTarget(url).values(of: "sid").first)
        try await browser.send(.get, url) { session in
            #expect(session.url(for: "/a?b=1") == "/a?b=1&sid=\(sid)")
            #expect(session.url(for: "https://shop.test/a") == "https://shop.test/a?sid=\(sid)")
            #expect(session.url(for: "http://shop.test/a") == "http://shop.test/a")
            #expect(session.escapedURL(for: "/a?b=\"<'>&c") == "/a?b=&quot;&lt;&#39;&gt;&amp;c&amp;sid=\(sid)")
            #expect(session.urlTokenField == "<input type=\"hidden\" name=\"sid\" value=\"\(sid)\">")
        }
        try await browser.send(.post, url) { session in
            try await session.signIn(try Principal("ada"))
            #expect(session.url(for: "/a").hasPrefix("/a?sid=") && !session.url(for: "/a").contains(sid))
            try await session.end()
            #expect(session.url(for: "/a") == "/a")
        }
    }

    @Test("U-9: a page outside of the session, such as an error page, takes the request's token along")
    func outside() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let sid = try #require(RequestTarget(url).values(of: "sid").first)
        func link(
            _ path: String, _ fields: HTTPFields = [:], to target: String = "/", _ manager: SessionManager? = nil
        ) -> String {
            (manager ?? bench.urls).url(for: target, keepingTokenOf: browser.request(.get, path, fields))
        }
        #expect(link(url) == "/?sid=\(sid)")
        #expect(link(url, to: "https://evil.test/") == "https://evil.test/")
        #expect(link("/?sid=\"><script>") == "/" && link("/?sid=\(sid)&sid=\(sid)") == "/" && link("/") == "/")
        #expect(link(url, [.cookie: "theme=dark"]) == "/" && link(url, [:], to: "/", bench.cookies) == "/")
    }

    @Test("U-10: a redirect to another origin loses the token, and one within the shop has the present one")
    func redirects() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let sid = try #require(RequestTarget(url).values(of: "sid").first)
        for (location, sent) in [
            ("https://evil.test/?sid=\(sid)&a=1", "https://evil.test/?a=1"),
            ("//evil.test/?a=1&sid=\(sid)#x", "//evil.test/?a=1#x"),
            ("http://shop.test/?sid=\(sid)", "http://shop.test/"),
            ("mailto:a@evil.test?sid=\(sid)", "mailto:a@evil.test"), ("/\\evil.test?sid=\(sid)", "/\\evil.test"),
            ("https://evil.test/?sid-code=\(sid)", "https://evil.test/"), ("/cart?sid=old", "/cart?sid=\(sid)"),
            ("/cart", "/cart?sid=\(sid)"), ("https://shop.test/x", "https://shop.test/x?sid=\(sid)"),
            ("https://pay.test/x", "https://pay.test/x?sid=\(sid)"), ("https://evil.test/", "https://evil.test/"),
            ("https://evil.test/?sid=42&a", "https://evil.test/?sid=42&a"),
            ("https://evil.test/?sid=42&sid=\(sid)", "https://evil.test/?sid=42"),
        ] {
            let answer = try await browser.send(.post, url, to: location)
            #expect(answer.location == sent, "\(location)")
            let other = try await URLBrowser(bench.urls).send(.get, "/", to: location) { _ in }
            #expect(other.location?.contains(sid) == false)
        }
    }

    @Test(
        "U-11: what is redacted holds no token, wherever it stands, and the rest as it was",
        arguments: [
            ("/cart?sid={t}&a=1", "/cart?sid=redacted&a=1"),
            ("/cart?a=1&sid-code={t}#x", "/cart?a=1&sid-code=redacted#x"),
            ("/cart?sid=abc", "/cart?sid=redacted"), ("/cart?sid=%41%42&b", "/cart?sid=redacted&b"), ("/cart", "/cart"),
            ("/cart?sid=", "/cart?sid=redacted"), ("/?sid", "/?sid"), ("/?id=1&inside=2", "/?id=1&inside=2"),
            ("/admin;sid={t}/x", "/admin;sid=redacted"), ("/x/{t}/y", "/x/redacted/y"),
            ("/?%73id={t}", "/?%73id=redacted"),
            ("/?sid={t}&sid={t}", "/?sid=redacted&sid=redacted"), ("/?to=%2F%3Fsid%3D{t}", "/?to=%2F%3Fsid%redacted"),
            ("GET https://shop.test/?sid={t} HTTP/1.1", "GET https://shop.test/?sid=redacted HTTP/1.1"),
            (
                "{\"path\":\"/cart?sid={t}\",\"status\":200}",
                "{\"path\":\"/cart?sid=redacted\",\"status\":200}"
            ),
            ("<a href='/?sid={t}'>x</a>", "<a href='/?sid=redacted'>x</a>"),
            ("<b>/?sid={t}</b>", "<b>/?sid=redacted</b>"), ("/?sid={t}, /?a;b", "/?sid=redacted, /?a;b"),
            ("/?sid={t};a=1", "/?sid=redacted;a=1"), ("/?sid={t}\n/\t/", "/?sid=redacted\n/\t/"),
            ("/?sid={t}\tx", "/?sid=redacted\tx"), ("/?sid={t}\rx", "/?sid=redacted\rx"),
            // Every byte that a token may have.
            ("/x/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/y", "/x/redacted/y"),
            ("", ""), ("/caf\u{e9}?x=\u{1f375}", "/caf\u{e9}?x=\u{1f375}"), ("{t}", "redacted"), ("{t}{t}", "redacted"),
        ])
    func redaction(_ text: String, _ expected: String) {
        let redacted = URLTokens().redacting(text.replacing("{t}", with: Self.token))
        #expect(!redacted.contains(Self.token) && redacted == expected)
    }

    @Test("U-11: a handler, its log and its traces get a path without tokens and codes")
    func withoutTokens() throws {
        let bench = try URLBench()
        for (path, shown) in [
            ("/cart?sid=x&a=1&sid-code=y", "/cart?a=1"), ("/cart?sid=x", "/cart"),
            ("/cart?a=%26&sid=x&b", "/cart?a=%26&b"),
            ("/cart?a=1", nil), ("/cart", nil), ("/cart;sid=x", nil), ("/cart?%73id=x", nil),
        ] {
            let handle = bench.urls.begin(
                URLBrowser(bench.urls).request(.get, path), over: .init(peer: .local, isTLS: true))
            #expect(handle.pathWithoutTokens == shown, "\(path)")
            let plain = bench.cookies.begin(
                URLBrowser(bench.urls).request(.get, path), over: .init(peer: .local, isTLS: true))
            #expect(plain.pathWithoutTokens == nil)
        }
    }

    @Test(
        "U-12: one reader of the query: no decoding, no second separator, nothing of the path, and a token stands alone"
    )
    func parser() async throws {
        let bench = try URLBench()
        let url = try await URLBrowser(bench.urls).fill()
        let sid = try #require(RequestTarget(url).values(of: "sid").first)
        for (path, refusal) in [
            ("/?sid=", .malformed), ("/?sid", .malformed), ("/?sid=\(sid)A", .malformed),
            ("/?sid=\(sid.dropLast())", .malformed), ("/?sid=\(sid)%20", .malformed), ("/?sid= \(sid)", .malformed),
            ("/?sid=%\(sid)", .malformed), ("/?sid=\(sid);a=1", .malformed), ("/?sid==\(sid)", .malformed),
            ("/?sid=\(String(repeating: "A", count: 100_000))", .malformed), ("/?sid=\(sid)&sid=\(sid)", .ambiguous),
            ("/?sid=\(sid)&sid=", .ambiguous), ("/?sid=x&a=1&sid=\(sid)", .ambiguous), ("/?SID=\(sid)", nil),
            ("/?%73id=\(sid)", nil), ("/?sid%3D\(sid)", nil), ("/?a=1;sid=\(sid)", nil), ("/;sid=\(sid)", nil),
            ("/admin;sid=\(sid)/..", nil), ("/a%3Fsid=\(sid)", nil), ("/?a=b%26sid=\(sid)", nil),
            ("/?sid[]=\(sid)", nil),
            ("/?+sid=\(sid)", nil), ("/#?sid=\(sid)", nil), ("/?a#&sid=\(sid)", nil),
        ] as [(String, SessionEvent.Refusal?)] {
            _ = bench.refusals()
            bench.recording.reset()
            #expect(try await URLBrowser(bench.urls).look(path).id == nil, "\(path.prefix(100))")
            #expect(bench.recording.calls.isEmpty, "\(path.prefix(100))")
            #expect(bench.refusals() == (refusal.map { [.tokenRefused($0)] } ?? []), "\(path.prefix(100))")
        }
        for path in [
            "/?a=1&sid=\(sid)", "/?sid=\(sid)&a=%2F", "/?&sid=\(sid)&", "/?a?b&sid=\(sid)", "/x%2Fy?sid=\(sid)",
        ] {
            #expect(try await URLBrowser(bench.urls).look(path).a == 1, "\(path)")
        }
    }

    @Test("U-12: no parameter makes a path another one for the routes that forgery protection exempts")
    func exemptions() async throws {
        let bench = try URLBench {
            $0.forgeryProtection.exemptions = [try! .init(.post, "/hook"), try! .init(.post, "/admin;sid=x")]
        }
        let site: HTTPFields = [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"]
        for (path, passes) in [
            ("/hook", true), ("/hook?sid=x", true), ("/hook;sid=x", false), ("/admin", false), ("/admin?sid=x", false),
            ("/admin;sid=x", true), ("/admin;sid=x/..", false), ("/x/..;sid=x/hook", false), ("/hook%3Fsid=x", false),
        ] {
            let handle = bench.urls.begin(
                URLBrowser(bench.urls).request(.post, path, site), over: .init(peer: .local, isTLS: true))
            var isRefused = false
            do { try handle.refuseForgery() } catch { isRefused = true }
            #expect(isRefused != passes, "\(path)")
        }
    }
}
