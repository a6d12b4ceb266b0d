import Foundation
import Testing

/// The files around the sources, which some tests read.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    static func text(of path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The names that documentation may give as those of tests.
    ///
    /// These are the names of tests and of an adapter's behaviours, the functions of tests that have no other name, and the
    /// scenarios of the simulation.
    static func testNames() throws -> Set<String> {
        var names: Set<String> = []
        let files = try #require(
            FileManager.default.enumerator(
                at: root.appending(path: "Tests").resolvingSymlinksInPath(), includingPropertiesForKeys: nil))
        for case let file as URL in files where file.pathExtension == "swift" {
            names.formUnion(testNames(in: try String(contentsOf: file, encoding: .utf8)))
        }
        return names
    }

    /// The same of one source; a test that is commented out or disabled has no name.
    static func testNames(in source: String) -> [String] {
        let code = source.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(
            separator: "\n")
        let named = code.matches(of: /(?:@Test|AdapterBehaviour)\(\s*"((?:[^"\\]|\\.)*)"/).filter { match in
            !code[match.range.upperBound...].prefix { $0 != "{" }.contains(".disabled(")
        }
        let scenarios = code.matches(
            of: /\.(?:init|touching)\(\s*"([^"]*)",\s*(?:\.(?:stranger|visitor|signedIn)\b|requests:)/)
        let functions = code.matches(of: /@Test(?:\((?!\s*")(?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\s*func (\w+)\(/)
            .filter { !$0.output.0.contains(".disabled(") }
        return named.map { String($0.1) } + scenarios.map { String($0.1) } + functions.map { String($0.1) }
    }
}
