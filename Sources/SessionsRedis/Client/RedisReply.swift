/// What a server answered.
public indirect enum RedisReply: Sendable, Hashable {
    case null
    case integer(Int64)
    /// A simple, bulk or verbatim string, or a number that is no 64-bit integer, as the server wrote it.
    case bytes(ArraySlice<UInt8>)
    /// An array or a set; a map as keys and values by turns, as RESP2 has it.
    case array([RedisReply])
    case error(RedisServerError)
}

/// An error that the server answered with: the command had no effect.
///
/// A script that fails half way is the exception, and this package's scripts check before they write.
public struct RedisServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Begins with the code: `MOVED 3999 127.0.0.1:6381`, `OOM command not allowed…`.
    public let message: String
    /// Which server said it, as `host:port`, where the client knows.
    public let server: String?

    public init(_ message: String, server: String? = nil) {
        self.message = message
        self.server = server
    }

    /// The first word.
    public var code: Substring { message.prefix { $0 != " " } }

    public var description: String { (server.map { "Redis at \($0): " } ?? "") + message }
}

extension RedisReply {
    var text: String? {
        if case .bytes(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
    }

    var number: Int64? {
        switch self {
        case .integer(let number): number
        case .bytes(let bytes): Int64(String(decoding: bytes, as: UTF8.self))
        default: nil
        }
    }

    /// Says who answered, in errors.
    func from(_ server: ServerAddress) -> RedisReply {
        if case .error(let error) = self { .error(.init(error.message, server: server.description)) } else { self }
    }
}
