import Foundation
package import Processes
import TokenScanner

/// A running shop: the real executable, on a free port of this machine.
package final class ShopProcess: Sendable {
    package typealias Exit = ChildProcess.Exit

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let process: ChildProcess
    private let files: Files
    package var processIdentifier: Int32 { process.processIdentifier }
    /// What it says goes to files: unlike pipes, they end when it ends, whoever else was started meanwhile.
    private struct Files: Sendable {
        let output, errors: URL

        init() throws {
            let name = FileManager.default.temporaryDirectory.appendingPathComponent("shop-" + UUID().uuidString)
            (output, errors) = (name.appendingPathExtension("out"), name.appendingPathExtension("err"))
            for file in [output, errors] { try Data().write(to: file) }
        }
    }

    /// Starts the shop with these arguments alone, and doesn't wait for it.
    package init(arguments: [String]) throws {
        guard let executable = Self.executable else { throw Failure(description: "build the shop beside the tests") }
        files = try Files()
        process = try ChildProcess(
            executable.path, arguments, output: try FileHandle(forWritingTo: files.output),
            errors: try FileHandle(forWritingTo: files.errors))
    }

    deinit {
        // H-6, whatever the test has looked at itself; nothing can be thrown from here.
        do throws(TokenLeak) {
            try IssuedTokens.shared.check("the output of a shop", output)
            try IssuedTokens.shared.check("the errors of a shop", errors)
        } catch {
            fatalError("\(error)")
        }
        for file in [files.output, files.errors] { try? FileManager.default.removeItem(at: file) }
    }

    /// Starts a shop on a free port and returns when it is open.
    package static func open(_ arguments: [String]) async throws -> ShopProcess {
        let shop = try ShopProcess(arguments: ["--port", "0"] + arguments)
        do {
            try await until("the shop opens") {
                if let exit = shop.exitIfEnded {
                    throw Failure(description: "the shop ended with \(exit): \(shop.errors)")
                }
                return !shop.address.isEmpty
            }
        } catch {
            shop.signal(SIGKILL)
            throw error
        }
        return shop
    }

    package var output: String { (try? String(contentsOf: files.output, encoding: .utf8)) ?? "" }
    package var errors: String { (try? String(contentsOf: files.errors, encoding: .utf8)) ?? "" }

    /// `http://127.0.0.1:41234`, as the shop printed it; empty until it has.
    package var address: String {
        let line = output.split(separator: "\n").first { $0.contains(" open at http") } ?? ""
        return line.split(separator: " ").last.map { String($0.hasSuffix("/") ? $0.dropLast() : $0) } ?? ""
    }

    /// `nil` while it runs.
    package var exitIfEnded: Exit? { process.exit }

    package func signal(_ number: Int32) { process.send(number) }

    /// Waits until it has ended.
    package func exit() async throws -> Exit {
        try await until("the shop ends") { self.exitIfEnded != nil }
        return exitIfEnded ?? .status(-1)
    }

    /// Kills it in the middle of whatever it does, and waits until it is gone.
    package func killNow() async throws {
        signal(SIGKILL)
        _ = try await exit()
    }

    /// Asks it to finish what it has begun, and waits until it is gone.
    package func stop() async throws {
        signal(SIGTERM)
        _ = try await exit()
    }

    /// Freezes it until ``resume()``.
    package func pause() { signal(SIGSTOP) }
    package func resume() { signal(SIGCONT) }

    /// The executable beside the test bundle, or in the build folder when the tests run from elsewhere.
    private static var executable: URL? {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return [beside, Bundle.main.bundleURL, URL(fileURLWithPath: ".build/debug")]
            .map { $0.appendingPathComponent("shop") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
    }
}

/// Waits for a condition, with a deadline so generous that only a hang passes it.
package func until(
    _ what: String, within limit: Duration = .seconds(240), _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            throw ShopProcess.Failure(description: "waited \(limit) in vain until \(what)")
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

/// Runs `body` with the path of a directory of its own, which is gone afterwards.
package func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("shop-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    return try await body(directory.path)
}
