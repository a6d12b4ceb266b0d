import GRDB
import GRDBSQLite
import Sessions

/// A prepared statement of a connection, run through SQLite's own interface.
///
/// GRDB checks arguments, copies rows and tells observers, which takes several times as long as a short statement itself.
/// Values are bound in the order of their places, all of them anew for each run.
final class PreparedStatement {
    /// Finalizes the statement when it goes.
    private let owner: Statement
    let handle: OpaquePointer
    private var bound: Int32 = 0
    private var refusal = SQLITE_OK

    init(_ owner: Statement) {
        self.owner = owner
        handle = owner.sqliteStatement
    }

    func bind(_ number: Int64?) {
        bind { handle, place in
            if let number { sqlite3_bind_int64(handle, place, number) } else { sqlite3_bind_null(handle, place) }
        }
    }

    /// Binds all bytes, a NUL too, where a C string would end.
    func bind(_ text: String?) {
        guard var text else { return bind(Int64?.none) }
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                bind { handle, place in
                    sqlite3_bind_text64(
                        handle, place, characters.baseAddress ?? Self.nothing, UInt64(characters.count), Self.isCopied,
                        UInt8(SQLITE_UTF8))
                }
            }
        }
    }

    func bind(_ digest: SecretDigest?) {
        guard let block = digest?.block else { return bind(Int64?.none) }
        withUnsafeTemporaryAllocation(byteCount: 32, alignment: 8) { buffer in
            block.first.write(to: .init(rebasing: buffer[..<16]))
            block.second.write(to: .init(rebasing: buffer[16...]))
            bind(UnsafeRawBufferPointer(buffer))
        }
    }

    func bind(_ bytes: UnsafeRawBufferPointer) {
        bind { handle, place in
            sqlite3_bind_blob64(
                handle, place, bytes.baseAddress ?? UnsafeRawPointer(Self.nothing), UInt64(bytes.count), Self.isCopied)
        }
    }

    private func bind(_ body: (OpaquePointer, Int32) -> Int32) {
        bound += 1
        let code = body(handle, bound)
        if refusal == SQLITE_OK { refusal = code }
    }

    /// Goes to the next row, if there is one.
    func step() throws -> Bool {
        assert(bound == sqlite3_bind_parameter_count(handle))
        let code = refusal == SQLITE_OK ? sqlite3_step(handle) : refusal
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: String(cString: sqlite3_errmsg(sqlite3_db_handle(handle))))
        }
    }

    /// Makes the statement ready for the next run.
    func reset() {
        // The code is that of the last step, which has been thrown.
        _ = sqlite3_reset(handle)
        bound = 0
        refusal = SQLITE_OK
    }

    /// Runs the statement to its end.
    func run() throws {
        defer { reset() }
        while try step() {}
    }

    /// `SQLITE_TRANSIENT`, a macro that Swift doesn't see: SQLite keeps a copy.
    private static var isCopied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
    /// A place for no bytes, since SQLite takes a null pointer for NULL.
    private static var nothing: UnsafePointer<CChar> { UnsafePointer(bitPattern: 1)! }
}
