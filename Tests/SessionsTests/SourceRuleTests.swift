import Foundation
import Testing

/// What no run can show, and the source can.
@Suite("Rules that the source keeps", .timeLimit(.minutes(10)))
struct SourceRuleTests {
    @Test("Every test is in a suite, and every suite has a time limit, so that nothing hangs for ever")
    func timeLimits() throws {
        let files = try swiftFiles(in: "Tests").filter { $0.key.hasSuffix("Tests.swift") }
        try #require(files.count > 50)
        let attribute = /^ *@Suite(?:\((?:"(?:[^"\\]|\\.)*"|[^()"]|\((?:[^()]|\([^()]*\))*\))*\))?/
            .anchorsMatchLineEndings()
        var unlimited: [String] = []
        for (name, text) in files {
            let suites = text.matches(of: attribute).map(\.output)
            if suites.isEmpty && text.contains("@Test") { unlimited.append("\(name) has no suite") }
            unlimited += suites.filter { !$0.contains(".timeLimit(") }.map { "\(name): \($0)" }
        }
        #expect(unlimited == [])
    }

    @Test("ASVS 11.2.4: two digests are compared whole, with no branch that depends on what they are")
    func digestsAreComparedWhole() throws {
        let text = try #require(try swiftFiles(in: "Sources/Sessions/Token")["Block.swift"])
        let blocks = try #require(text.components(separatedBy: "struct Block32").last)
        let body = try #require(
            blocks.firstMatch(of: /static func == \(left: Self, right: Self\) -> Bool \{([^}]*)\}/)?.1)
        let words = ["first.high", "first.low", "second.high", "second.low"]
        #expect(words.allSatisfy { body.contains("left.\($0) ^ right.\($0)") })
        #expect(body.matches(of: /\^/).count == 4 && body.matches(of: /\|/).count == 3)
        #expect(body.firstMatch(of: /&&|\|\||\?|\b(?:if|guard|switch|for|while|return)\b/) == nil)
    }

    @Test("ASVS 11.2.4: tokens and secrets have no ==, and a digest has that of its 32 bytes")
    func whatHoldsSecrets() throws {
        let files = try swiftFiles(in: "Sources/Sessions/Token")
        for name in ["SessionToken", "SessionSecret"] {
            let text = try #require(files["\(name).swift"])
            let comparable = text.firstMatch(of: /\b(?:Equatable|Hashable|Comparable)\b|func ==/)
            #expect(comparable == nil, "\(name) can be compared")
        }
        let digest = try #require(files["SecretDigest.swift"])
        #expect(digest.contains("package let block: Block32"))
        let stored = /\n {4}(?:(?:package|public|private|fileprivate) )?(?:let|var) \w+: [^{\n]*\n/
        #expect(digest.matches(of: stored).count == 1)
        #expect(!digest.contains("func =="))
    }

    @Test("ASVS 11.2.4: no source compares the bytes or the text of a secret or a digest")
    func nothingElseCompares() throws {
        let secret = #"(?:\.family|\.step|\.exposedText|[dD]igest[?!]?\.(?:bytes|block|data)(?:\.\w+)?)(?!\w)"#
        let operators = #"(?:[=!]=|<=?|>=?)"#
        let comparing = try Regex(
            #"\#(secret)[)\]]* \#(operators) | \#(operators) [\w.?!(]*\#(secret)|"#
                + #"\#(secret)[)\]]*\.(?:elementsEqual|starts)\("#)
        let files = try ["Sessions", "SessionsSQLite", "SessionsRedis", "SessionsHummingbird", "SessionsFlyingFox"]
            .flatMap { try swiftFiles(in: "Sources/\($0)") }
        try #require(files.count > 100)
        let found = files.flatMap { name, text in
            text.split(separator: "\n").filter {
                $0.firstMatch(of: comparing) != nil && !$0.contains("Block32(secret.family, secret.step) ==")
            }.map { "\(name): \($0)" }
        }
        #expect(found == [])
        for bad in [
            "a.digest.bytes == b", "a == b.secretDigest.bytes", "token.exposedText == text", "x.family != y.family",
            "if bytes.elementsEqual(a), digest.bytes.elementsEqual(b) {",
        ] {
            #expect(bad.firstMatch(of: comparing) != nil, "\(bad) is not recognized")
        }
    }

    @Test("A-1.5.3: one reader reads Cookie fields, for every adapter and carrier")
    func oneReader() throws {
        let reading = /name == \.cookie\b|\w\[(?:values: |fields: )?\.cookie\]|\w\[(?:values: )?"[Cc]ookie"/
        var readers: Set<String> = []
        for folder in ["Sessions", "SessionsHummingbird", "SessionsFlyingFox", "SessionsCLI"] {
            let files = try swiftFiles(in: "Sources/\(folder)")
            try #require(!files.isEmpty)
            for (name, text) in files where text.firstMatch(of: reading) != nil { readers.insert(name) }
        }
        #expect(readers == ["CookieReader.swift"])
    }

    @Test("A-9.x, R-6: no message is signed, encrypted or names an algorithm, so none can be taken for another")
    func nothingIsSigned() throws {
        let files = try swiftFiles(in: "Sources/Sessions")
        try #require(files.count > 80)
        let importing = files.filter { $0.value.contains("import Crypto") }.keys
        #expect(
            importing.sorted() == [
                "ClientBinding.swift", "ForgeryToken.swift", "RealmTag.swift", "SecretDigest.swift",
                "SessionSecret.swift",
            ])
        let words = /\b(?:AES|ChaChaPoly|Curve25519|P256|P384|P521|HPKE|Signature|Signing|SealedBox|JWT|jwk|alg)\b/
        let found = files.filter { $0.value.firstMatch(of: words) != nil }.keys
        #expect(found.sorted() == [])
        // The one code has one algorithm, and its key says what it is for.
        let codes = files.filter { $0.value.contains("HMAC<") }
        #expect(codes.keys.sorted() == ["ForgeryToken.swift"])
        let code = try #require(codes["ForgeryToken.swift"])
        #expect(code.contains("HMAC<SHA256>") && code.contains("info: Array(\"forgery\".utf8)"))
    }

    private func swiftFiles(in folder: String) throws -> [String: String] {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let found = try #require(
            FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil))
        var files: [String: String] = [:]
        for case let file as URL in found where file.pathExtension == "swift" {
            let name = file.lastPathComponent
            files[files[name] == nil ? name : file.path] = try String(contentsOf: file, encoding: .utf8)
        }
        return files
    }
}
