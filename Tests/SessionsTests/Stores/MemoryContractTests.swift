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

    @Test(arguments: SessionStoreContract.limitClauses)
    func limits(_ clause: SessionStoreContract.Clause) async throws {
        let limits = SessionStoreContract.storeLimits
        let store = MemorySessionStore(
            maximumRecords: limits.maximumRecords, maximumBytes: limits.maximumBytes, reserve: limits.reserve)
        try await clause.verify(store)
    }

    @Test(
        "The clauses of limits catch a store that has none, and one that has others",
        arguments: [
            (1000, 1_000_000, 0.0), (11, 10_000, 0.2), (9, 10_000, 0.2), (10, 10_001, 0.2), (10, 9999, 0.2),
            (10, 10_000, 0.1), (10, 10_000, 0.3),
        ])
    func otherStoreLimits(records: Int, bytes: Int, reserve: Double) async throws {
        var caught: Set<String> = []
        for clause in SessionStoreContract.limitClauses {
            let store = MemorySessionStore(maximumRecords: records, maximumBytes: bytes, reserve: reserve)
            do {
                try await clause.verify(store)
            } catch let violation as ContractViolation {
                caught.insert(violation.clause)
            }
        }
        let known = Set(SessionStoreContract.limitClauses.map(\.name))
        if records == 1000 { #expect(caught == known) } else { #expect(!caught.isEmpty) }
        if records != 10 { #expect(caught.contains("limits.records")) }
        if bytes != 10_000 { #expect(caught.isSuperset(of: ["limits.bytes", "limits.growth"])) }
        if reserve != 0.2 { #expect(caught.isSuperset(of: ["limits.records", "limits.bytes", "limits.at-once"])) }
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
