import Foundation
import Processes
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    /// Two processes commit to one file, one is killed in the middle: nothing that was acknowledged is missing.
    @Test(arguments: ["full", "normal"])
    func whatWasAcknowledgedSurvivesKill(_ synchronous: String) async throws {
        try await withPath { path in
            let here = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await here.create(record(1))
            let executable: URL = try #require(writer, "build sqlite-crash-writer beside the tests")
            let output = Pipe()
            let child = try ChildProcess(
                executable.path, [path, synchronous], output: output.fileHandleForWriting,
                errors: .standardError)
            // The child has the only end that is written to.
            try output.fileHandleForWriting.close()
            var text = Data()
            var own: UInt64 = 1
            while text.filter({ $0 == UInt8(ascii: "\n") }).count < 400 {
                // On another thread: where the disk is slow, other tests would wait for this one.
                let part = try await offThread { output.fileHandleForReading.availableData }
                if part.isEmpty { break }
                text += part
                own = try #require(try await here.commit(setting("n", to: "0"), to: id(1), at: start).record).revision
            }
            child.send(SIGKILL)
            text += output.fileHandleForReading.readDataToEndOfFile()
            child.untilGone()
            #expect(child.exit == .signal(SIGKILL))

            var acknowledged: [SessionID: UInt64] = [:]
            // A last line without its end was still acknowledged, but its number may be cut.
            let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            for line in lines.dropLast() {
                let words = line.split(separator: " ")
                let id = try #require(SessionID(words[0]))
                acknowledged[id] = max(acknowledged[id] ?? 0, try #require(UInt64(words[1])))
            }
            #expect(acknowledged.count == 8)
            try await here.close()
            let again = try await SQLiteSessionStore(path: path, configuration: .patient())
            for (id, revision) in acknowledged {
                let kept = try #require(try await again.load(id, at: start))
                // One more may have been committed whose acknowledgement was never printed.
                #expect(kept.revision == revision || kept.revision == revision + 1)
                #expect(kept.attributes["n"]?.json == "\(kept.revision)")
            }
            #expect(try await again.load(id(1), at: start)?.revision == own)
            try await again.close()
        }
    }

    /// The executable beside the test bundle, or in the build folder when the tests run from elsewhere.
    private var writer: URL? {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return [beside, Bundle.main.bundleURL, URL(fileURLWithPath: ".build/debug")]
            .map { $0.appendingPathComponent("sqlite-crash-writer") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}
