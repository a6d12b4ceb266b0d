import Foundation
import Processes

/// One run of the command line, to its end.
struct SessionsProcess {
    let status: Int32
    let output: String
    let errors: String

    /// - Parameters:
    ///   - arguments: those of the command
    ///   - environment: what is set beside this process's own variables
    init(_ arguments: [String], environment: [String: String] = [:]) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cli-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [folder.appendingPathComponent("out"), folder.appendingPathComponent("err")]
        for file in files { try Data().write(to: file) }
        let process = Process()
        process.executableURL = try Self.executable()
        process.arguments = arguments
        var variables = ProcessInfo.processInfo.environment
        variables["SESSIONS_STORE"] = nil
        process.environment = variables.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.start()
        process.untilGone(within: 120)
        // A crash is no status of a program's own.
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        (output, errors) = (
            try String(contentsOf: files[0], encoding: .utf8), try String(contentsOf: files[1], encoding: .utf8)
        )
    }

    /// What `--json` printed.
    func json() throws -> [String: Any] {
        let value = try JSONSerialization.jsonObject(with: Data((output.isEmpty ? errors : output).utf8))
        guard let object = value as? [String: Any] else { throw Missing(description: "a JSON object in \(output)") }
        return object
    }

    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private static func executable() throws -> URL {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let found = [beside, Bundle.main.bundleURL, URL(fileURLWithPath: ".build/debug")]
            .map { $0.appendingPathComponent("sessions") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let found else { throw Missing(description: "build the product sessions beside the tests") }
        return found
    }
}
