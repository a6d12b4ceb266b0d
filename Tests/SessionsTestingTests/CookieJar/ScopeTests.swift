import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("CookieJar: where cookies go (RFC 6265bis 5.1.3, 5.1.4, 5.7, 5.8)", .timeLimit(.minutes(10)))
struct CookieScopeTests {
    @Test(
        "Default path",
        arguments: [
            ("https://h", "/"), ("https://h/", "/"), ("https://h/a", "/"), ("https://h/a/", "/a"),
            ("https://h/a/b", "/a"), ("https://h/a/b/c", "/a/b"), ("https://h/a/b?x=/c/d", "/a"),
            ("https://h?x=/a/b", "/"), ("https://h//", "/"), ("https://h/a//", "/a/"),
        ])
    func defaultPath(_ url: String, _ path: String) {
        var bench = JarBench()
        bench.set("a=b", at: url)
        #expect(bench.jar.cookies.map(\.path) == [path])
    }

    @Test(
        "Path match",
        arguments: [
            ("/", "/", true), ("/", "/a/b", true), ("/", "", true), ("/a", "/a", true), ("/a", "/a/", true),
            ("/a", "/a/b", true), ("/a/", "/a/b", true), ("/a/", "/a", false), ("/a", "/ab", false),
            ("/a", "/A", false), ("/a", "/", false), ("/a", "/a?x", true), ("/a/b", "/a", false),
            ("/a", "/%61", false),
        ])
    func pathMatch(_ path: String, _ target: String, _ isSent: Bool) {
        var bench = JarBench()
        bench.set("n=v; Path=\(path)")
        #expect((bench.sent(to: "https://shop.test\(target)") != nil) == isSent)
    }

    @Test(
        "Domain: who may set it and who gets it",
        arguments: [
            // Set by, Domain, sent to: nil when the cookie is ignored.
            ("shop.test", nil, ["shop.test", "SHOP.test:8443"], ["a.shop.test", "test", "xshop.test"]),
            ("shop.test", "", ["shop.test"], ["a.shop.test"]),
            ("a.shop.test", "shop.test", ["shop.test", "a.shop.test", "b.c.shop.test"], ["xshop.test", "test"]),
            ("a.shop.test", ".SHOP.Test", ["shop.test", "b.shop.test"], ["test"]),
            ("shop.test", "shop.test", ["shop.test", "a.shop.test"], ["othershop.test"]),
            ("127.0.0.1", "127.0.0.1", ["127.0.0.1"], ["127.0.0.2"]),
            ("[::1]:80", "[::1]", ["[::1]"], ["[::2]"]),
        ] as [(String, String?, [String], [String])])
    func domain(_ host: String, _ domain: String?, _ to: [String], _ notTo: [String]) {
        var bench = JarBench()
        #expect(bench.set("n=v" + (domain.map { "; Domain=\($0)" } ?? ""), at: "https://\(host)/") == [])
        for host in to { #expect(bench.sent(to: "https://\(host)/") == "n=v", "\(host)") }
        for host in notTo { #expect(bench.sent(to: "https://\(host)/") == nil, "\(host)") }
        #expect(bench.jar.cookies.first?.isHostOnly == (domain ?? "").isEmpty)
    }

    @Test(
        "A Domain that isn't the host or above it",
        arguments: [
            ("shop.test", "a.shop.test"), ("shop.test", "other.test"), ("shop.test", "hop.test"),
            ("1.2.3.4", "3.4"), ("1.2.3.4", "4"), ("[::1]", "1]"), ("shop.test", "shop.test."), ("shop.test", "é.test"),
            ("shop.test", "..test"),
        ])
    func foreignDomain(_ host: String, _ domain: String) {
        var bench = JarBench()
        #expect(bench.set("n=v; Domain=\(domain)", at: "https://\(host)/") == [.domainMismatch])
        #expect(bench.jar.cookies.isEmpty)
    }

    @Test func theLastDomainWinsAndAnEmptyOneIsNone() {
        var bench = JarBench()
        bench.set("a=1; Domain=nowhere.test; Domain=shop.test", "b=1; Domain=shop.test; Domain=")
        #expect(bench.jar.cookies.map(\.isHostOnly) == [false, true])
    }

    @Test func longerPathsFirstThenOlderCookies() {
        var bench = JarBench()
        bench.set("a=1; Path=/", "b=1; Path=/x/y", "c=1; Path=/x", "d=1; Path=/x/y", "e=1; Path=/")
        #expect(bench.sent(to: "https://shop.test/x/y") == "b=1; d=1; c=1; a=1; e=1")
        // A replaced cookie keeps its place; one that was deleted comes back as the youngest.
        bench.clock.advance(by: .seconds(1))
        bench.set("a=2; Path=/", "b=; Max-Age=0; Path=/x/y", "b=2; Path=/x/y")
        #expect(bench.sent(to: "https://shop.test/x/y") == "d=1; b=2; c=1; a=2; e=1")
    }

    @Test func nameDomainPathAndHostOnlyMakeTheCookie() {
        var bench = JarBench()
        bench.set("n=1", "N=2", "n=3; Path=/p", "n=4; Domain=shop.test", at: "https://shop.test/")
        #expect(bench.sent(to: "https://shop.test/p") == "n=3; n=1; N=2; n=4")
        #expect(bench.jar["n"] == nil)
        #expect(bench.jar["N"] == "2")
        bench.set("n=5; Domain=shop.test", "n=; Max-Age=0; Path=/p")
        #expect(bench.sent(to: "https://shop.test/p") == "n=1; N=2; n=5")
    }

    @Test func unicodeSpellingsAreTwoNames() {
        var bench = JarBench()
        bench.set("\u{e9}=1", "e\u{301}=2")
        #expect(bench.jar.cookies.count == 2)
        #expect(bench.jar["\u{e9}"] == "1")
    }

    @Test func addingCookiesReplacesWhatIsThere() {
        var bench = JarBench()
        var request = JarBench.request("https://shop.test/")
        request.headerFields[.cookie] = "forged=1"
        bench.jar.addCookies(to: &request)
        #expect(request.headerFields[.cookie] == nil)
        bench.set("a=1")
        bench.jar.addCookies(to: &request)
        bench.jar.addCookies(to: &request)
        #expect(request.headerFields[values: .cookie] == ["a=1"])
    }

    @Test func aCopyIsAJarOfItsOwn() {
        var bench = JarBench()
        bench.set("a=1")
        let thief = bench.jar
        bench.set("a=2")
        #expect(thief["a"] == "1")
        #expect(bench.jar["a"] == "2")
    }
}
