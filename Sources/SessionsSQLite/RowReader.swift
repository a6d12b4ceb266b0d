import Foundation
import GRDB
import Sessions

/// Reads a row's columns in order and throws `corrupt` where one doesn't hold what this package writes.
///
/// GRDB's own subscripts end the process on a value of another type.
struct RowReader {
    private let row: Row
    private let session: String
    private var index = 0

    init(_ row: Row, of session: String) {
        self.row = row
        self.session = session
    }

    mutating func optionalInteger() throws -> Int64? {
        defer { index += 1 }
        let value: DatabaseValue = row[index]
        if value.isNull { return nil }
        guard let integer = Int64.fromDatabaseValue(value) else { throw corrupt("is no integer") }
        return integer
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

    mutating func optionalBytes<Value>(_ make: (Data) -> Value?) throws -> Value? {
        defer { index += 1 }
        let value: Value?? = try row.withUnsafeData(atIndex: index) { data in data.map(make) }
        guard let value else { return nil }
        guard let value else { throw corrupt("has the wrong form") }
        return value
    }

    mutating func bytes<Value>(_ make: (Data) -> Value?) throws -> Value {
        guard let value = try optionalBytes(make) else { throw corrupt("is missing", back: 1) }
        return value
    }

    /// Takes all bytes, a NUL too, where reading a C string would stop.
    mutating func optionalText() throws -> String? { try optionalText { $0 } }

    mutating func text() throws -> String {
        try text { $0 }
    }

    mutating func optionalText<Value>(_ make: (String) -> Value?) throws -> Value? {
        try optionalBytes { data in String(validating: data, as: UTF8.self).flatMap(make) }
    }

    mutating func text<Value>(_ make: (String) -> Value?) throws -> Value {
        guard let value = try optionalText(make) else { throw corrupt("is missing", back: 1) }
        return value
    }

    mutating func digest() throws -> SecretDigest { try bytes { Block32($0).map(SecretDigest.init) } }

    mutating func optionalDigest() throws -> SecretDigest? { try optionalBytes { Block32($0).map(SecretDigest.init) } }

    /// An error that names the column read last and not its value.
    func corrupt(_ problem: String, back: Int = 0) -> SessionError {
        let column = Array(row.columnNames)[min(index - back, row.count - 1)]
        return SessionError(.corrupt, "session \(session) can't be read: its column \(column) \(problem)")
    }
}
