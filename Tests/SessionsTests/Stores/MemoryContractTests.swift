import Sessions
import SessionsTesting
import Testing

@Suite("The memory store keeps the contract of stores", .timeLimit(.minutes(10)))
struct MemoryContractTests {
    @Test(arguments: SessionStoreContract.allClauses)
    func memory(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(MemorySessionStore())
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func otherLimits(_ clause: SessionStoreContract.Clause) async throws {
        let limits = SessionLimits(attributeBytes: 1000, sessionBytes: 3000, attributeCount: 20)
        try await clause.verify(MemorySessionStore(limits: limits))
    }

    @Test func oneStoreServesAllClausesAtOnceAndAgain() async throws {
        let store = MemorySessionStore()
        for _ in 1...2 {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for clause in SessionStoreContract.allClauses {
                    group.addTask { try await clause.verify(store) }
                }
                try await group.waitForAll()
            }
        }
    }
}
