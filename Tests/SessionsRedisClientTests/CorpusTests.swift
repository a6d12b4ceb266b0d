import Foundation
import Testing

/// `make fuzz` finds such inputs, and `make asan` replays them under the address sanitizer.
@Suite("What the fuzzer came up with", .timeLimit(.minutes(5)))
struct CorpusTests {
    @Test(
        "The parser ends, keeps its limits and reads the same wherever the bytes are cut, for every input of Fuzz/Corpus"
    )
    func replay() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fuzz/Corpus")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        try #require(files.count >= 100)
        for file in files {
            let input = try #require(ReplyInput(try Data(contentsOf: file)), "\(file.lastPathComponent) is too short")
            #expect(input.fault == nil, "\(file.lastPathComponent)")
        }
    }
}
