import GRDB

/// The report of SQLite that caused a `SessionError` of this store.
///
/// It holds SQLite's code and message alone: the error it is made from also carries the statement's values, digests
/// among them.
public struct SQLiteFailure: Error, Sendable {
    /// The extended result code, as in `sqlite3.h`.
    public let code: Int32
    /// SQLite's own words.
    public let message: String
    /// Whether the message says no more than the code does.
    private let isGeneric: Bool

    init(_ error: DatabaseError) {
        code = error.extendedResultCode.rawValue
        let message = error.message ?? "no message"
        self.message = message
        isGeneric =
            error.message == nil
            || [error.resultCode, error.extendedResultCode].contains { $0.description.hasSuffix("(\(message))") }
    }
}

extension SQLiteFailure: CustomStringConvertible {
    /// The code, and SQLite's message where it says more than the code: the error above has the code's own text.
    public var description: String { isGeneric ? "SQLite error \(code)" : "SQLite error \(code): \(message)" }
}
