import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("CookieJar: fields of a response in, fields for a URL out", .timeLimit(.minutes(10)))
struct CookieFieldsTests {
    private let clock = ManualClock()

    private func fields(_ cookies: String...) -> HTTPFields {
        HTTPFields(cookies.map { HTTPField(name: .setCookie, value: $0) })
    }

    @Test("A path is at the jar's origin, with or without its slash")
    func paths() {
        var jar = CookieJar(clock: clock, origin: "https://shop.test")
        #expect(
            jar.receive(fields("__Host-id=1; Path=/; Secure", "b=2; Path=/cart"), from: "/login?next=https://x/y") == []
        )
        #expect(jar.cookies.map(\.domain) == ["shop.test", "shop.test"])
        #expect(jar.headers() == [.cookie: "__Host-id=1"])
        #expect(jar.headers(for: "cart/7?x") == [.cookie: "b=2; __Host-id=1"])
        #expect(jar.headers(for: "/cart") == [.cookie: "b=2; __Host-id=1"])
        #expect(jar.headers(for: "/cartload") == [.cookie: "__Host-id=1"])
    }

    @Test("A whole URL is where it says, whatever the jar's origin is")
    func urls() {
        var jar = CookieJar(clock: clock)
        jar.receive(fields("a=1"), from: "https://shop.test/x/y")
        #expect(jar.headers(for: "https://shop.test/x/z") == [.cookie: "a=1"])
        #expect(jar.headers(for: "https://SHOP.test:8443/x?y") == [.cookie: "a=1"])
        #expect(jar.headers(for: "https://shop.test?/x/z") == [:])
        #expect(jar.headers(for: "https://other.test/x/z") == [:])
        #expect(jar.headers(for: "/x/z") == [:])
    }

    @Test("Without an origin a path is on https://localhost, so that Secure cookies are kept")
    func standardOrigin() {
        var jar = CookieJar(clock: clock)
        #expect(jar.receive(fields("__Host-id=1; Path=/; Secure")) == [])
        #expect(jar.headers(for: "/any") == [.cookie: "__Host-id=1"])
        #expect(jar.headers(for: "http://localhost/any") == [:])
        #expect(jar.headers(for: "https://localhost/any") == [.cookie: "__Host-id=1"])
        var plain = CookieJar(clock: clock, origin: "http://shop.test")
        #expect(plain.receive(fields("__Host-id=1; Path=/; Secure")).map(\.reason) == [.insecureOrigin])
        #expect(plain.headers() == [:])
    }

    @Test("An empty jar, and one whose cookies have expired, gives no field")
    func empty() {
        var jar = CookieJar(clock: clock)
        #expect(jar.headers() == [:])
        jar.receive(fields("a=1; Max-Age=60"))
        clock.advance(by: .milliseconds(59_999))
        #expect(jar.headers() == [.cookie: "a=1"])
        clock.advance(by: .milliseconds(1))
        #expect(jar.headers() == [:])
    }
}
