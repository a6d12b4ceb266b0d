import Foundation
import Testing

/// `make fuzz` finds such inputs, and `make asan` replays them under the address sanitizer.
@Suite("What the fuzzer came up with", .timeLimit(.minutes(10)))
struct CorpusTests {
    private static let corpus = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/Corpus")

    private func files(of target: String) throws -> [URL] {
        let folder = Self.corpus.appending(path: target)
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    }

    @Test("No input of Fuzz/Corpus shows a fault in what it is for", arguments: fuzzTargets.keys.sorted())
    func replay(_ target: String) throws {
        let fault = try #require(fuzzTargets[target])
        let files = try files(of: target)
        try #require(files.count >= 20)
        for file in files {
            #expect(fault(Array(try Data(contentsOf: file))) == nil, "\(target)/\(file.lastPathComponent)")
        }
    }

    @Test("Each folder of Fuzz/Corpus is a target of the fuzzer, and each target has one")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(folders.sorted() == fuzzTargets.keys.sorted())
    }
}
