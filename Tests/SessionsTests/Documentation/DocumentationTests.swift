import Foundation
import Testing

@Suite("The documentation", .timeLimit(.minutes(10)))
struct DocumentationTests {
    private let root = Repository.root

    @Test("The README's example is Examples/Hello, word by word")
    func readme() throws {
        let example = try String(contentsOf: root.appending(path: "Examples/Hello/main.swift"), encoding: .utf8)
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(example)```"))
    }

    @Test("Every test that docs/guarantees.md names exists, and every guarantee names one")
    func names() throws {
        let tests = try Repository.testNames()
        let page = try String(contentsOf: root.appending(path: "docs/guarantees.md"), encoding: .utf8)
        let sections = page.components(separatedBy: "\n## ").dropFirst()
        #expect(sections.map { $0.prefix { $0 != " " } } == (1...12).map { "G\($0)" })
        for section in sections {
            let names = section.split(separator: "\n").filter { $0.hasPrefix("- `") }.map { $0.dropFirst(3).dropLast() }
            #expect(!names.isEmpty, "\(section.prefix(30)) names no test")
            let missing = names.filter { !tests.contains(String($0)) }
            #expect(missing == [], "\(section.prefix(3)) names tests that don't exist")
        }
    }

    @Test("Every guarantee names a scenario of the simulation where requests can race for it")
    func scenarios() throws {
        let page = try String(contentsOf: root.appending(path: "docs/guarantees.md"), encoding: .utf8)
        for section in page.components(separatedBy: "\n## ").dropFirst() {
            let name = String(section.prefix { $0 != " " })
            guard ["G2", "G3", "G4", "G5", "G6", "G9", "G10", "G12"].contains(name) else { continue }
            #expect(section.contains("In every order:"), "\(name) has no scenario")
        }
    }

    @Test("docs/proofs.md lists every seeded bug, each with what catches it, and no other")
    func seededBugs() throws {
        let page = try String(contentsOf: root.appending(path: "docs/proofs.md"), encoding: .utf8)
        let listed = page.split(separator: "\n").filter { $0.firstMatch(of: /^\| [0-9]{2}-/) != nil }.map { line in
            String(line.dropFirst(2).prefix { $0 != " " })
        }
        let patches = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Tests/Mutants").path)
            .filter { $0.hasSuffix(".patch") }.map { String($0.dropLast(".patch".count)) }
        #expect(patches.count >= 16 && listed == patches.sorted())
        #expect(!page.contains("**survives**"))
    }

    /// All Markdown of the repository that readers are led to.
    private func pages() throws -> [URL] {
        let folder = try #require(
            FileManager.default.enumerator(at: root.appending(path: "docs"), includingPropertiesForKeys: nil))
        var files = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map { root.appending(path: $0) }
        for case let file as URL in folder where file.pathExtension == "md" { files.append(file) }
        try #require(files.count >= 13)
        return files
    }

    /// A test reads the table of seeded bugs line by line, and programs write the others.
    @Test("No line of Markdown is longer than 120 characters, but for rows of tables that a program reads or writes")
    func lineLength() throws {
        let long = try pages().flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated().filter { _, line in
                    let isMade =
                        line.hasPrefix("| ")
                        && ["requirements.md", "results.md", "profiles.md"].contains(file.lastPathComponent)
                    return line.count > 120 && !isMade && line.firstMatch(of: /^\| [0-9]{2}-/) == nil
                }
                .map { "\(file.lastPathComponent):\($0.offset + 1) has \($0.element.count) characters" }
        }
        #expect(long == [])
    }

    @Test("Every link within the documentation leads to a file that exists, and to a heading that it has")
    func links() throws {
        var count = 0
        var broken: [String] = []
        for page in try pages() {
            let text = try prose(of: page).replacing(/`[^`]*`/, with: "")
            for link in text.matches(of: /\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/) {
                count += 1
                let path = String(link.1)
                let target = path.isEmpty ? page : page.deletingLastPathComponent().appending(path: path).standardized
                let isThere = FileManager.default.fileExists(atPath: target.path)
                let hasHeading = try link.2.map { try isThere && anchors(of: target).contains(String($0)) } ?? true
                if !isThere || !hasHeading { broken.append("\(page.lastPathComponent): \(link.0.dropFirst())") }
            }
        }
        #expect(count > 50)
        #expect(broken == [])
    }

    /// A page without its blocks of code.
    private func prose(of page: URL) throws -> String {
        let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```")
        return parts.indices.filter { $0.isMultiple(of: 2) }.map { parts[$0] }.joined()
    }

    /// The anchors of a page's headings, as GitHub makes them.
    private func anchors(of page: URL) throws -> [String] {
        try prose(of: page).split(separator: "\n").filter { $0.hasPrefix("#") }.map { line in
            let heading = line.drop { $0 == "#" }.dropFirst().lowercased()
            return heading.filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.replacing(" ", with: "-")
        }
    }
}
