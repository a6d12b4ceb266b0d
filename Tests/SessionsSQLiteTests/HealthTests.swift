import Foundation
import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("The health of a store in a file", .timeLimit(.minutes(10))) struct HealthTests {
    /// Every row of every table.
    private func rows(of store: SQLiteSessionStore) throws -> [String: [Row]] {
        try store.pool.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            return try Dictionary(
                uniqueKeysWithValues: tables.map { ($0, try Row.fetchAll(db, sql: "SELECT * FROM \($0)")) })
        }
    }

    @Test("A check commits a write and leaves nothing behind")
    func leavesNothing() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await store.create(record(1))
            let (before, transactions) = (try rows(of: store), store.writes.transactions)
            #expect(before["session"]?.count == 1)
            for _ in 0..<3 { try await store.checkHealth() }
            #expect(try rows(of: store) == before)
            #expect(store.writes.transactions == transactions + 3)
            try await store.close()
        }
    }

    @Test("A store whose disk is full can be read, and is not healthy until there is space")
    func aFullDisk() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await store.create(record(1))
            try await store.pool.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages)")
            }
            #expect(try await store.load(id(1), at: start)?.revision == 1)
            await expectError(.unavailable, mentioning: "\"\(path)\" can't be written: the disk is full") {
                try await store.checkHealth()
            }
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA max_page_count = 100000") }
            try await store.checkHealth()
            try await store.close()
        }
    }

    @Test("A check reads as well: a store that takes no more loads is not healthy until it does")
    func loadsThatAreRefused() async throws {
        try await withStore(configuration: .patient(maximumReaders: 1, maximumQueuedLoads: 1)) { (store) async throws in
            let gate = DispatchSemaphore(value: 0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await store.loads.read("waiting") { _ in gate.wait() } }
                do {
                    try await waitUntil { store.loads.running == 1 && store.loads.count == 0 }
                    group.addTask { try await store.loads.read("waiting") { _ in } }
                    try await waitUntil { store.loads.count == 1 }
                } catch {
                    gate.signal()
                    throw error
                }
                await expectError(.unavailable, mentioning: "maximumQueuedLoads") { try await store.checkHealth() }
                gate.signal()
                try await group.waitForAll()
            }
            try await store.checkHealth()
        }
    }

    @Test("A check notices that the file was deleted")
    func aDeletedFile() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            try await store.checkHealth()
            #expect(rename(path, path + ".kept") == 0)
            await expectError(.unavailable, mentioning: "\"\(path)\" was deleted") { try await store.checkHealth() }
            #expect(rename(path + ".kept", path) == 0)
            try await store.close()
        }
    }
}
