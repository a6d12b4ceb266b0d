/// An error that the server answered with: the command had no effect.
///
/// A script that fails half way is the exception, and this package's scripts check before they write.
public struct RedisServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Begins with the code: `MOVED 3999 127.0.0.1:6381`, `OOM command not allowed…`.
    public let message: String
    /// Which server said it, as `host:port`, where the client knows.
    public let server: String?

    /// Creates an error as a client of another make heard it from a server.
    public init(_ message: String, server: String? = nil) {
        self.message = message
        self.server = server
    }

    /// The first word.
    public var code: Substring { message.prefix { $0 != " " } }

    /// The server and what it said.
    public var description: String { (server.map { "Redis at \($0): " } ?? "") + message }
}
