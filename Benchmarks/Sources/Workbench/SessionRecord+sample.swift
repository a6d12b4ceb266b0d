public import Sessions

extension SessionRecord {
    /// Makes a visitor's record with random names and digests and one attribute, as no client can use it.
    public static func sample(
        attribute name: String, json: String, at now: Timestamp, lifetime: SessionLifetime
    ) -> SessionRecord {
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        let digest = SecretDigest(bytes: random(32))!
        return SessionRecord(
            id: SessionID(bytes: random(16))!, secretDigest: digest, secretIssuedAt: now, familyDigest: digest,
            createdAt: now, lastUsedAt: now, lifetime: lifetime,
            attributes: .init([.init(name: name, json: json, revision: 1)]))
    }
}
