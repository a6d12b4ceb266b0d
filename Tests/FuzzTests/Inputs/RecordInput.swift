import Sessions
import SessionsRedisClient

@testable import SessionsRedis

/// An input of the fuzzer: a session's hash, as Redis would have it.
///
/// Each field is one byte for the length of its name, the name, one byte for the length of its value, and the value.
struct RecordInput {
    private typealias Field = (name: [UInt8], value: [UInt8])

    private let fields: [Field]

    init(_ input: [UInt8]) {
        var rest = input[...]
        func text() -> [UInt8] {
            guard let count = rest.popFirst() else { return [] }
            defer { rest = rest.dropFirst(Int(count)) }
            return Array(rest.prefix(Int(count)))
        }
        var fields: [Field] = []
        while !rest.isEmpty {
            let name = text()
            fields.append((name, text()))
        }
        self.fields = fields
    }

    /// The input that has these fields, each of at most 255 bytes.
    static func input(of fields: [(name: [UInt8], value: [UInt8])]) -> [UInt8] {
        fields.flatMap { [UInt8($0.name.count)] + $0.name + [UInt8($0.value.count)] + $0.value }
    }

    /// What is wrong with how this hash is read, or `nil`.
    ///
    /// It is read or corrupt, and a record that was read is written so that it is read as the same.
    var fault: String? {
        do {
            guard let session = try Self.session(of: fields) else {
                return fields.isEmpty ? nil : "a hash with fields is no record"
            }
            let written = RecordCoding.fields(of: session.record, stamp: session.stamp)
            guard let again = try Self.session(of: written) else { return "what was written is no record" }
            let twice = RecordCoding.fields(of: again.record, stamp: again.stamp)
            let isSame = written.count == twice.count && zip(written, twice).allSatisfy { $0 == $1 }
            return isSame ? nil : "what was written is read as another record"
        } catch {
            return error.code == .corrupt ? nil : "it is refused as \(error.code)"
        }
    }

    private static func session(of fields: [Field]) throws(SessionError) -> StoredSession? {
        try RecordReader(id: SessionID(Block16(1, 2)))
            .session(fields.flatMap { [RedisReply.bytes($0.name[...]), .bytes($0.value[...])] })
    }
}
