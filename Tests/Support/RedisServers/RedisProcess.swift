package import Foundation
import Processes
import Synchronization

/// A redis-server of a test's own, on a free port, with its files in a directory of its own.
package final class RedisProcess: Sendable {
    package let port: Int
    package let directory: URL
    private let arguments: [String]
    /// The lines of a sentinel's configuration; `nil` for a server.
    private let sentinelLines: [String]?
    private let authority: TestAuthority?
    private let running = Mutex<WatchedProcess?>(nil)

    /// - Parameters:
    ///   - port: a port to use, or `nil` for a free one
    ///   - arguments: as on the command line of redis-server
    ///   - authority: makes it speak TLS alone, with a certificate for `localhost`
    package convenience init(
        port: Int? = nil, _ arguments: [String] = [], tls authority: TestAuthority? = nil
    ) throws {
        try self.init(port: port, arguments, authority, sentinelLines: nil)
    }

    /// A sentinel.
    ///
    /// - Parameter lines: what its configuration has beside its port and folder
    package convenience init(sentinel lines: [String]) throws {
        try self.init(port: nil, [], nil, sentinelLines: lines)
    }

    private init(
        port: Int?, _ arguments: [String], _ authority: TestAuthority?, sentinelLines: [String]?
    ) throws {
        self.sentinelLines = sentinelLines
        self.port = try port ?? Self.freePort()
        self.arguments = arguments
        self.authority = authority
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("redis-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Starts the server, again if it ran before, and waits until it answers.
    package func start() async throws {
        let command = try sentinelLines.map(sentinelCommand) ?? serverCommand()
        let process = try WatchedProcess(
            ChildProcess(command[0], Array(command.dropFirst())), removing: directory)
        running.withLock { $0 = process }
        try await eventually("redis-server on port \(port) accepts connections") { Self.accepts(self.port) }
    }

    private func serverCommand() throws -> [String] {
        [
            try Self.find("redis-server"), authority == nil ? "--port" : "--tls-port", "\(port)", "--bind",
            "127.0.0.1", "--dir", directory.path, "--save", "", "--logfile",
            directory.appendingPathComponent("log").path, "--maxmemory-policy", "noeviction",
        ] + (authority.map { ["--port", "0"] + $0.serverArguments } ?? []) + arguments
    }

    private func sentinelCommand(_ lines: [String]) throws -> [String] {
        let file = directory.appendingPathComponent("sentinel.conf")
        let own = [
            "port \(port)", "bind 127.0.0.1", "dir \(directory.path)",
            "logfile \(directory.appendingPathComponent("log").path)",
        ]
        try Data(((own + lines).joined(separator: "\n") + "\n").utf8).write(to: file)
        return [try Self.find("redis-sentinel"), file.path]
    }

    package func kill() {
        running.withLock { running in
            running?.kill()
            running = nil
        }
    }

    package func pause() { send(SIGSTOP) }

    package func resume() { send(SIGCONT) }

    /// Runs redis-cli against it and returns what it printed.
    @discardableResult
    package func cli(_ arguments: String...) throws -> String {
        let tls = authority?.clientArguments ?? []
        return try run(Self.find("redis-cli"), ["-h", "127.0.0.1", "-p", "\(port)"] + tls + arguments)
    }

    /// What the nodes of its cluster call it.
    package func clusterID() throws -> String {
        try cli("CLUSTER", "MYID").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What it says about replication, by name.
    package func info() throws -> [String: String] {
        let lines = try cli("INFO", "replication").split(whereSeparator: \.isNewline)
        return Dictionary(
            lines.compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                return (String(line[..<colon]), String(line[line.index(after: colon)...]))
            }, uniquingKeysWith: { first, _ in first })
    }

    private func send(_ signal: Int32) { running.withLock { $0?.server.send(signal) } }
}

extension RedisProcess {
    package static func find(_ name: String) throws -> String {
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + [
                "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin",
            ]
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw Missing(name: name)
    }

    struct Missing: Error, CustomStringConvertible {
        let name: String
        var description: String { "\(name) isn't installed; run Scripts/install.sh, as `make test` does" }
    }

    /// A port that nothing listens on, nor on the one 10,000 above, where a cluster's nodes talk to each other.
    package static func freePort() throws -> Int {
        for _ in 0..<200 {
            // Below where systems take ports for connections from, the one 10,000 above too.
            let port = Int.random(in: 10_500...19_900)
            if isFree(port), isFree(port + 10_000), taken.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw NoPort()
    }

    struct NoPort: Error {}

    private static let taken = Mutex<Set<Int>>([])

    private static func isFree(_ port: Int) -> Bool {
        withSocket(port) { socket, address, length in
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            return bind(socket, address, length) == 0
        }
    }

    static func accepts(_ port: Int) -> Bool {
        withSocket(port) { socket, address, length in connect(socket, address, length) == 0 }
    }

    private static func withSocket(
        _ port: Int, _ body: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
    ) -> Bool {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Waits until a condition holds, and fails after a generous time.
package func eventually(
    _ what: String, within limit: Duration = .seconds(240), _ holds: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw NeverHeld(what: what)
}

struct NeverHeld: Error {
    let what: String
}
