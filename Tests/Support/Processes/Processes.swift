package import Foundation

/// Runs a program to its end and returns what it printed.
@discardableResult
package func run(_ program: String, _ arguments: [String], in directory: URL? = nil) throws -> String {
    // A file, not a pipe: it is read when the program has ended, whoever else holds it.
    let printed = FileManager.default.temporaryDirectory.appendingPathComponent("printed-" + UUID().uuidString)
    try Data().write(to: printed)
    defer { try? FileManager.default.removeItem(at: printed) }
    let output = try FileHandle(forWritingTo: printed)
    let process = try ChildProcess(program, arguments, in: directory, output: output, errors: output)
    process.untilGone(within: 300)
    try output.close()
    let text = String(decoding: try Data(contentsOf: printed), as: UTF8.self)
    guard process.exit == .status(0) else { throw ProgramFailure(program: program, output: text) }
    return text
}

/// Runs what blocks for long on a thread of its own, so that tasks of other tests go on.
@discardableResult
package func offThread<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Success, any Error>) in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

struct ProgramFailure: Error {
    let program: String
    let output: String
}
