import RedisServers
import Sessions
import SessionsRedis
import SessionsTesting
import Testing

@Suite struct ContractTests {
    @Test(arguments: SessionStoreContract.allClauses)
    func single(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await SharedStores.single)
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func tls(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await SharedStores.tls)
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func resp2(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await SharedStores.resp2)
    }

    /// Its nodes name themselves by a host name, as their certificate does.
    @Test(arguments: SessionStoreContract.allClauses)
    func tlsCluster(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await SharedStores.tlsCluster)
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func cluster(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await SharedStores.cluster)
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func otherLimits(_ clause: SessionStoreContract.Clause) async throws {
        let limits = SessionLimits(attributeBytes: 1000, sessionBytes: 3000, attributeCount: 20)
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(TestServers.single.port)", configuration: .init(keyPrefix: freshPrefix()),
            limits: limits)
        try await clause.verify(store, limits: limits)
        store.close()
    }
}
