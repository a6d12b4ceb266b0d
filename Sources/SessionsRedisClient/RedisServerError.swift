/// An error that the server answered with: the command had no effect.
///
/// A script that fails half way is the exception, and this package's scripts check before they write.
public struct RedisServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server's text, which begins with the code: `MOVED 3999 127.0.0.1:6381`, `OOM command not allowed…`.
    public let message: String
    /// The server that said it, as `host:port`; `nil` where the client doesn't know.
    public let server: String?

    /// Makes an error that a client of your own has heard from a server.
    public init(_ message: String, server: String? = nil) {
        self.message = message
        self.server = server
    }

    /// The first word of the message.
    public var code: Substring { message.prefix { $0 != " " } }

    /// The server and what it said.
    public var description: String { (server.map { "Redis at \($0): " } ?? "") + message }
}
