import Testing

@testable import Sessions

@Suite("Origins of pages", .timeLimit(.minutes(10)))
struct WebOriginTests {
    @Test(
        "F-3: an origin is scheme, host and port; the case and the scheme's own port make no difference",
        arguments: [
            ("https://pay.example", "https://pay.example"), ("HTTPS://Pay.Example", "https://pay.example"),
            ("https://pay.example:443", "https://pay.example"), ("http://pay.example:80", "http://pay.example"),
            ("https://pay.example:80", "https://pay.example:80"), ("https://pay.example:1", "https://pay.example:1"),
            ("https://pay.example:65535", "https://pay.example:65535"),
            ("https://10.0.0.1:8443", "https://10.0.0.1:8443"),
            ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"), ("http://[::1]", "http://[::1]"),
            ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
            ("https://a_b-c.example", "https://a_b-c.example"),
            ("https://az09.example:9099", "https://az09.example:9099"), ("z+a-0.9://x", "z+a-0.9://x"),
        ])
    func origins(_ text: String, _ written: String) throws {
        #expect(try WebOrigin(text).description == written)
        #expect(try WebOrigin(text) == WebOrigin(written))
    }

    @Test(
        "F-3: what is no exact origin is refused with what to write instead",
        arguments: [
            ("https://pay.example/", "write https://pay.example"),
            ("https://pay.example/return", "write https://pay.example"),
            ("https://pay.example?a", "write https://pay.example"),
            ("https://pay.example#a", "write https://pay.example"),
            ("https://pay.example\\a", "write https://pay.example"), ("https://*.example", "name each origin"),
            ("*", "write scheme and host"), ("null", "write scheme and host"), ("", "write scheme and host"),
            ("pay.example", "write scheme and host"), ("pay.example:443", "write scheme and host"),
            ("//pay.example", "write scheme and host"), ("https:pay.example", "write scheme and host"),
            ("1://pay.example", "write scheme and host"), ("https://", "write the host in ASCII"),
            ("https://ada@pay.example", "write the host in ASCII"), ("https://pay.example:", "write the host in ASCII"),
            ("https://pay.example:0", "write the host in ASCII"),
            ("https://pay.example:65536", "write the host in ASCII"),
            ("https://pay.example:0443", "write the host in ASCII"),
            ("https://pay.example:443:1", "write the host in ASCII"),
            ("https://pay.example ", "write the host in ASCII"), ("https://[::1", "write the host in ASCII"),
            ("https://[::1]x", "write the host in ASCII"), ("https://[pay]", "write the host in ASCII"),
            ("https://a`b", "write the host in ASCII"), ("https://a{b", "write the host in ASCII"),
            ("https://[10.0.0.1]", "write the host in ASCII"), ("https://päy.example", "write the host in ASCII"),
            ("https://pay.example, https://evil.example", "write https://pay.example, https:"),
        ])
    func noOrigins(_ text: String, _ advice: String) throws {
        let error = #expect(throws: SessionError.self) { try WebOrigin(text) }
        #expect(error?.code == .configuration)
        #expect(
            error?.message.hasPrefix("\"\(text)\" is no origin: ") == true && error?.message.contains(advice) == true)
    }

    @Test(
        "F-2: a Host field is an origin's whatever its case, with the scheme's port or without",
        arguments: [
            ("shop.example", true), ("Shop.Example", true), ("shop.example:443", true), ("shop.example:80", false),
            ("shop.example:8443", false), ("www.shop.example", false), ("example", false), ("shop.example.", false),
            ("", false), ("shop.example:", false), ("shop.example/", false), ("ada@shop.example", false),
        ])
    func hosts(_ authority: String, _ isSame: Bool) throws {
        #expect(try WebOrigin("https://shop.example").isHost(authority) == isSame)
        #expect(try WebOrigin("http://shop.example").isHost("shop.example:80"))
        #expect(try !WebOrigin("https://shop.example:8443").isHost("shop.example"))
        #expect(try WebOrigin("https://[::1]:8443").isHost("[::1]:8443"))
    }
}
