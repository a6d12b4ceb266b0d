import Foundation
import ShopDriver
import Testing

extension ShopTests {
    @Suite("What a visitor writes is text", .timeLimit(.minutes(10))) struct EscapingTests {
        @Test("A quote, or what begins a tag, is escaped on the shop's pages, also with an accent on it")
        func accents() async throws {
            try await withShop { shop in
                let visitor = Customer(at: shop)
                for (text, escaped) in [
                    ("\" x=", "&quot; x="), ("\"\u{301} x=", "&quot;\u{301} x="), ("<\u{301}b>", "&lt;\u{301}b&gt;"),
                    ("'\u{20dd}", "&#39;\u{20dd}"), ("&\u{301}lt;", "&amp;\u{301}lt;"), ("ädä", "ädä"),
                ] {
                    let name = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    let page = try await visitor.post("/sign-in", "name=\(name)&password=x").body
                    #expect(Array(page.utf8).firstRange(of: Array("value=\"\(escaped)\"".utf8)) != nil, "\(text)")
                }
            }
        }
    }
}
