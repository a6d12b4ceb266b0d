import Foundation
import GRDB
import Sessions

extension SessionError {
    /// Names the session file, what went wrong and what an operator can do about it; a `SessionError` is passed on as it is.
    ///
    /// - Parameter doing: what failed, as in "while committing"
    init(sqlite error: any Error, while doing: String, on path: String, file: String = #fileID, line: Int = #line) {
        switch error {
        case let error as SessionError:
            self = error
        case let error as DatabaseError:
            let (code, problem) = Self.explanation(of: error, on: path)
            self.init(
                code, "the session file \"\(path)\" \(problem) (while \(doing))", cause: SQLiteFailure(error),
                concernsStore: true, file: file, line: line)
        default:
            self.init(.unavailable, "an unexpected error while \(doing)", cause: error, file: file, line: line)
        }
    }

    private static func explanation(of error: DatabaseError, on path: String) -> (code: Code, problem: String) {
        switch error.resultCode {
        case .SQLITE_FULL:
            return (.unavailable, diskIsFull)
        case .SQLITE_IOERR where FileSystem.isFull(at: path):
            // What finds no place for the log or its index is reported as an error of the disk.
            return (.unavailable, diskIsFull)
        case .SQLITE_IOERR:
            return (
                .unavailable,
                "can't be read or written: SQLite error \(error.resultCode); check the disk and its file system"
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return (.unavailable, "is held by another program; `fuser \(path)` names those that have it open")
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return (.unavailable, "can't be written; give this process write permission to it and to its directory")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return (
                .corrupt,
                "is damaged; stop every server that uses it, move it away together with its -wal and -shm files, and restore "
                    + "a backup or start without one, which signs every user out"
            )
        default:
            return (.unavailable, "could not be used: SQLite error \(error.resultCode)")
        }
    }

    static let diskIsFull = "can't be written: the disk is full; free some space there"
}

/// What this store asks of file systems.
enum FileSystem {
    /// Whether there is no place for a page of a file there, or for a file.
    static func isFull(at path: String) -> Bool {
        var status = statvfs()
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        return statvfs(directory, &status) == 0 && isFull(status)
    }

    /// Whether what `statvfs` says of a file system leaves no place.
    static func isFull(_ status: statvfs) -> Bool {
        // A file system that doesn't count its files says that it can have none.
        let isOutOfFiles = status.f_files > 0 && status.f_favail == 0
        return isOutOfFiles || UInt64(status.f_bavail) * UInt64(status.f_frsize) < 64 * 1024
    }
}
