package import Foundation
import Synchronization

extension Process {
    /// Starts the program; whatever opens a pipe for it belongs into `prepare`.
    ///
    /// One program at a time: on Linux a child inherits each descriptor that another thread opens while it is started, and a
    /// server that holds the end of another child's pipe keeps that pipe's reader waiting until the server itself ends.
    package func start(_ prepare: () throws -> Void = {}) throws {
        try Self.starting.withLock { _ in
            try prepare()
            try run()
        }
    }

    private static let starting = Mutex(())

    /// Waits for the end, and kills the program where it doesn't come in time.
    ///
    /// Not by `waitUntilExit`, which runs a run loop of this thread and can miss the end on Linux.
    package func untilGone(within seconds: Int = 60) {
        for _ in 0..<(200 * seconds) where isRunning { usleep(5000) }
        guard isRunning else { return }
        kill(processIdentifier, SIGKILL)
        for _ in 0..<2000 where isRunning { usleep(5000) }
    }
}

/// Runs a program to its end and returns what it printed.
@discardableResult
package func run(_ program: String, _ arguments: [String], in directory: URL? = nil) throws -> String {
    // A file, not a pipe: it is read when the program has ended, whoever else holds it.
    let printed = FileManager.default.temporaryDirectory.appendingPathComponent("printed-" + UUID().uuidString)
    try Data().write(to: printed)
    defer { try? FileManager.default.removeItem(at: printed) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    let output = try FileHandle(forWritingTo: printed)
    process.standardOutput = output
    process.standardError = output
    try process.start()
    process.untilGone(within: 300)
    try output.close()
    let text = String(decoding: try Data(contentsOf: printed), as: UTF8.self)
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
        throw ProgramFailure(program: program, output: text)
    }
    return text
}

/// Runs what blocks for long on a thread of its own, so that tasks of other tests go on.
package func offThread(_ work: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
    }
}

struct ProgramFailure: Error {
    let program: String
    let output: String
}
