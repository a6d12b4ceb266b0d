/// The largest answer that a client takes; a server that goes beyond it is disconnected.
public struct ReplyLimits: Sendable, Hashable {
    /// The bytes of one answer with everything in it.
    public var bytes: Int
    /// The depth of arrays within arrays.
    public var depth: Int
    /// The values in one answer, at all depths.
    public var elements: Int
    /// The bytes of a line: a length, a number, a simple string or an error.
    public static let lineBytes = 64 * 1024

    /// Makes limits; the defaults are far above what this package asks for.
    public init(bytes: Int = 16 * 1024 * 1024, depth: Int = 8, elements: Int = 100_000) {
        self.bytes = bytes
        self.depth = depth
        self.elements = elements
    }
}
