/// Makes the unpredictable bytes of IDs, secrets and nonces.
public protocol RandomSource: Sendable {
    /// Returns 16 fresh bytes as two words, or throws: a caller then makes no session and sends no cookie.
    func words() throws(SessionError) -> (UInt64, UInt64)
}

/// The operating system's cryptographic generator, which ends the process rather than give weak bytes.
public struct SystemRandomSource: RandomSource {
    /// Makes the source that a ``SessionManager`` uses by default.
    public init() {}

    /// Returns 16 bytes of the operating system; it never throws.
    public func words() throws(SessionError) -> (UInt64, UInt64) {
        // Two draws of eight bytes: every draw is a system call on Linux.
        var generator = SystemRandomNumberGenerator()
        return (generator.next(), generator.next())
    }
}

extension RandomSource {
    func block() throws(SessionError) -> Block16 {
        let (high, low) = try words()
        return Block16(high, low)
    }
}
