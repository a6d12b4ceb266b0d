/// The permanent identifier of a user, as the application's user table has it.
///
/// It takes 1 to 255 bytes of UTF-8 without control characters. Two principals are the same when their bytes are.
public struct Principal: Sendable {
    /// The identifier as the application gave it.
    public let name: String

    /// Makes a principal from a user's identifier.
    ///
    /// - Throws: ``SessionError/Code/invalid`` for an empty name, one over 255 bytes, or one with a
    ///   control character
    public init(_ name: String) throws(SessionError) {
        guard (1...255).contains(name.utf8.count) else {
            throw SessionError(.invalid, "a principal takes 1 to 255 bytes of UTF-8, not \(name.utf8.count)")
        }
        guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw SessionError(.invalid, "a principal can't hold control characters")
        }
        self.name = name
    }
}

extension Principal: Hashable {
    /// Compares byte by byte, as databases do: two Unicode spellings of one text are two principals.
    public static func == (left: Self, right: Self) -> Bool { left.name.utf8.elementsEqual(right.name.utf8) }

    /// Hashes the bytes of the name.
    public func hash(into hasher: inout Hasher) {
        for byte in name.utf8 { hasher.combine(byte) }
        hasher.combine(UInt8(0xff))
    }
}

extension Principal: CustomStringConvertible {
    /// The identifier.
    public var description: String { name }
}
