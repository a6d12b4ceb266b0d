import GRDB
import Sessions

/// What SQLite reported: the cause of a ``SessionError`` from this store.
///
/// It holds SQLite's code and message alone: the error it is made from also carries the statement's values, digests
/// among them.
public struct SQLiteFailure: Error, Sendable, CustomStringConvertible {
    /// SQLite's extended result code, as in `sqlite3.h`.
    public let code: Int32
    public let message: String

    public var description: String { "SQLite error \(code): \(message)" }

    init(_ error: DatabaseError) {
        code = error.extendedResultCode.rawValue
        message = error.message ?? "no message"
    }
}

extension SessionError {
    /// Tells a damaged file apart from a store that gave no answer; a `SessionError` is passed on as it is.
    init(sqlite error: any Error, while doing: String, file: String = #fileID, line: Int = #line) {
        switch error {
        case let error as SessionError:
            self = error
        case let error as DatabaseError where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode):
            self.init(
                .corrupt, "the session file is damaged, found while \(doing)", cause: SQLiteFailure(error), file: file,
                line: line)
        case let error as DatabaseError:
            self.init(
                .unavailable, "the session file could not be used while \(doing)", cause: SQLiteFailure(error),
                file: file, line: line)
        case is CancellationError:
            self.init(.unavailable, "cancelled while \(doing)", cause: error, file: file, line: line)
        default:
            self.init(.unavailable, "an unexpected error while \(doing)", file: file, line: line)
        }
    }
}
