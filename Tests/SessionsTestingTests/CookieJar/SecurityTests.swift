import Sessions
import SessionsTesting
import Testing

@Suite("CookieJar: Secure, SameSite and name prefixes (RFC 6265bis 5.7)", .timeLimit(.minutes(10)))
struct CookieSecurityTests {
    @Test func secureNeedsASecureURLToBeSetAndToBeSent() {
        var bench = JarBench()
        #expect(bench.set("a=1; Secure", at: "http://shop.test/") == [.insecureOrigin])
        #expect(bench.set("a=1; Secure", "b=1", at: "https://shop.test/") == [])
        #expect(bench.sent(to: "http://shop.test/") == "b=1")
        #expect(bench.sent(to: "https://shop.test/") == "a=1; b=1")
        #expect(bench.sent(to: "wss://shop.test/") == "a=1; b=1")
        #expect(bench.sent(to: "HTTPS://shop.test/") == "a=1; b=1")
    }

    @Test(
        "Loopback counts as secure where that is asked for",
        arguments: [
            ("localhost", true), ("LOCALHOST:8080", true), ("shop.localhost", true), ("127.0.0.1", true),
            ("127.9.8.7:80", true), ("[::1]:8080", true), ("127.0.0.1.test", false), ("127.0.0", false),
            ("localhost.test", false), ("notlocalhost", false), ("128.0.0.1", false), ("[::2]", false),
        ])
    func loopback(_ host: String, _ isTrusted: Bool) {
        var strict = JarBench()
        #expect(strict.set("__Host-a=1; Secure; Path=/", at: "http://\(host)/") == [.insecureOrigin])
        var trusting = JarBench(trustsLoopback: true)
        let refusals = trusting.set("__Host-a=1; Secure; Path=/", at: "http://\(host)/")
        #expect(refusals == (isTrusted ? [] : [.insecureOrigin]))
        #expect((trusting.sent(to: "http://\(host)/") != nil) == isTrusted)
    }

    @Test func plainHTTPNeitherReplacesNorHidesASecureCookie() {
        var bench = JarBench()
        bench.set("a=1; Secure; Domain=shop.test; Path=/x", at: "https://shop.test/")
        for field in ["a=2; Path=/x", "a=2; Path=/x/y", "a=2; Max-Age=0; Path=/x", "a=2; Domain=shop.test; Path=/x"] {
            #expect(bench.set(field, at: "http://shop.test/") == [.shadowsSecure], "\(field)")
        }
        #expect(bench.set("a=2; Path=/x", at: "http://sub.shop.test/") == [.shadowsSecure])
        // Another name, a path above it, another domain: nothing is hidden.
        #expect(bench.set("b=2; Path=/x", "a=2; Path=/", "a=2; Path=/xy", at: "http://shop.test/") == [])
        #expect(bench.set("a=2; Path=/x", at: "http://other.test/") == [])
        #expect(bench.set("a=3; Path=/x", at: "https://shop.test/") == [])
    }

    @Test func plainHTTPHidesNoSecureCookieByADomainAboveItsHost() {
        var bench = JarBench()
        bench.set("a=1; Secure", at: "https://sub.shop.test/")
        for url in ["http://sub.shop.test/", "http://shop.test/", "http://other.shop.test/"] {
            #expect(bench.set("a=2; Domain=shop.test", at: url) == [.shadowsSecure], "\(url)")
        }
        #expect(bench.sent(to: "https://sub.shop.test/") == "a=1")
        // A host beside it hides nothing.
        #expect(bench.set("a=2", at: "http://other.shop.test/") == [])
    }

    @Test func anExpiredSecureCookieProtectsNothing() {
        var bench = JarBench()
        bench.set("a=1; Secure; Max-Age=1")
        bench.clock.advance(by: .seconds(1))
        #expect(bench.set("a=2", at: "http://shop.test/") == [])
    }

    @Test func sameSiteNoneNeedsSecure() {
        var bench = JarBench()
        #expect(bench.set("a=1; SameSite=None") == [.sameSiteNoneInsecure])
        #expect(bench.set("a=1; SameSite=None; Secure") == [])
        #expect(bench.set("b=1; SameSite=Lax", "c=1") == [])
        #expect(bench.jar.cookies.map(\.sameSite) == [SetCookie.SameSite.none, .lax, nil])
    }

    @Test(
        "Prefixes, in any case",
        arguments: [
            ("__Secure-a=1; Secure", true), ("__Secure-a=1", false), ("__SECURE-a=1", false),
            ("__secure-a=1; Secure; Domain=shop.test; Path=/x", true),
            ("__Host-a=1; Secure; Path=/", true), ("__Host-a=1; Path=/", false), ("__Host-a=1; Secure", false),
            ("__Host-a=1; Secure; Path=/x", false), ("__Host-a=1; Secure; Path=/; Domain=shop.test", false),
            ("__host-a=1; Secure; Path=/x", false), ("__HOST-a=1; Secure; Path=/", true),
            ("__Host-a=1; Secure; Path=/; Domain=", true), ("__hOsT-=1", false),
            ("=__Host-a=1; Secure; Path=/", false), ("__Host-a", false), ("=__secure-a; Secure", false),
            ("__Http-a=1; Secure; HttpOnly", true), ("__Http-a=1; Secure", false), ("__Http-a=1; HttpOnly", false),
            ("__HTTP-a=1; Secure; HttpOnly; Domain=shop.test; Path=/x", true), ("=__http-a; Secure; HttpOnly", false),
            ("__Host-Http-a=1; Secure; HttpOnly; Path=/", true), ("__Host-Http-a=1; Secure; Path=/", false),
            ("__Host-Http-a=1; HttpOnly; Path=/", false), ("__Host-Http-a=1; Secure; HttpOnly", false),
            ("__hOsT-hTtP-a=1; Secure; HttpOnly; Path=/; Domain=shop.test", false),
            ("__HOST-HTTP-a=1; Secure; HttpOnly; Path=/x", false), ("__Host-Httpa=1; Secure; Path=/", true),
            ("_Host-a=1", true), ("a__Host-=1", true), ("=__Other", true), ("__Hosta=1", true),
        ])
    func prefixes(_ field: String, _ isKept: Bool) {
        var bench = JarBench()
        #expect(bench.set(field) == (isKept ? [] : [.prefix]))
        #expect(bench.jar.cookies.count == (isKept ? 1 : 0))
    }

    @Test func whatThePackageItselfSendsIsKeptAndDeleted() throws {
        var bench = JarBench()
        let scope = SetCookie.Scope()
        #expect(
            bench.set(
                try SetCookie(name: "__Host-Http-id", value: "v", scope: scope, maxAge: 60, from: bench.clock.now)
                    .serialized
            ) == [])
        #expect(bench.jar["__Host-Http-id"] == "v")
        #expect(bench.jar.cookies.map(\.isHTTPOnly) == [true])
        #expect(bench.set(try SetCookie.deletion(of: "__Host-Http-id", scope: scope).serialized) == [])
        #expect(bench.jar.cookies.isEmpty)
    }
}
