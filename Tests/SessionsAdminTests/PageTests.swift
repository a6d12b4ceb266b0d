import Foundation
import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@Suite("The operators' pages, word for word", .timeLimit(.minutes(10))) struct PageTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Pages")

    /// The status, where the answer leads, and the page's title and content.
    private static func text(_ answer: AdminSite.Answer) -> String {
        let head = "\(answer.status) \(answer.location ?? "")\n"
        guard
            let content = answer.text.firstMatch(
                of: /(<title>.*<\/title>).*(<main .*<\/main>)/.dotMatchesNewlines())
        else { return head + answer.text }
        return head + "\(content.1)\n\(content.2)\n"
    }

    /// What is around the content of all pages, without the style and the scripts.
    private static func frame(_ answer: AdminSite.Answer) -> String {
        answer.text.replacing(/<(style|script|main)([^>]*)>.*?<\/\1>/.dotMatchesNewlines()) {
            "<\($0.output.1)\($0.output.2)></\($0.output.1)>"
        }
    }

    /// The first line in which two texts differ.
    private static func difference(_ left: String, _ right: String) -> String? {
        let (left, right) = (left.components(separatedBy: "\n"), right.components(separatedBy: "\n"))
        let place = zip(left, right).enumerated().first { $1.0 != $1.1 }
        if let place {
            return "line \(place.offset + 1): \"\(place.element.0)\" where \"\(place.element.1)\" was expected"
        }
        return left.count == right.count ? nil : "\(left.count) lines for \(right.count)"
    }

    @Test("Each page is as its file in Pages has it, to the letter; WRITE_PAGES=1 writes these files")
    func pages() async throws {
        let site = try AdminSite()
        let visitor = try await site.begin()
        let firefox = SessionDevice(name: "Firefox on Linux")
        let first = try await site.begin("ada", ["cart": "3 <cakes>"], on: firefox)
        site.clock.advance(by: .seconds(600))
        let second = try await site.begin("ada")
        let gone = try await site.begin("grace & co", on: firefox)
        site.clock.advance(by: .seconds(60))
        #expect(try await site.post("/admin/sessions/\(gone)/end", "sure=yes").status == 303)
        site.clock.advance(by: .seconds(1))
        var pages = [(name: "frame", text: Self.frame(try await site.get("/admin")))]
        for (name, path) in [
            ("overview", "/admin"), ("sessions", "/admin/sessions"), ("user", "/admin/principal?name=ada"),
            ("user-ended", "/admin/principal?name=grace%20%26%20co"), ("user-unknown", "/admin/principal?name=nobody"),
            ("session", "/admin/sessions/\(first)"), ("session-other", "/admin/sessions/\(second)"),
            ("session-visitor", "/admin/sessions/\(visitor)"), ("session-ended", "/admin/sessions/\(gone)"),
            ("session-unknown", "/admin/sessions/abc"),
            ("search-half", "/admin/sessions?q=\("\(first)".prefix(8))"), ("search-user", "/admin/sessions?q=ada"),
            ("search-nothing", "/admin/sessions?q=00000000000000000000000000000000"), ("nowhere", "/admin/x"),
        ] {
            pages.append((name, Self.text(try await site.get(path))))
        }
        pages.append(("end-over", Self.text(try await site.post("/admin/sessions/\(gone)/end", "sure=yes"))))
        pages.append(("end-question", Self.text(try await site.post("/admin/sessions/\(first)/end"))))
        pages.append(("end-by-get", Self.text(try await site.get("/admin/sessions/\(first)/end"))))
        pages.append(("end-all-question", Self.text(try await site.post("/admin/principal/end", "name=ada"))))
        pages.append(("no-operator", Self.text(try await site.send(.get, "/admin", as: ""))))
        pages.append(("forged", Self.text(try await site.send(.post, "/admin/principal/end", "name=ada"))))
        site.store.follow { _, _ in .fail }
        pages.append(("store-down", Self.text(try await site.get("/admin/sessions/\(first)"))))
        pages.append(("end-store-down", Self.text(try await site.post("/admin/sessions/\(first)/end", "sure=yes"))))
        for (name, text) in pages {
            let file = Self.folder.appending(path: name + ".html")
            if ProcessInfo.processInfo.environment["WRITE_PAGES"] != nil {
                try text.write(to: file, atomically: true, encoding: .utf8)
            }
            let expected = try String(contentsOf: file, encoding: .utf8)
            let difference = Self.difference(text, expected)
            #expect(difference == nil, "\(name)")
        }
        #expect(pages.count == 23)
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
        #expect(files == pages.map { $0.name + ".html" }.sorted())
    }
}
