import Foundation
import GRDBSQLite
import Sessions

/// Reads a row's columns in order and throws `corrupt` where one doesn't hold what this package writes.
struct RowReader {
    private let row: OpaquePointer
    private let session: SessionID
    private var index: Int32 = 0

    /// - Parameter statement: one that stands on a row, and stays there while it is read
    init(_ statement: PreparedStatement, of session: SessionID) {
        row = statement.handle
        self.session = session
    }

    mutating func optionalInteger() throws -> Int64? {
        defer { index += 1 }
        let value = sqlite3_column_value(row, index)
        switch sqlite3_value_type(value) {
        case SQLITE_INTEGER: return sqlite3_value_int64(value)
        case SQLITE_NULL: return nil
        default: throw corrupt("is no integer")
        }
    }

    mutating func integer() throws -> Int64 {
        guard let value = try optionalInteger() else { throw corrupt("is missing", back: 1) }
        return value
    }

    /// The whole of `UInt64`, kept as the integer of the same bits.
    mutating func unsigned() throws -> UInt64 { UInt64(bitPattern: try integer()) }

    mutating func optionalTime() throws -> Timestamp? { try optionalInteger().map(Timestamp.init(milliseconds:)) }

    mutating func time() throws -> Timestamp { Timestamp(milliseconds: try integer()) }

    mutating func optionalSpan() throws -> Duration? { try optionalInteger().map { .milliseconds($0) } }

    mutating func span() throws -> Duration { .milliseconds(try integer()) }

    /// - Parameter make: sees SQLite's own memory, which is good for this call
    mutating func optionalBytes<Value>(_ make: (UnsafeRawBufferPointer) -> Value?) throws -> Value? {
        defer { index += 1 }
        let column = sqlite3_column_value(row, index)
        guard sqlite3_value_type(column) != SQLITE_NULL else { return nil }
        // In this order: the bytes are counted of what the first call has made.
        let start = sqlite3_value_blob(column)
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(column)))
        guard let value = make(bytes) else { throw corrupt("has the wrong form") }
        return value
    }

    mutating func bytes<Value>(_ make: (UnsafeRawBufferPointer) -> Value?) throws -> Value {
        guard let value = try optionalBytes(make) else { throw corrupt("is missing", back: 1) }
        return value
    }

    /// Takes all bytes, a NUL too, where reading a C string would stop.
    mutating func optionalText() throws -> String? { try optionalText { $0 } }

    mutating func text() throws -> String { try text { $0 } }

    mutating func optionalText<Value>(_ make: (String) -> Value?) throws -> Value? {
        try optionalBytes { bytes in String(stored: bytes).flatMap(make) }
    }

    mutating func text<Value>(_ make: (String) -> Value?) throws -> Value {
        guard let value = try optionalText(make) else { throw corrupt("is missing", back: 1) }
        return value
    }

    mutating func digest() throws -> SecretDigest { try bytes(SecretDigest.init(stored:)) }

    mutating func optionalDigest() throws -> SecretDigest? { try optionalBytes(SecretDigest.init(stored:)) }

    /// An error that names the column read last and not its value.
    func corrupt(_ problem: String, back: Int32 = 0) -> SessionError {
        let column = sqlite3_column_name(row, index - back).map { String(cString: $0) } ?? "\(index - back)"
        return SessionError(.corrupt, "session \(session) can't be read: its column \(column) \(problem)")
    }
}

extension String {
    /// Copies UTF-8; other bytes give `nil`.
    fileprivate init?(stored bytes: UnsafeRawBufferPointer) {
        // The standard library's own check goes by generic code that isn't specialized; a repair changes the bytes.
        var text = String(decoding: bytes, as: UTF8.self)
        let isSame = text.withUTF8 { copy in
            copy.count == bytes.count
                && (bytes.isEmpty || memcmp(copy.baseAddress!, bytes.baseAddress!, bytes.count) == 0)
        }
        guard isSame else { return nil }
        self = text
    }
}

extension SecretDigest {
    /// Reads the 32 bytes of a column.
    fileprivate init?(stored bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 32 else { return nil }
        func block(at offset: Int) -> Block16 {
            Block16(
                bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self).bigEndian)
        }
        self.init(Block32(block(at: 0), block(at: 16)))
    }
}
