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
    ///   - typed: what an operator types at a terminal, which also shows the errors; `nil` where there is no terminal
    init(_ arguments: [String], environment: [String: String] = [:], typed: String? = nil) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cli-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [folder.appendingPathComponent("out"), folder.appendingPathComponent("err")]
        for file in files { try Data().write(to: file) }
        var variables = ProcessInfo.processInfo.environment
        variables["SESSIONS_STORE"] = nil
        variables.merge(environment) { $1 }
        let terminal = try typed.map { try Terminal(typed: $0) }
        let process = try ChildProcess(
            try Self.executable().path, arguments, environment: variables, input: terminal?.line,
            output: try FileHandle(forWritingTo: files[0]),
            errors: try terminal?.line ?? FileHandle(forWritingTo: files[1]))
        try await process.untilEnded()
        // A crash is no status of a program's own.
        status =
            switch process.exit {
            case .status(let status): status
            case .signal(let signal): -signal
            case nil: -1
            }
        output = try String(contentsOf: files[0], encoding: .utf8)
        errors = try terminal?.shown() ?? String(contentsOf: files[1], encoding: .utf8)
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
