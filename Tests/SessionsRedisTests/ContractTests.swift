import Sessions
import SessionsRedis
import SessionsTesting
import Testing

@Suite struct ContractTests {
    @Test(arguments: SessionStoreContract.allClauses)
    func single(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await SharedStores.single)
    }
}

/// One store a kind of server for all clauses.
enum SharedStores {
    private static let singleTask = Task {
        try await RedisSessionStore(url: "redis://127.0.0.1:\(TestServers.single.port)")
    }

    static var single: RedisSessionStore { get async throws { try await singleTask.value } }
}
