import Foundation
import SessionsRedis

/// The servers that tests share, each started on first use and ended with the test process.
enum TestServers {
    private static let singleTask = Task {
        let server = try RedisProcess()
        try await server.start()
        return server
    }

    static var single: RedisProcess { get async throws { try await singleTask.value } }
}

/// A key prefix of a test's own, so that tests can share a server.
func freshPrefix() -> String { "test-" + UUID().uuidString.prefix(8) }
