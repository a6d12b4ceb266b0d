#if Postgres
    /// An error that the server answered with: the statement had no effect.
    public struct PostgresServerError: Error, Sendable, Hashable, CustomStringConvertible {
        /// The five characters of the SQLSTATE, such as `40001`.
        public let code: String
        /// The server's text, without its detail, which can quote rows.
        public let message: String
        /// The server that said it, as `host:port`; `nil` where the client doesn't know.
        public let server: String?

        /// Makes an error that a client of your own has heard from a server.
        public init(code: String, message: String, server: String? = nil) {
            self.code = code
            self.message = message
            self.server = server
        }

        /// The server, the code and what it said.
        public var description: String {
            (server.map { "PostgreSQL at \($0)" } ?? "PostgreSQL") + ": \(message) (\(code))"
        }
    }
#endif
