import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@testable import SessionsAdmin

@Suite("Operators' pages: what comes from users is text", .timeLimit(.minutes(10)))
struct EscapingTests {
    /// The last ones are one `Character` with what HTML gives a meaning.
    static let evil = [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onfocus='alert(1)", "&lt;b&gt;",
        "\"\u{301} autofocus onfocus=alert(1) x=", "<\u{301}script>", "'\u{20dd}><b>", "&\u{301}#60;",
    ]

    /// The tags of a page, with the names of their attributes.
    static func tags(_ page: String) -> [String] {
        let bytes = Array(page.utf8)
        var tags: [String] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "<") else {
                index += 1
                continue
            }
            var tag: [UInt8] = []
            var isQuoted = false
            index += 1
            while index < bytes.count, isQuoted || bytes[index] != UInt8(ascii: ">") {
                if bytes[index] == UInt8(ascii: "\"") {
                    isQuoted.toggle()
                } else if !isQuoted {
                    tag.append(bytes[index])
                }
                index += 1
            }
            tags.append(String(decoding: tag, as: UTF8.self))
        }
        return tags
    }

    /// Every page that shows what the name, the attribute, the value, the reason, the operator and the search have in them.
    private func pages(of text: String) async throws -> [String: String] {
        let site = try AdminSite(showsValue: { _ in true })
        let live = try await site.begin(text, [text: text], on: SessionDevice(name: text, address: text))
        let ended = try await site.begin(text)
        try await site.manager.end(ended, reason: .init(rawValue: text))
        _ = try await site.send(
            .post, "/admin/sessions/\(try await site.begin(text))/end", "sure=yes",
            fields: [.secFetchSite: "same-origin"], as: text)
        let name = text.escapedForQuery()
        var pages: [String: String] = [:]
        for path in [
            "/admin", "/admin/sessions", "/admin/sessions/\(live)", "/admin/sessions/\(ended)",
            "/admin/principal?name=\(name)", "/admin/sessions?q=x\(name)", "/admin/sessions?after=\(name)",
            "/admin/sessions/\(name)", "/admin/\(name)", "/admin/principal?name=\(name)&after=\(name)",
        ] {
            let answer = try await site.send(.get, path, as: text)
            let key = path.replacing(name, with: "NAME").replacing("\(live)", with: "LIVE")
            pages[key.replacing("\(ended)", with: "ENDED")] = answer.text
        }
        for (path, body) in [("/admin/sessions/\(live)/end", ""), ("/admin/principal/end", "name=\(name)")] {
            pages[path.replacing("\(live)", with: "LIVE")] =
                try await site.send(.post, path, body, fields: [.secFetchSite: "same-origin"], as: text).text
        }
        return pages
    }

    @Test(
        "Whatever a user, an attribute, a reason or an operator is called, each page has the same tags", arguments: evil
    )
    func sameTags(_ text: String) async throws {
        let plain = try await pages(of: "ada")
        let evil = try await pages(of: text)
        #expect(plain.count == 12 && evil.keys.sorted() == plain.keys.sorted())
        for (path, page) in evil {
            #expect(Self.tags(page) == Self.tags(plain[path] ?? ""), "\(path)")
            #expect(!page.utf8.elementsEqual(plain[path]?.utf8 ?? "".utf8), "\(path) shows nothing of it")
        }
    }

    @Test("A name that would turn a line around is shown with what it has, and its form sends it back as it is")
    func direction() async throws {
        let site = try AdminSite()
        let name = "ada\u{202e}nimda"
        try await site.begin(name)
        let page = try await site.get("/admin/principal?name=\(name.escapedForQuery())").text
        #expect(page.contains("ada\\u{202e}nimda") && page.contains("value=\"\(name)\""))
    }

    @Test("Values are shown of attributes that the host allows, and a long one is cut")
    func values() async throws {
        let site = try AdminSite(showsValue: { $0 == "open" })
        let id = try await site.begin("ada", ["open": "shown", "closed": "hidden", "open2": "hidden"])
        let page = try await site.get("/admin/sessions/\(id)").text
        #expect(page.contains("&quot;shown&quot;") && !page.contains("hidden\""))
        #expect(!page.contains("hidden&quot;"))
        #expect(page.contains("<code>closed</code>") && page.contains("8 B"))
        let long = try await site.begin("ada", ["open": String(repeating: "x", count: 10_000)])
        let text = try await site.get("/admin/sessions/\(long)").text
        #expect(text.matches(of: /x{1999} …</).count == 1 && text.contains("9.7 KiB"))
    }

    @Test("No page holds a digest or what a secret is made from")
    func secrets() async throws {
        let site = try AdminSite(showsValue: { _ in true })
        let id = try await site.begin("ada", ["a": "b"])
        let record = try #require(try await site.manager.find(id)?.record)
        for path in ["/admin", "/admin/sessions", "/admin/sessions/\(id)", "/admin/principal?name=ada"] {
            let page = try await site.get(path).text
            for digest in [record.secretDigest, record.familyDigest] {
                let hex = digest.bytes.map { String($0, radix: 16) }.joined()
                #expect(!page.contains(hex.prefix(12)))
            }
        }
    }
}
