import Foundation

/// The servers that tests share, each started on first use and ended with the test process.
package enum TestServers {
    private static let singleTask = Task {
        let server = try RedisProcess()
        try await server.start()
        return server
    }

    private static let tlsTask = Task {
        let authority = try TestAuthority()
        let server = try RedisProcess(tls: authority)
        try await server.start()
        return (server, authority)
    }

    private static let resp2Task = Task {
        let server = try RedisProcess(["--rename-command", "HELLO", ""])
        try await server.start()
        return server
    }

    private static let clusterTask = Task { try await TestCluster.steady() }

    private static let tlsClusterTask = Task { try await TestCluster.steady(tls: TestAuthority()) }

    package static var single: RedisProcess { get async throws { try await singleTask.value } }
    package static var tls: (server: RedisProcess, authority: TestAuthority) {
        get async throws { try await tlsTask.value }
    }
    /// One that knows no `HELLO`, and so speaks RESP2.
    package static var resp2: RedisProcess { get async throws { try await resp2Task.value } }
    package static var tlsCluster: TestCluster { get async throws { try await tlsClusterTask.value } }
    /// For tests that leave its nodes alone.
    package static var cluster: TestCluster { get async throws { try await clusterTask.value } }
}

/// A key prefix of a test's own, so that tests can share a server.
package func freshPrefix() -> String { "test-" + UUID().uuidString.prefix(8) }
