import Crypto

/// The SHA-256 of a secret or of its family: it recognizes the secret and can't be turned into it.
public struct SecretDigest: Sendable, Hashable {
    package let block: Block32

    @usableFromInline package init(_ block: Block32) {
        self.block = block
    }

    /// Reads the 32 bytes that a store has kept; any other number of bytes gives `nil`.
    @inlinable public init?(bytes: some Collection<UInt8>) {
        guard let block = Block32(bytes) else { return nil }
        self.init(block)
    }

    /// The 32 bytes that a store keeps.
    public var bytes: [UInt8] { block.bytes }

    init(hashing first: Block16, _ second: Block16, _ third: Block16? = nil) {
        self = withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { buffer in
            first.write(to: .init(rebasing: buffer[0..<16]))
            second.write(to: .init(rebasing: buffer[16..<32]))
            third?.write(to: .init(rebasing: buffer[32..<48]))
            defer { buffer.initializeMemory(as: UInt8.self, repeating: 0) }
            var hash = SHA256()
            hash.update(
                bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[0..<(third == nil ? 32 : 48)]))
            return hash.finalize().withUnsafeBytes { bytes in
                func word(_ index: Int) -> UInt64 {
                    bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self).bigEndian
                }
                return SecretDigest(Block32(Block16(word(0), word(1)), Block16(word(2), word(3))))
            }
        }
    }
}

extension SecretDigest: CustomStringConvertible {
    /// The type's name alone, so that logs hold no digest.
    public var description: String { "SecretDigest" }
}
