/// A URL or a setting that a client can't work with.
public struct RedisConfigurationError: Error, Sendable, CustomStringConvertible {
    /// What is wrong and what to do, without a password.
    public let message: String

    init(_ message: String) {
        self.message = message
    }

    /// The same as ``message``.
    public var description: String { message }
}
