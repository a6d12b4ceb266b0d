import Crypto

/// The first half of the SHA-256 of a realm's name: what goes into every digest, so that the token of another realm is a wrong
/// secret.
struct RealmTag: Sendable {
    let block: Block16

    init(_ realm: Realm) { self.init(hashing: realm.name) }

    /// What goes into the digests of a realm's hand-over codes, so that no code is a session's token, nor the reverse.
    ///
    /// No realm's name has a NUL.
    init(codesOf realm: Realm) { self.init(hashing: "code\0" + realm.name) }

    /// What goes into the digests of an owner's known devices, so that nothing tells that two owners share one.
    ///
    /// No principal's name has a NUL either.
    init(devicesOf owner: SessionOwner) { self.init(hashing: "device\0\(owner.realm.name)\0\(owner.principal.name)") }

    private init(hashing text: String) {
        var hash = SHA256()
        var name = text
        name.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        block = hash.finalize().withUnsafeBytes { bytes in
            Block16(
                bytes.loadUnaligned(as: UInt64.self).bigEndian,
                bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self).bigEndian)
        }
    }
}
