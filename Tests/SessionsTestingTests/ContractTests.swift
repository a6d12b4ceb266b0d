import Foundation
import Sessions
import SessionsSQLite
import SessionsTesting
import Testing

@Suite struct ContractTests {
    @Test(arguments: SessionStoreContract.allClauses)
    func memory(_ clause: SessionStoreContract.Clause) async throws {
        try await clause.verify(MemorySessionStore())
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func sqlite(_ clause: SessionStoreContract.Clause) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("contract-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let store = try await SQLiteSessionStore(path: directory.appendingPathComponent("sessions.db").path)
        try await clause.verify(store)
        try await store.close()
    }
}
