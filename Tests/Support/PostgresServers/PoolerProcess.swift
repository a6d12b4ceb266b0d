import Foundation
import Processes
import RedisServers
import Synchronization

/// A pgbouncer in transaction mode on a free port: each transaction may get another connection to the server.
package final class PoolerProcess: Sendable {
    package let port: Int
    private let directory: URL
    private let process: WatchedProcess

    package func url(_ database: String) -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    package init(of server: PostgresProcess) async throws {
        port = try RedisProcess.freePort()
        directory = try PostgresProcess.newDirectory()
        let users = directory.appendingPathComponent("users")
        let settings = directory.appendingPathComponent("pgbouncer.ini")
        try server.write("\"postgres\" \"\"\n", to: users)
        try server.write(
            """
            [databases]
            * = host=127.0.0.1 port=\(server.port)
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = trust
            auth_file = \(users.path)
            pool_mode = transaction
            default_pool_size = 4
            max_client_conn = 500

            """, to: settings)
        let (program, arguments) = PostgresProcess.asUser(try PostgresProcess.find("pgbouncer"), [settings.path])
        process = try WatchedProcess(ChildProcess(program.path, arguments, in: directory), removing: directory)
        let port = port
        try await eventually("pgbouncer on port \(port) takes connections") {
            (try? run(
                PostgresProcess.find("psql"), ["-X", "-d", "postgres://postgres@127.0.0.1:\(port)/postgres", "-c", ""]))
                != nil
        }
    }
}
