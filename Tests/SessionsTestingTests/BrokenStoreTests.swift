import SessionsTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct BrokenStoreTests {
    static let stores =
        BrokenStore.commits + BrokenStore.values + BrokenStore.secrets + BrokenStore.records + BrokenStore.principals

    @Test(arguments: SessionStoreContract.allClauses)
    func theReferencePasses(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(ReferenceStore())
    }

    @Test(arguments: stores)
    func isCaught(_ store: BrokenStore) async throws {
        let known = Set(SessionStoreContract.allClauses.map(\.name))
        #expect(store.caughtBy.subtracting(known).isEmpty)
        for clause in SessionStoreContract.allClauses where store.caughtBy.contains(clause.name) {
            let error = await #expect(throws: ContractViolation.self, "\(clause) misses: \(store.bug)") {
                try await clause.verify(ReferenceStore(store.variation))
            }
            #expect(error?.clause ?? clause.name == clause.name)
        }
    }
}
