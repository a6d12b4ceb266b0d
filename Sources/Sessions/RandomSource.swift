/// Makes the unpredictable bytes of IDs, secrets and nonces.
public protocol RandomSource: Sendable {
    /// Returns 16 fresh bytes, or throws: a caller then makes no session and sends no cookie.
    func block() throws(SessionError) -> Block16
}

/// The operating system's cryptographic generator, which ends the process rather than give weak bytes.
public struct SystemRandomSource: RandomSource {
    public init() {}

    public func block() throws(SessionError) -> Block16 {
        // Two draws of eight bytes: every draw is a system call on Linux.
        var generator = SystemRandomNumberGenerator()
        return Block16(generator.next(), generator.next())
    }
}
