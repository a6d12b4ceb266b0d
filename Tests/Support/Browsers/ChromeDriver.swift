import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Processes
import RedisServers

/// Debian's chromedriver on a port of its own choice, and the commands of W3C WebDriver that it takes.
///
/// When this process ends, however that happens, so do the driver and its browsers.
final class ChromeDriver: Sendable {
    private let process: WatchedProcess
    private let address: String
    /// Where browsers keep their profiles.
    let directory: URL

    /// One for all browsers of this process.
    static let shared = Task { try await ChromeDriver() }

    private init() async throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("browsers-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        let printed = directory.appendingPathComponent("output")
        try Data().write(to: printed)
        let output = try FileHandle(forWritingTo: printed)
        process = try WatchedProcess(
            ChildProcess(
                try RedisProcess.find("chromedriver"), ["--port=0"], in: directory, output: output, errors: output),
            removing: directory)
        var port: Substring?
        try await eventually("chromedriver says its port, see \(printed.path)") {
            let text = (try? String(contentsOf: printed, encoding: .utf8)) ?? ""
            port = text.firstMatch(of: /started successfully on port (\d+)/)?.1
            return port != nil
        }
        address = "http://127.0.0.1:\(port ?? "")"
    }

    /// What the driver answers instead of a value.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter body: a JSON object; `nil` for GET and DELETE
    func send<Value: Decodable>(
        _ method: String, _ path: String, _ body: [String: any Sendable]? = nil, as type: Value.Type = Value.self
    ) async throws -> Value {
        var request = HTTPClientRequest(url: address + path)
        request.method = .RAW(value: method)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: try JSONSerialization.data(withJSONObject: body)))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .minutes(5))
        let text = try await response.body.collect(upTo: 1 << 26)
        let data = Data(text.readableBytesView)
        guard response.status == .ok else {
            throw Failure(description: "\(method) \(path): \(String(buffer: text).prefix(1000))")
        }
        return try JSONDecoder().decode(Reply<Value>.self, from: data).value
    }

    private struct Reply<Value: Decodable>: Decodable {
        let value: Value
    }
}

/// A value that nobody looks at.
struct Ignored: Decodable {
    init(from decoder: any Decoder) {}
}
