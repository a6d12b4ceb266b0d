import Foundation
import GRDB
import Sessions
import Synchronization

/// Opens a store's file, and refuses one that it can't use before anything is written to it.
struct DatabaseFile {
    let path: String
    let configuration: SQLiteSessionStore.Configuration

    /// One opening at a time in a process: the descriptor that creates a file must be closed before SQLite opens it,
    /// since closing any descriptor of a file drops the locks this process has on it.
    private static let opening = Mutex(())

    func open() throws(SessionError) -> DatabasePool {
        try Self.opening.withLock { _ throws(SessionError) in
            try prepare()
            let lastTry = ContinuousClock.now + configuration.busyTimeout
            var lostRaces = 0
            while true {
                do {
                    return try connect()
                } catch let error as SessionError {
                    throw error
                } catch let error as DatabaseError {
                    switch error.resultCode {
                    case .SQLITE_BUSY, .SQLITE_LOCKED:
                        guard ContinuousClock.now < lastTry else { throw refusal(error) }
                    case .SQLITE_ERROR where lostRaces < 10:
                        // Another process made the tables between our look and our try.
                        lostRaces += 1
                    default: throw refusal(error)
                    }
                    Thread.sleep(forTimeInterval: 0.01)
                } catch {
                    throw SessionError(sqlite: error, while: "opening it", on: path)
                }
            }
        }
    }

    private func prepare() throws(SessionError) {
        guard !path.isEmpty else {
            throw SessionError(
                .configuration, "the path of the session file is empty; name a file, like \"sessions.db\"")
        }
        guard path != ":memory:", !path.hasPrefix("file:"), !path.utf8.contains(0) else {
            throw refusal("is not a plain file path; name a file, or use the memory store")
        }
        var status = stat()
        if stat(path, &status) != 0 { return try create() }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw refusal("is a directory; name a file in it")
        default: throw refusal("is not a regular file; name one")
        }
        // SQLite takes a file shorter than its smallest page for an empty database, and would overwrite it.
        guard status.st_size == 0 || status.st_size >= 512 else {
            throw refusal("is not a SQLite database; name another file or move it away")
        }
        // The superuser may write what nobody may write: the operator's word counts, not what the kernel lets pass.
        guard status.st_mode & 0o222 != 0, access(path, W_OK) == 0 else {
            throw refusal("can't be written; give this process write permission")
        }
        try checkDirectory()
    }

    private func create() throws(SessionError) {
        try checkDirectory()
        let descriptor = Foundation.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            _ = Foundation.close(descriptor)
            return
        }
        let code = errno
        // Another process may just have made it.
        if code == EEXIST, access(path, F_OK) == 0 { return }
        if code == ENOSPC || code == EDQUOT {
            throw SessionError(.unavailable, "the session file \"\(path)\" \(SessionError.diskIsFull)")
        }
        throw refusal("can't be created (\(String(cString: strerror(code)))); check the path and its permissions")
    }

    /// SQLite keeps its log beside the file.
    private func checkDirectory() throws(SessionError) {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw refusal("is in a directory that doesn't exist; create \(directory) first")
        }
        guard access(directory, W_OK | X_OK) == 0 else {
            throw refusal("is in a directory that can't be written; give this process write permission to \(directory)")
        }
    }

    private func connect() throws -> DatabasePool {
        var settings = GRDB.Configuration()
        settings.label = "sessions"
        settings.busyMode = .timeout(Double(configuration.busyTimeout.milliseconds) / 1000)
        settings.maximumReaderCount = configuration.maximumReaders
        // Readers would wait ten seconds for another process that restores the log.
        settings.prepareDatabase { [limit = max(configuration.loadDeadline, .milliseconds(1))] db in
            if db.configuration.readonly { try WriteQueue.setBusyTimeout(limit, in: db) }
        }
        settings.foreignKeysEnabled = false
        let migrator = Schema.migrator
        // A look without WAL, which would be written to the file.
        let look = try DatabaseQueue(path: path, configuration: settings)
        if try look.read({ db in try isNew(db, migrator) }) {
            // Only where nothing has been written, WAL mode neither, does a file learn to give back its free pages.
            try look.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
            try migrator.migrate(look)
        }
        try look.close()
        let pool = try DatabasePool(path: path, configuration: settings)
        try migrator.migrate(pool)
        try pool.writeWithoutTransaction { db in
            // After the pool has opened, which sets NORMAL.
            try db.execute(sql: "PRAGMA synchronous = \(configuration.synchronous.rawValue)")
            // Bytes. A burst's log doesn't keep its size for ever.
            try db.execute(sql: "PRAGMA journal_size_limit = \(64 * 1024 * 1024)")
            // From here on the write queue waits for other processes, in short tries.
            try WriteQueue.setBusyTimeout(WriteQueue.tryTime, in: db)
        }
        return pool
    }

    /// Whether the file is still empty; one that is another application's or too new is refused.
    private func isNew(_ db: Database, _ migrator: DatabaseMigrator) throws -> Bool {
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        if tables.isEmpty { return true }
        guard tables.contains("grdb_migrations") else {
            throw refusal("is another application's database; give the sessions a file of their own")
        }
        if try migrator.hasBeenSuperseded(db) {
            throw refusal(
                "has a newer format than this version of SessionsSQLite knows, or is another application's database; "
                    + "upgrade the server, or give the sessions a file of their own")
        }
        return false
    }

    private func refusal(_ problem: String, cause: (any Error)? = nil) -> SessionError {
        SessionError(.configuration, "the session file \"\(path)\" \(problem)", cause: cause)
    }

    private func refusal(_ error: DatabaseError) -> SessionError {
        let cause = SQLiteFailure(error)
        return switch error.resultCode {
        case .SQLITE_NOTADB: refusal("is not a SQLite database; name another file or move it away", cause: cause)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            refusal("can't be written; give this process write permission", cause: cause)
        case .SQLITE_CANTOPEN where !FileSystem.isFull(at: path):
            refusal("can't be opened; check the path and its permissions", cause: cause)
        case .SQLITE_CANTOPEN:
            SessionError(.unavailable, "the session file \"\(path)\" \(SessionError.diskIsFull)", cause: cause)
        case .SQLITE_ERROR: refusal("doesn't have the expected tables; restore a backup or move it away", cause: cause)
        default: SessionError(sqlite: error, while: "opening it", on: path)
        }
    }
}
