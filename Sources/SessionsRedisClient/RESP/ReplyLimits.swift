/// How large one answer may be; a server that goes beyond is disconnected.
public struct ReplyLimits: Sendable, Hashable {
    /// Bytes of one answer with everything in it.
    public var bytes: Int
    /// Arrays within arrays.
    public var depth: Int
    /// Values in one answer, at all depths.
    public var elements: Int
    /// Bytes of a line: a length, a number, a simple string or an error.
    public static let lineBytes = 64 * 1024

    /// Creates limits; the defaults are far above what this package asks for.
    public init(bytes: Int = 16 * 1024 * 1024, depth: Int = 8, elements: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.elements = elements
    }
}
