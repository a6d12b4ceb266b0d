package import Foundation
import Processes
package import RedisServers
import Synchronization

/// A PostgreSQL of a test's own, on a free port, with its files in a directory of its own.
///
/// It flushes nothing to the disk, which a killed process doesn't need, unless told to.
package final class PostgresProcess: Sendable {
    package let port: Int
    package let directory: URL
    private let settings: [String]
    private let running = Mutex<WatchedProcess?>(nil)

    package var data: String { directory.appendingPathComponent("data").path }

    /// The URL of a database for its superuser, who needs no password from this machine.
    package func url(_ database: String = "postgres", user: String = "postgres", _ parameters: String = "") -> String {
        "postgres://\(user)@127.0.0.1:\(port)/\(database)\(parameters.isEmpty ? "" : "?" + parameters)"
    }

    /// - Parameters:
    ///   - settings: as in postgresql.conf, such as `fsync=on`
    ///   - authority: lets it speak TLS, with a certificate for `localhost`
    package init(_ settings: [String] = [], tls authority: TestAuthority? = nil) throws {
        port = try RedisProcess.freePort()
        directory = try Self.newDirectory()
        guard let authority else {
            self.settings = settings
            return
        }
        let folder = URL(fileURLWithPath: authority.authorityFile).deletingLastPathComponent()
        self.settings =
            settings + [
                "ssl=on", "ssl_cert_file=\(directory.path)/server.pem", "ssl_key_file=\(directory.path)/server.key",
            ]
        for name in ["server.pem", "server.key"] {
            let text = try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            try write(text, to: directory.appendingPathComponent(name))
        }
    }

    static func newDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("postgres-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        if getuid() == 0 {
            guard let user = getpwnam("postgres") else { throw NoUser() }
            chown(directory.path, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        return directory
    }

    deinit {
        kill()
        try? FileManager.default.removeItem(at: directory)
    }

    /// Makes a new, empty cluster.
    ///
    /// - Parameter log: the folder of its write-ahead log, which then has segments of a megabyte
    package func initialize(logIn log: String? = nil) async throws {
        let place = log.map { ["-X", $0, "--wal-segsize", "1"] } ?? []
        try await offThread { [data] in
            try Self.runAsUser(
                Self.find("initdb"),
                ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale", "C", "--no-sync"] + place)
        }
        // Members of this role must prove who they are.
        let rules = directory.appendingPathComponent("data/pg_hba.conf")
        let usual = try String(contentsOf: rules, encoding: .utf8)
        try write("host all +proven 127.0.0.1/32 scram-sha-256\n" + usual, to: rules)
    }

    /// Writes a file that the server may read, and nobody else.
    package func write(_ text: String, to file: URL) throws {
        try Data(text.utf8).write(to: file)
        chmod(file.path, 0o600)
        if getuid() == 0, let user = getpwnam("postgres") { chown(file.path, user.pointee.pw_uid, user.pointee.pw_gid) }
    }

    /// Copies a running server as its standby, which streams from it.
    package func initialize(asStandbyOf primary: PostgresProcess) async throws {
        try await offThread { [data] in
            try Self.runAsUser(
                Self.find("pg_basebackup"),
                ["-D", data, "-d", primary.url(), "-R", "-X", "stream", "--checkpoint", "fast", "--no-sync"])
        }
    }

    /// Starts the server, again if it ran before, and waits until it takes connections.
    package func start() async throws {
        try await eventually("PostgreSQL on port \(port) takes connections, see \(directory.path)/log") {
            // Processes of a killed server keep it from starting until the last of them has noticed.
            let isRunning = self.running.withLock { $0?.server.isRunning ?? false }
            if !isRunning { try self.launch() }
            return (try? run(Self.find("pg_isready"), ["-h", "127.0.0.1", "-p", "\(self.port)", "-t", "10"])) != nil
        }
    }

    private func launch() throws {
        kill()
        let binary = try Self.find("postgres")
        var arguments = ["-D", data]
        let settings = [
            "port=\(port)", "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off",
            "max_connections=500",
            "shared_buffers=32MB", "log_checkpoints=off",
        ]
        for setting in settings + self.settings { arguments += ["-c", setting] }
        let log = directory.appendingPathComponent("log")
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        let (program, all) = Self.asUser(binary, arguments)
        let process = try WatchedProcess(
            ChildProcess(program.path, all, in: directory, output: output, errors: output), removing: directory)
        running.withLock { $0 = process }
    }

    /// Kills the server, as a crash does; its processes notice within a moment.
    package func kill() {
        running.withLock { running in
            running?.kill()
            running = nil
        }
    }

    /// Runs SQL as the superuser and returns what it printed, columns with `|` between them.
    @discardableResult
    package func sql(_ text: String, in database: String = "postgres") throws -> String {
        try run(Self.find("psql"), ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url(database), "-c", text])
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Runs a program as a user who may run servers, which root may not.
    @discardableResult
    static func runAsUser(_ program: String, _ arguments: [String]) throws -> String {
        let (url, arguments) = asUser(program, arguments)
        return try run(url.path, arguments, in: FileManager.default.temporaryDirectory)
    }

    static func asUser(_ program: String, _ arguments: [String]) -> (URL, [String]) {
        guard getuid() == 0 else { return (URL(fileURLWithPath: program), arguments) }
        return (
            URL(fileURLWithPath: "/usr/bin/setpriv"),
            ["--reuid", "postgres", "--regid", "postgres", "--init-groups", program] + arguments
        )
    }

    package static func find(_ name: String) throws -> String {
        // Debian keeps the servers of each version in a folder of their own.
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        for version in versions.sorted(by: { (Int($0) ?? 0) > (Int($1) ?? 0) }) {
            let path = "/usr/lib/postgresql/\(version)/bin/\(name)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        if name == "pgbouncer", FileManager.default.isExecutableFile(atPath: "/usr/sbin/pgbouncer") {
            return "/usr/sbin/pgbouncer"
        }
        return try RedisProcess.find(name)
    }

    struct NoUser: Error, CustomStringConvertible {
        var description: String {
            "there is no user `postgres` to run servers as; Debian's package postgresql makes it"
        }
    }
}
