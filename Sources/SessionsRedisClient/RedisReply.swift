/// An answer of a server.
public enum RedisReply: Sendable, Hashable {
    case null
    case integer(Int64)
    /// A simple, bulk or verbatim string, or a number that is no 64-bit integer, as the server wrote it.
    case bytes(ArraySlice<UInt8>)
    /// An array or a set; a map as keys and values by turns, as RESP2 has it.
    case array([RedisReply])
    case error(RedisServerError)
}

extension RedisReply {
    package var text: String? {
        if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    package var number: Int64? {
        switch self {
        case .integer(let number): number
        case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// The same reply; an error then names the server that sent it.
    func from(_ server: ServerAddress) -> RedisReply {
        if case .error(let error) = self { .error(.init(error.message, server: server.description)) } else { self }
    }
}
