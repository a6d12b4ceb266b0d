import Foundation
import Testing

@Suite("The documentation")
struct DocumentationTests {
    private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    @Test("The README's example is Examples/Hello, word by word")
    func readme() throws {
        let example = try String(contentsOf: root.appending(path: "Examples/Hello/main.swift"), encoding: .utf8)
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(example)```"))
    }

    @Test("Every test that docs/guarantees.md names exists, and every guarantee names one")
    func names() throws {
        var sources = ""
        let files = try #require(
            FileManager.default.enumerator(at: root.appending(path: "Tests"), includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            sources += try String(contentsOf: file, encoding: .utf8)
        }
        let page = try String(contentsOf: root.appending(path: "docs/guarantees.md"), encoding: .utf8)
        let sections = page.components(separatedBy: "\n## ").dropFirst()
        #expect(sections.map { $0.prefix { $0 != " " } } == (1...12).map { "G\($0)" })
        for section in sections {
            let names = section.split(separator: "\n").filter { $0.hasPrefix("- `") }.map { $0.dropFirst(3).dropLast() }
            #expect(!names.isEmpty, "\(section.prefix(30)) names no test")
            for name in names {
                #expect(
                    sources.contains("\"\(name)\"") || sources.contains("func \(name)("), "no test is named \(name)")
            }
        }
    }
}
