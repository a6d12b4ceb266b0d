import Foundation
import Sessions
import SessionsSQLite
import SessionsTesting
import Testing

@Suite(.timeLimit(.minutes(10))) struct ContractTests {
    /// Deadlines that a machine with much else to do keeps: the contract has none.
    private static func patient(
        _ change: (inout SQLiteSessionStore.Configuration) -> Void = { _ in }
    ) -> SQLiteSessionStore.Configuration {
        var configuration = SQLiteSessionStore.Configuration(
            busyTimeout: .seconds(300), commitDeadline: .seconds(300), loadDeadline: .seconds(300))
        change(&configuration)
        return configuration
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func sqlite(_ clause: SessionStoreContract.Clause) async throws {
        try await withDirectory { directory in
            let store = try await SQLiteSessionStore(
                path: directory.appendingPathComponent("sessions.db").path, configuration: Self.patient())
            try await clause.verify(store)
            try await store.close()
        }
    }

    @Test(arguments: SessionStoreContract.limitClauses)
    func sqliteLimits(_ clause: SessionStoreContract.Clause) async throws {
        try await withDirectory { directory in
            let limits = SessionStoreContract.storeLimits
            let store = try await SQLiteSessionStore(
                path: directory.appendingPathComponent("sessions.db").path,
                configuration: Self.patient { configuration in
                    configuration.maximumRecords = limits.maximumRecords
                    configuration.maximumBytes = limits.maximumBytes
                    configuration.reserve = limits.reserve
                })
            try await clause.verify(store)
            try await store.close()
        }
    }

    @Test(arguments: SessionStoreContract.allClauses)
    func filePerSession(_ clause: SessionStoreContract.Clause) async throws {
        try await withDirectory { directory in try await clause.verify(FilePerSessionStore(directory: directory)) }
    }

    @Test func clausesHaveNamesOfTheirOwn() {
        let clauses = SessionStoreContract.allClauses + SessionStoreContract.limitClauses
        #expect(Set(clauses.map(\.name)).count == clauses.count)
        #expect(clauses.allSatisfy { $0.requirement.hasSuffix(".") && $0.description == $0.name })
    }

    private func withDirectory(_ body: (URL) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("contract-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory)
    }
}
