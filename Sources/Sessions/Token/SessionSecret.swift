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

    /// SHA-256(family ‖ step ‖ realm): what a store keeps instead of the secret.
    func digest(in realm: RealmTag) -> SecretDigest { SecretDigest(hashing: family, step, realm.block) }

    /// SHA-256(family ‖ realm): recognizes every secret of one generation.
    func familyDigest(in realm: RealmTag) -> SecretDigest { SecretDigest(hashing: family, realm.block) }

    /// The one successor, which every holder of this secret and the nonce computes, and no one else can.
    ///
    /// HKDF-SHA256(secret, salt: nonce, info: ID ‖ generation), 16 bytes. Never used when privileges change.
    func successor(nonce: RenewalNonce, of id: SessionID, generation: UInt64) -> SessionSecret {
        withUnsafeTemporaryAllocation(byteCount: 72, alignment: 8) { buffer in
            family.write(to: .init(rebasing: buffer[0..<16]))
            step.write(to: .init(rebasing: buffer[16..<32]))
            nonce.block.write(to: .init(rebasing: buffer[32..<48]))
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
