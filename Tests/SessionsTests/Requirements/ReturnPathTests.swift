import Testing

@testable import Sessions

@Suite("The way back after a sign-in", .timeLimit(.minutes(10)))
struct ReturnPathTests {
    @Test("A path on this host is a way back")
    func paths() {
        for text in [
            "/", "/account", "/a//b", "/a?b=//c", "/?return=/", "/a/../b", "/.//x", "/%2F/x", "/a#b", "/:80/", "/@x",
            "/!", "/~",
        ] {
            #expect(ReturnPath(text)?.text == text, "\(text)")
        }
    }

    @Test("What could lead to another host, or into a field of the response, is none")
    func others() {
        for text in [
            "", "account", "//evil.example", "///evil.example", "/\\evil.example", "\\/evil.example", "/a\\b",
            "https://evil.example/", "https:/evil.example", "javascript:alert(1)", "mailto:a@b", "?a=b", "#a", " /a",
            "/a b", "/a\r\nSet-Cookie: id=1", "/a\n", "/a\0", "/a\t", "/\u{e9}", "/\u{7f}", "\u{ff0f}/evil.example",
            ".//a", "@evil",
        ] { #expect(ReturnPath(text) == nil, "\(text)") }
    }

    @Test("A way back has at most 2,048 bytes")
    func length() {
        let longest = "/" + String(repeating: "a", count: 2047)
        #expect(ReturnPath(longest)?.text == longest)
        #expect(ReturnPath(longest + "a") == nil)
    }

    @Test("In a query it is one parameter, whatever it holds")
    func queryValue() throws {
        let path = try #require(ReturnPath("/a-z._~?b=c&d=%2F+;e'\"<>#f"))
        #expect(path.queryValue == "/a-z._~%3Fb%3Dc%26d%3D%252F%2B%3Be%27%22%3C%3E%23f")
    }
}
