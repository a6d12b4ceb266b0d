import Foundation
import Testing

// Within the suite that is left out where there are sources alone, as in `make mutants`.
extension DocumentationTests {
    @Suite("The page of requirements", .timeLimit(.minutes(10)))
    struct RequirementsTests {
        /// The rows of each section, which no edit may lose.
        private static let rows: [(section: String, ids: [String])] = [
            (
                "1.1",
                [
                    "7.1.1", "7.1.2", "7.1.3", "7.2.1", "7.2.2", "7.2.3", "7.2.4", "7.3.1", "7.3.2", "7.4.1", "7.4.2",
                    "7.4.3",
                    "7.4.4", "7.4.5", "7.5.1", "7.5.2", "7.5.3", "7.6.1", "7.6.2",
                ].map { "A-\($0)" }
            ),
            (
                "1.2",
                [
                    "3.3.1", "3.3.2", "3.3.3", "3.3.4", "3.3.5", "3.4.1", "3.4.5", "3.5.1", "3.5.2", "3.5.3", "3.5.4",
                    "3.5.8",
                    "3.7.2", "4.1.3", "4.2.4", "4.2.5", "4.4.2", "4.4.3/4", "8.3.2", "8.4.2", "9.x", "11.2.4", "11.5.1",
                    "11.5.2", "12.2.1", "14.2.1", "14.2.2/5", "14.3.1", "14.3.2", "15.4.1/2", "16.2.1", "16.2.2",
                    "16.2.5",
                    "16.3.1-3", "16.4.1", "16.5.1", "16.5.2/3", "1.5.2", "1.5.3",
                ].map { "A-\($0)" }
            ),
            (
                "2",
                numbered("ID", 10) + numbered("EX", 5) + numbered("LC", 4) + numbered("TO", 6) + numbered("LO", 1)
                    + numbered("CACHE", 2) + numbered("DET", 3) + numbered("LOG", 3) + numbered("SIM", 2)
            ),
            ("3", (1...11).map { $0 < 10 ? "W-0\($0)" : "W-\($0)" }), ("4.1", numbered("CK", 14)),
            ("4.2", numbered("CP", 9)),
            ("5", numbered("N", 19)), ("6", numbered("U", 12)), ("8", numbered("R", 27)), ("9", numbered("F", 10)),
        ]

        private static func numbered(_ prefix: String, _ count: Int) -> [String] {
            (1...count).map { "\(prefix)-\($0)" }
        }

        @Test("docs/requirements.md is what docs/requirements.json makes; `make requirements` writes it")
        func page() throws {
            let page = try Requirements().page
            let file = Repository.root.appending(path: "docs/requirements.md")
            if ProcessInfo.processInfo.environment["WRITE_REQUIREMENTS"] == "1" {
                try page.write(to: file, atomically: true, encoding: .utf8)
            }
            // Line by line, so that a failure shows where it is stale.
            let written = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n", omittingEmptySubsequences: false)
            let made = page.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, (left, right)) in zip(written, made).enumerated() where left != right {
                Issue.record("line \(index + 1) of docs/requirements.md is stale: run `make requirements`")
                break
            }
            #expect(written.count == made.count, "docs/requirements.md is stale: run `make requirements`")
        }

        @Test("Every row of sections 1 to 6, 8 and 9 is in its section, once and in its order")
        func everyRow() throws {
            let sections = try Requirements().sections
            #expect(sections.map(\.number) == Self.rows.map(\.section))
            for (section, (_, ids)) in zip(sections, Self.rows) {
                #expect(section.rows.map(\.id) == ids, "section \(section.number)")
            }
            #expect(try Requirements().rows.count == 196)
        }

        @Test("Every test that a row names exists, and every verdict has what it needs")
        func verdicts() throws {
            let names = try Repository.testNames()
            try #require(names.count > 600)
            for row in try Requirements().rows {
                let (tests, note) = (row.tests ?? [], row.note ?? "")
                #expect(tests.filter { !names.contains($0) } == [], "\(row.id) names tests that don't exist")
                #expect(Set(tests).count == tests.count, "\(row.id) names a test twice")
                #expect(!row.asks.isEmpty && !row.source.isEmpty && row.asks.hasSuffix("."), "\(row.id)")
                switch row.verdict {
                case .kept: #expect(!tests.isEmpty, "\(row.id) is kept by no test")
                case .hook:
                    let names = note.contains("`") || note.hasPrefix("As ")
                    #expect(!tests.isEmpty && names, "\(row.id) names no hook, or no test of it")
                case .documented: #expect(note.contains("](") && note.contains(".md#"), "\(row.id) links to no page")
                case .deviation: #expect(note.count > 40, "\(row.id) gives no reason")
                case .notYet: #expect(tests.isEmpty, "\(row.id) is not yet, and names tests")
                }
            }
        }

        @Test("The name of a test is one that runs: none in a comment, none that is disabled, and no other text")
        func names() {
            // Written otherwise here, lest these count as tests themselves.
            let source = """
                @T("one") func a() {}
                @T(
                    "two, with \\"quotes\\"",
                    arguments: [(1, 2), (f(3), 4)])
                func b() {}
                // @T("three") func c() {}
                @T("four", .disabled("later")) func d() {}
                @T func five() {}
                @T(arguments: ShopStore.allCases) func six() {}
                @T(.disabled()) func seven() {}
                let text = "eight"
                func nine() {}
                @I(
                    "ten", .visitor, [.init(.read)])
                """.replacing("@T", with: "@Test").replacing("@I", with: ".init")
            let names = Repository.testNames(in: source)
            #expect(names.sorted() == ["five", "one", "six", "ten", "two, with \\\"quotes\\\""])
        }
    }
}
