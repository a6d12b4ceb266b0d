import Foundation
import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite struct FileTests {
    @Test func theFilesAreForTheOwnerAlone() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path)
            _ = try await store.create(record(1))
            for suffix in ["", "-wal", "-shm"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
                #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600, "\(suffix)")
            }
            try await store.close()
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        }
    }

    @Test(arguments: [(SQLiteSessionStore.Configuration.Synchronous.full, 2), (.normal, 1)])
    func theWriterFlushesAsConfigured(
        _ synchronous: SQLiteSessionStore.Configuration.Synchronous, level: Int
    ) async throws {
        try await withStore(configuration: .init(synchronous: synchronous)) { store in
            let (found, mode) = try await store.pool.writeWithoutTransaction { db in
                (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
            }
            #expect(found == level && mode == "wal")
        }
    }

    @Test func aNewerFormatIsRefusedAndLeftAlone() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path)
            try await store.pool.write { db in
                try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('sessions-99')")
            }
            try await store.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            await refused(path, "newer format")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test func anotherApplicationsDatabaseIsRefusedAndLeftAlone() async throws {
        try await withPath { path in
            let other = try DatabaseQueue(path: path)
            try await other.write { db in try db.execute(sql: "CREATE TABLE invoice (id)") }
            try other.close()
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            await refused(path, "another application")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test(arguments: ["x", String(repeating: "This is not a database. ", count: 100)])
    func whatIsNoDatabaseIsRefused(_ text: String) async throws {
        try await withPath { path in
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            await refused(path, "not a SQLite database")
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(text.utf8))
        }
    }

    @Test func aFileWithoutAWriteBitIsRefused() async throws {
        try await withPath { path in
            try await SQLiteSessionStore(path: path).close()
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: path)
            await refused(path, "write permission")
        }
    }

    @Test func pathsThatCannotWorkAreRefused() async throws {
        try await withPath { path in
            let directory = (path as NSString).deletingLastPathComponent
            await refused(directory, "is a directory")
            await refused(directory + "/none/sessions.db", "doesn't exist")
            await refused("", "empty")
            await refused(":memory:", "memory store")
            #expect(symlink(directory + "/nowhere", path) == 0)
            await refused(path, "can't be created")
            #expect(mkfifo(directory + "/fifo", 0o600) == 0)
            await refused(directory + "/fifo", "not a regular file")
        }
    }

    @Test func configurationsThatCannotWorkAreRefused() async throws {
        try await withPath { path in
            for configuration: SQLiteSessionStore.Configuration in [
                .init(maximumReaders: 0), .init(maximumQueuedCommits: 0), .init(commitDeadline: .zero),
                .init(busyTimeout: .seconds(-1)),
            ] {
                await expectError(.configuration) {
                    _ = try await SQLiteSessionStore(path: path, configuration: configuration)
                }
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aNewFileCanBeOpenedManyTimesAtOnce() async throws {
        try await withPath { path in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let store = try await SQLiteSessionStore(path: path)
                        _ = try await store.create(record(UInt64(number)))
                        try await store.close()
                    }
                }
                try await group.waitForAll()
            }
            let store = try await SQLiteSessionStore(path: path)
            #expect(try await store.list(.init(.all), at: start).records.count == 6)
            try await store.close()
        }
    }

    @Test func aWriteLockHeldElsewhereIsUnavailable() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .init(busyTimeout: .milliseconds(20)))
            _ = try await store.create(record(1))
            var settings = GRDB.Configuration()
            settings.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: settings)
            try await other.writeWithoutTransaction { db in try db.beginTransaction(.immediate) }
            await expectError(.unavailable) {
                _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start)
            }
            try await other.writeWithoutTransaction { db in try db.rollback() }
            #expect(try await store.commit(setting("a", to: "1"), to: id(1), at: start).name == "committed")
            try await store.close()
        }
    }

    private func refused(_ path: String, _ why: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        await expectError(.configuration, mentioning: why, sourceLocation: sourceLocation) {
            _ = try await SQLiteSessionStore(path: path)
        }
        await expectError(.configuration, mentioning: path, sourceLocation: sourceLocation) {
            _ = try await SQLiteSessionStore(path: path)
        }
    }
}
