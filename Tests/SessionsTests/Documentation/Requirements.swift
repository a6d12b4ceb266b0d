import Foundation

/// `docs/requirements.json`: the rows of standards and incidents, with what this package does about each.
struct Requirements: Decodable {
    struct Section: Decodable {
        let number, title, introduction: String
        let rows: [Row]
    }

    struct Row: Decodable {
        let id: String
        /// The requirement in a short sentence.
        let asks: String
        /// The standard and its own number, or the incident.
        let source: String
        let verdict: Verdict
        /// What the reader has to know: the hook, the page, the reason.
        var note: String?
        /// The tests that fail where the row isn't kept any more.
        var tests: [String]?
    }

    enum Verdict: String, Decodable, CaseIterable {
        case kept, hook, documented, deviation
        case notYet = "not yet"
    }

    let sections: [Section]

    init() throws {
        sections = try JSONDecoder().decode(
            [Section].self, from: Data(Repository.text(of: "docs/requirements.json").utf8))
    }

    var rows: [Row] { sections.flatMap(\.rows) }

    /// `docs/requirements.md`, as it has to be.
    var page: String {
        """
        <!-- Made from requirements.json by `make requirements`. Change that file, not this one. -->

        # What standards ask for, row by row

        This page is for people who test or judge this package. Each row is something that a standard, a guide or an
        incident asks of a session system, in our own words, with the number that it has there. The last column says what
        this package does about it:

        | verdict | what it means |
        | --- | --- |
        | kept | the package keeps it by itself, and the tests named would fail if it didn't |
        | hook | the application has to do it, and gets a call or a setting for it |
        | documented | it is up to the application or its operator, and a page says so |
        | deviation | it is done otherwise, for the reason given |
        | not yet | it is neither kept nor offered |

        A test of that name is somewhere in `Tests`: `grep -rn 'its name' Tests` finds it. What the package promises
        beyond standards is in [guarantees](guarantees.md), and how that is proved is in [proofs](proofs.md).

        \(counts)

        \(sections.map(\.text).joined(separator: "\n\n"))

        """
    }

    private var counts: String {
        let head = ["section", "rows"] + Verdict.allCases.map(\.rawValue)
        func line(_ title: String, _ rows: [Row]) -> [String] {
            [title, "\(rows.count)"] + Verdict.allCases.map { verdict in "\(rows.count { $0.verdict == verdict })" }
        }
        let lines = sections.map { line("[\($0.number) \($0.title)](#\($0.anchor))", $0.rows) } + [line("all", rows)]
        return Self.table([head, ["---"] + head.dropFirst().map { _ in "---:" }] + lines)
    }

    fileprivate static func table(_ lines: [[String]]) -> String {
        lines.map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }
}

extension Requirements.Section {
    private var heading: String { "\(number) \(title)" }

    /// As GitHub makes it of the heading.
    fileprivate var anchor: String {
        heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
    }

    fileprivate var text: String {
        let lines = rows.map { row in
            [row.id, row.asks, row.source, row.verdict.rawValue, row.account].map { $0.replacing("|", with: "\\|") }
        }
        let head = ["row", "what it asks for", "source", "verdict", "how"]
        return "## \(heading)\n\n\(introduction)\n\n"
            + Requirements.table([head, head.map { _ in "---" }] + lines)
    }
}

extension Requirements.Row {
    fileprivate var account: String {
        ([note].compactMap(\.self) + (tests ?? []).map { "`\($0)`" }).joined(separator: "<br>")
    }
}
