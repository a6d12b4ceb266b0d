import Foundation
import Testing
import TokenScanner

/// The check that every answer, page, log and event of the tests goes through.
@Suite("H-6: the scanner of tokens", .timeLimit(.minutes(10)))
struct TokenScannerTests {
    private static let bytes = Data((0..<48).map { UInt8(truncatingIfNeeded: $0 * 37 + 251) })
    private static let secret = bytes.dropFirst(16)
    private static let token = bytes.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")

    private func issued() -> IssuedTokens {
        let tokens = IssuedTokens()
        tokens.note(in: "__Host-Http-id=\(Self.token); Path=/; Secure")
        return tokens
    }

    @Test(
        "A token is found in every form, and wherever it stands in a text",
        arguments: [
            token, String(token.suffix(42)), "<a href='/?x=\(token)'>", "id=\(token.prefix(60)) \(token.suffix(43))",
            token.utf8.map { "%\(String($0, radix: 16))" }.joined(),
            Data(token.utf8).base64EncodedString(), Data("Cookie: id=\(token)".utf8).base64EncodedString(),
            Data("a\(token)".utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_"),
            bytes.base64EncodedString(), secret.base64EncodedString(),
            secret.map { String(format: "%02x", $0) }.joined(), bytes.map { String(format: "%02X", $0) }.joined(),
        ])
    func found(_ text: String) {
        #expect(issued().leak(in: "before \(text) behind") != nil)
        #expect(issued().leak(in: text) != nil)
    }

    @Test("Neither the ID of a token nor another token is one")
    func notFound() {
        let other = String(repeating: "A", count: 64)
        let id = Self.bytes.prefix(16)
        for text in [
            "", other, String(Self.token.prefix(41)), String(Self.token.prefix(63).suffix(41)),
            id.base64EncodedString(),
            id.map { String(format: "%02x", $0) }.joined(), "%", "100 % sure",
        ] {
            #expect(issued().leak(in: text) == nil, "\(text)")
        }
        #expect(IssuedTokens().leak(in: Self.token) == nil)
        let short = IssuedTokens()
        short.note(in: Self.token + "A")
        #expect(short.isEmpty)
    }

    @Test(
        "A response may bring a token in the fields that carry it, in a link and in a program's body, and nowhere else")
    func responses() throws {
        let token = Self.token
        for (field, body, path, isAllowed) in [
            (("Set-Cookie", "id=\(token)"), "", "/", true), (("Session-Token", token), "", "/", true),
            (("Location", "/cart?sid=\(token)"), "", "/", true),
            (("Location", "/cart?a=1&sid-code=\(token)"), "", "/", true),
            (("Location", "/cart?session=\(token)"), "", "/", false), (("ETag", token), "", "/", false),
            (("Vary", "Cookie"), "<a href=\"/?sid=\(token)\">", "/", true),
            (("Vary", "Cookie"), "<p>\(token)", "/", false),
            (("Vary", "Cookie"), "{\"token\": \"\(token)\"}", "/api/sign-in?x", true),
            (("Vary", "Cookie"), "{\"token\": \"\(token)\"}", "/api/session", false),
        ] {
            let tokens = issued()
            let fields = [(name: field.0, value: field.1)]
            if isAllowed {
                try tokens.check("it", path: path, fields: fields, body: body)
                // … and was noted, so that it is found elsewhere.
                #expect(tokens.leak(in: token) != nil)
            } else {
                let leak = #expect(throws: TokenLeak.self) {
                    try tokens.check("it", path: path, fields: fields, body: body)
                }
                #expect(leak?.description.contains(token.suffix(42)) == false, "\(field) \(body)")
            }
        }
        let fresh = IssuedTokens()
        try fresh.check("it", path: "/", fields: [(name: "Location", value: "/?sid=\(token)")], body: "")
        #expect(fresh.leak(in: token) != nil)
        #expect(throws: TokenLeak.self) { try fresh.check("a log", "GET /?sid=\(token)") }
    }
}
