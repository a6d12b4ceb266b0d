/// The salt of one renewal: 16 bytes that are not secret, and with which the old secret gives the new one.
public struct RenewalNonce: Sendable, Hashable {
    package let block: Block16

    @usableFromInline package init(_ block: Block16) {
        self.block = block
    }

    /// Reads the 16 bytes that a store has kept; any other number of bytes gives `nil`.
    @inlinable public init?(bytes: some Collection<UInt8>) {
        guard let block = Block16(bytes) else { return nil }
        self.init(block)
    }

    /// The 16 bytes that a store keeps.
    public var bytes: [UInt8] { block.bytes }
}
