import Foundation

/// The server that tests share, started on first use and ended with the test process.
package enum TestPostgres {
    private static let sharedTask = Task {
        let server = try PostgresProcess()
        try await server.initialize()
        try await server.start()
        try server.sql("CREATE ROLE proven")
        return server
    }

    private static let poolerTask = Task { try await PoolerProcess(of: shared) }

    /// A pgbouncer in transaction mode before the shared server.
    package static var pooler: PoolerProcess { get async throws { try await poolerTask.value } }

    package static var shared: PostgresProcess { get async throws { try await sharedTask.value } }

    /// A new database on the shared server, for a test of its own.
    package static func freshDatabase() async throws -> String {
        let name = "test_" + UUID().uuidString.prefix(8).lowercased()
        try await shared.sql("CREATE DATABASE \(name)")
        return name
    }
}
