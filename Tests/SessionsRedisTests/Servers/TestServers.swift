import Foundation
import RedisServers
import SessionsRedis

/// The servers that tests share, each started on first use and ended with the test process.
enum TestServers {
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

    private static let clusterTask = Task { try await TestCluster() }

    private static let tlsClusterTask = Task { try await TestCluster(tls: TestAuthority()) }

    static var single: RedisProcess { get async throws { try await singleTask.value } }
    static var tls: (server: RedisProcess, authority: TestAuthority) { get async throws { try await tlsTask.value } }
    /// One that knows no `HELLO`, and so speaks RESP2.
    static var resp2: RedisProcess { get async throws { try await resp2Task.value } }
    static var tlsCluster: TestCluster { get async throws { try await tlsClusterTask.value } }
    /// For tests that leave its nodes alone.
    static var cluster: TestCluster { get async throws { try await clusterTask.value } }
}

/// One store a kind of server, for tests that only need one.
enum SharedStores {
    private static let singleTask = Task {
        try await RedisSessionStore(url: "redis://127.0.0.1:\(TestServers.single.port)")
    }

    private static let tlsTask = Task {
        let (server, authority) = try await TestServers.tls
        return try await RedisSessionStore(
            url: "rediss://localhost:\(server.port)/3?cafile=\(authority.authorityFile)")
    }

    private static let resp2Task = Task {
        try await RedisSessionStore(url: "redis://127.0.0.1:\(TestServers.resp2.port)")
    }

    private static let clusterTask = Task { try await RedisSessionStore(url: TestServers.cluster.url) }

    private static let tlsClusterTask = Task { try await RedisSessionStore(url: TestServers.tlsCluster.url) }

    static var single: RedisSessionStore { get async throws { try await singleTask.value } }
    static var tls: RedisSessionStore { get async throws { try await tlsTask.value } }
    static var resp2: RedisSessionStore { get async throws { try await resp2Task.value } }
    static var tlsCluster: RedisSessionStore { get async throws { try await tlsClusterTask.value } }
    static var cluster: RedisSessionStore { get async throws { try await clusterTask.value } }
}

/// A key prefix of a test's own, so that tests can share a server.
func freshPrefix() -> String { "test-" + UUID().uuidString.prefix(8) }
