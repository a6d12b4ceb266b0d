import Foundation
import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct FileTests {
    @Test func theFilesAreForTheOwnerAlone() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
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
        try await withStore(configuration: .patient(synchronous: synchronous)) { store in
            let (found, mode) = try await store.pool.writeWithoutTransaction { db in
                (try Int.fetchOne(db, sql: "PRAGMA synchronous"), try String.fetchOne(db, sql: "PRAGMA journal_mode"))
            }
            #expect(found == level && mode == "wal")
        }
    }

    @Test func aNewerFormatIsRefusedAndLeftAlone() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
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

    @Test("A file that is still empty is taken, as a server leaves it that was killed at its first start")
    func anEmptyFileIsTaken() async throws {
        try await withPath { path in
            try Data().write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            #expect(try await store.create(record(1)))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o640)
            try await store.close()
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
            for other in ["file:" + path, path + "\0.db"] { await refused(other, "not a plain file path") }
            #expect(!FileManager.default.fileExists(atPath: path))
            #expect(symlink(directory + "/nowhere", path) == 0)
            await refused(path, "can't be created")
            #expect(mkfifo(directory + "/fifo", 0o600) == 0)
            await refused(directory + "/fifo", "not a regular file")
        }
    }

    @Test("A file that SQLite can't open is refused by its path, and works once that is mended")
    func aFileThatCannotBeOpened() async throws {
        try await withPath { path in
            try await SQLiteSessionStore(path: path).close()
            // In the place of its log.
            try FileManager.default.createDirectory(atPath: path + "-wal", withIntermediateDirectories: false)
            await refused(path, "can't be opened; check the path and its permissions")
            try FileManager.default.removeItem(atPath: path + "-wal")
            try await SQLiteSessionStore(path: path).close()
        }
    }

    @Test("A relative path is the one of the moment of opening, whatever directory the process goes to")
    func aRelativePath() async throws {
        try await withPath { path in
            let depth = FileManager.default.currentDirectoryPath.split(separator: "/").count
            let relative = String(repeating: "../", count: depth) + String(path.dropFirst())
            let store = try await SQLiteSessionStore(path: relative, configuration: .patient())
            #expect(store.file.path.hasPrefix("/"))
            #expect(try await store.create(record(1)))
            try await store.close()
            #expect(FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func configurationsThatCannotWorkAreRefused() async throws {
        try await withPath { path in
            let wrong: [(SQLiteSessionStore.Configuration, String)] = [
                (.init(maximumReaders: 0), "maximumReaders is 0"),
                (.init(maximumQueuedCommits: 0), "maximumQueuedCommits is 0"),
                (.init(maximumQueuedLoads: 0), "maximumQueuedLoads is 0"),
                (.init(commitDeadline: .zero), "commitDeadline"), (.init(loadDeadline: .zero), "loadDeadline"),
                (.init(busyTimeout: .milliseconds(-1)), "busyTimeout"),
                (.init(lockTolerance: .milliseconds(-1)), "lockTolerance"),
            ]
            for (configuration, name) in wrong {
                await expectError(.configuration, mentioning: name) {
                    _ = try await SQLiteSessionStore(path: path, configuration: configuration)
                }
            }
            // And the smallest that are taken.
            try SQLiteSessionStore.Configuration(
                busyTimeout: .zero, lockTolerance: .zero, commitDeadline: .nanoseconds(1),
                loadDeadline: .nanoseconds(1),
                maximumReaders: 1, maximumQueuedCommits: 1, maximumQueuedLoads: 1
            ).check()
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test func aNewFileCanBeOpenedManyTimesAtOnce() async throws {
        try await withPath { path in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask {
                        let store = try await SQLiteSessionStore(path: path, configuration: .patient())
                        _ = try await store.create(record(UInt64(number)))
                        try await store.close()
                    }
                }
                try await group.waitForAll()
            }
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            #expect(try await store.list(.init(.all), at: start).records.count == 6)
            try await store.close()
        }
    }

    @Test("A file that another program holds at the start is unavailable, and the error says so")
    func aFileHeldAtTheStartIsUnavailable() async throws {
        try await withPath { path in
            try await SQLiteSessionStore(path: path).close()
            let other = try DatabaseQueue(path: path)
            try await other.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT")
            }
            await expectError(.unavailable, mentioning: "\"\(path)\" is held by another program; `fuser \(path)`") {
                _ = try await SQLiteSessionStore(path: path, configuration: .init(busyTimeout: .milliseconds(20)))
            }
            try other.close()
            try await SQLiteSessionStore(path: path).close()
        }
    }

    @Test("A full disk fails the write, names the file and the remedy, and the next write works when there is space")
    func aFullDiskIsNamed() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await store.create(record(1))
            let json = "\"" + String(repeating: "x", count: 16_000) + "\""
            try await store.pool.writeWithoutTransaction { db in
                let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(pages + 1)")
            }
            await expectError(
                .unavailable, mentioning: "\"\(path)\" can't be written: the disk is full; free some space"
            ) {
                _ = try await store.commit(setting("a", to: json), to: id(1), at: start)
            }
            #expect(try await store.load(id(1), at: start)?.revision == 1)
            try await store.pool.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA max_page_count = 100000") }
            #expect(try await store.commit(setting("a", to: json), to: id(1), at: start).name == "committed")
            try await store.close()
        }
    }

    @Test("A file system is full that has no place for 64 KiB, or for a file if it counts them")
    func full() {
        for (blocks, size, files, free, isFull) in [
            (16, 4096, 0, 0, false), (15, 4096, 0, 0, true), (0, 4096, 0, 0, true), (1, 65_536, 0, 0, false),
            (1, 65_535, 0, 0, true), (16, 4096, 9, 1, false), (16, 4096, 9, 0, true),
        ] as [(Int, Int, Int, Int, Bool)] {
            var status = statvfs()
            status.f_bavail = .init(blocks)
            status.f_frsize = .init(size)
            status.f_files = .init(files)
            status.f_favail = .init(free)
            #expect(FileSystem.isFull(status) == isFull, "\(blocks) of \(size), \(free) of \(files)")
        }
    }

    #if os(Linux)
        @Test("What finds no place for the log is told as a full disk, though SQLite calls it an error of the disk")
        func aFullFileSystem() {
            // There no file has any place.
            let (full, path) = (DatabaseError(resultCode: .SQLITE_IOERR_WRITE), "/proc/sessions.db")
            let error = SessionError(sqlite: full, while: "committing", on: path)
            let problem = "can't be written: the disk is full; free some space there (while committing)"
            #expect(error.code == .unavailable && error.message == "the session file \"\(path)\" \(problem)")
            #expect(!FileSystem.isFull(at: "/proc/no such directory/sessions.db"))
        }
    #endif

    @Test("Closing says that the log could not be moved into the file, and closes it all the same")
    func aLogThatCannotBeMoved() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            #expect(try await store.create(record(1)))
            // So it can't be read to its end.
            #expect(truncate(path + "-wal", 0) == 0)
            await expectError(
                .unavailable, mentioning: "\"\(path)\"",
                "(while closing it; nothing is lost, since the log stays beside the file)"
            ) {
                try await store.close()
            }
            try await expectRefusal("closed", by: store)
            try await store.close()
        }
    }

    @Test(
        "An error names the file and what to do, and says nothing twice",
        arguments: [
            (ResultCode.SQLITE_FULL, SessionError.Code.unavailable, "the disk is full"),
            (.SQLITE_IOERR_WRITE, .unavailable, "check the disk"),
            (.SQLITE_BUSY, .unavailable, "is held by another program"),
            (.SQLITE_READONLY, .unavailable, "write permission"),
            (.SQLITE_CORRUPT, .corrupt, "restore a backup"), (.SQLITE_NOTADB, .corrupt, "restore a backup"),
            (.SQLITE_NOMEM, .unavailable, "out of memory"),
        ])
    func anErrorNamesTheFileAndWhatToDo(_ code: ResultCode, _ expected: SessionError.Code, _ remedy: String) {
        let error = SessionError(sqlite: DatabaseError(resultCode: code), while: "committing", on: "/tmp/s.db")
        #expect(error.code == expected && error.message.contains("\"/tmp/s.db\"") && error.message.contains(remedy))
        #expect(error.message.contains("(while committing)"))
        #expect(error.cause.map { "\($0)" } == "SQLite error \(code.rawValue)")
        let special = SessionError(
            sqlite: DatabaseError(resultCode: code, message: "of its own"), while: "committing", on: "/tmp/s.db")
        #expect(special.cause.map { "\($0)" } == "SQLite error \(code.rawValue): of its own")
    }

    @Test("A damaged file is told apart from a slow one, and the error says how to restore it")
    func aDamagedFileIsCorrupt() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            for number in 0..<50 { _ = try await store.create(record(UInt64(number))) }
            try await store.close()
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            let size = try handle.seekToEnd()
            // All pages but the first one, which opening reads.
            try handle.seek(toOffset: 4096)
            try handle.write(contentsOf: Data(repeating: 0xa5, count: Int(size) - 4096))
            try handle.close()
            await expectError(.corrupt, mentioning: "\"\(path)\" is damaged; stop every server") {
                let store = try await SQLiteSessionStore(path: path, configuration: .patient())
                _ = try await store.load(id(1), at: start)
            }
        }
    }

    private func refused(_ path: String, _ why: String, sourceLocation: SourceLocation = #_sourceLocation) async {
        await expectError(.configuration, mentioning: why, sourceLocation: sourceLocation) {
            _ = try await SQLiteSessionStore(path: path, configuration: .patient())
        }
        await expectError(.configuration, mentioning: path, sourceLocation: sourceLocation) {
            _ = try await SQLiteSessionStore(path: path, configuration: .patient())
        }
    }
}
