import Crypto

/// Proves that a session is yours: 32 bytes, family ‖ step, that are never stored, logged or printed.
struct SessionSecret: Sendable {
    /// Stays for one generation.
    let family: Block16
    /// New at each renewal.
    let step: Block16

    init(family: Block16, step: Block16) {
        self.family = family
        self.step = step
    }

    init(from random: some RandomSource) throws(SessionError) {
        family = try random.block()
        step = try random.block()
    }

    /// SHA-256(family ‖ step): what a store keeps instead of the secret.
    var digest: SecretDigest { SecretDigest(hashing: family, step) }

    /// SHA-256(family): recognizes every secret of one generation.
    var familyDigest: SecretDigest { SecretDigest(hashing: family) }

    /// The one successor that everybody who holds this secret and the nonce computes, and nobody else can.
    ///
    /// HKDF-SHA256(secret, salt: nonce, info: ID ‖ generation), 16 bytes. Never used when privileges change.
    func successor(nonce: Block16, of id: SessionID, generation: UInt64) -> SessionSecret {
        withUnsafeTemporaryAllocation(byteCount: 72, alignment: 8) { buffer in
            family.write(to: .init(rebasing: buffer[0..<16]))
            step.write(to: .init(rebasing: buffer[16..<32]))
            nonce.write(to: .init(rebasing: buffer[32..<48]))
            id.block.write(to: .init(rebasing: buffer[48..<64]))
            buffer.storeBytes(of: generation.bigEndian, toByteOffset: 64, as: UInt64.self)
            defer { buffer.initializeMemory(as: UInt8.self, repeating: 0) }
            let key = HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: UnsafeRawBufferPointer(rebasing: buffer[0..<32])),
                salt: UnsafeRawBufferPointer(rebasing: buffer[32..<48]),
                info: UnsafeRawBufferPointer(rebasing: buffer[48..<72]),
                outputByteCount: 16
            )
            let step = key.withUnsafeBytes {
                Block16(
                    $0.loadUnaligned(as: UInt64.self).bigEndian,
                    $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian)
            }
            return SessionSecret(family: family, step: step)
        }
    }
}

extension SessionSecret: CustomStringConvertible, CustomReflectable {
    var description: String { "SessionSecret(redacted)" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// A SHA-256 of a secret or of its family, which can be stored: it recognizes a secret and can't be turned into one.
public struct SecretDigest: Sendable, Hashable {
    public let block: Block32

    public init(_ block: Block32) {
        self.block = block
    }

    init(hashing blocks: Block16...) {
        self = withUnsafeTemporaryAllocation(byteCount: 16 * blocks.count, alignment: 8) { buffer in
            for (index, block) in blocks.enumerated() {
                block.write(to: .init(rebasing: buffer[(16 * index)..<(16 * index + 16)]))
            }
            defer { buffer.initializeMemory(as: UInt8.self, repeating: 0) }
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(buffer))
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
    public var description: String { "SecretDigest" }
}
