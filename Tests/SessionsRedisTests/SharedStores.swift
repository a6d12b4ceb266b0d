import RedisServers
import SessionsRedis

/// One store a kind of server, for tests that only need one.
enum SharedStores {
    private static let singleTask = Task {
        try await open("redis://127.0.0.1:\(TestServers.single.port)")
    }

    private static let tlsTask = Task {
        let (server, authority) = try await TestServers.tls
        return try await open("rediss://localhost:\(server.port)/3?cafile=\(authority.authorityFile)")
    }

    private static let resp2Task = Task {
        try await open("redis://127.0.0.1:\(TestServers.resp2.port)")
    }

    private static let clusterTask = Task { try await open(TestServers.cluster.url) }

    private static let tlsClusterTask = Task { try await open(TestServers.tlsCluster.url) }

    static var single: RedisSessionStore { get async throws { try await singleTask.value } }
    static var tls: RedisSessionStore { get async throws { try await tlsTask.value } }
    static var resp2: RedisSessionStore { get async throws { try await resp2Task.value } }
    static var tlsCluster: RedisSessionStore { get async throws { try await tlsClusterTask.value } }
    static var cluster: RedisSessionStore { get async throws { try await clusterTask.value } }

    /// With time for a machine that has much else to do.
    private static func open(_ url: String) async throws -> RedisSessionStore {
        try await RedisSessionStore(
            url: url, configuration: .patient())
    }
}
