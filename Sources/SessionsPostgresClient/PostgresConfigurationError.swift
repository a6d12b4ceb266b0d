#if Postgres
    /// A URL or a setting that can't work, with what to do about it.
    public struct PostgresConfigurationError: Error, Sendable, CustomStringConvertible {
        /// What is wrong, without a password.
        public let message: String

        init(_ message: String) { self.message = message }

        /// The message.
        public var description: String { message }
    }
#endif
