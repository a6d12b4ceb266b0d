import RedisServers
import Sessions
import SessionsRedis
import SessionsTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct ContractTests {
    enum Kind: CaseIterable {
        case single, resp2, tls, cluster
        /// Its nodes name themselves by a host name, as their certificate does.
        case tlsCluster

        var store: RedisSessionStore {
            get async throws {
                switch self {
                case .single: try await SharedStores.single
                case .resp2: try await SharedStores.resp2
                case .tls: try await SharedStores.tls
                case .cluster: try await SharedStores.cluster
                case .tlsCluster: try await SharedStores.tlsCluster
                }
            }
        }
    }

    @Test(arguments: Kind.allCases, SessionStoreContract.allClauses)
    func everyServer(_ kind: Kind, _ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(try await kind.store)
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func otherLimits(_ clause: SessionStoreContract.Clause) async throws {
        let limits = SessionLimits(attributeBytes: 1000, sessionBytes: 3000, attributeCount: 20)
        let store = try await RedisSessionStore(
            url: "redis://127.0.0.1:\(TestServers.single.port)",
            configuration: .patient(keyPrefix: freshPrefix()),
            limits: limits)
        try await clause.verify(store)
        try await store.close()
    }
}
