import Testing

@testable import Sessions

/// Computed apart from this package, with Python's `hashlib` and `hmac`: servers of two versions share one store.
@Suite("What is made of a secret, as another program computes it", .timeLimit(.minutes(10)))
struct KnownAnswerTests {
    private let secret = SessionSecret(family: Self.block(from: 0), step: Self.block(from: 16))
    private let realm = RealmTag(.default)

    private static func block(from first: UInt8) -> Block16 { Block16((0..<16).map { first + $0 })! }

    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("A realm's tag is the first half of the SHA-256 of its name")
    func tag() {
        #expect(hex(realm.block.bytes) == "37a8eec1ce19687d132fe29051dca629")
    }

    @Test("The tag of codes has a word before the realm, and that of known devices one before realm and user")
    func otherTags() throws {
        #expect(hex(RealmTag(codesOf: .default).block.bytes) == "df1b0841b603879a9ac51ef3c7c7c908")
        let ada = SessionOwner(realm: .default, principal: try Principal("ada"))
        #expect(hex(RealmTag(devicesOf: ada).block.bytes) == "c4cc18d5e4d0617dc623f89fe4c59511")
    }

    @Test("Neither a secret nor a digest prints what it is made of")
    func texts() {
        let digest = secret.digest(in: realm)
        #expect("\(digest) \(String(reflecting: digest))" == "SecretDigest SecretDigest")
        #expect("\(secret)" == "SessionSecret(redacted)" && Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("A secret's digest is the SHA-256 of family, step and realm; a family's, of family and realm")
    func digests() {
        #expect(
            hex(secret.digest(in: realm).bytes) == "94c980fc5e265d65139436c944b9c2fc752610b2c46bd487442168036ebee3da")
        #expect(
            hex(secret.familyDigest(in: realm).bytes)
                == "0aeef3aa91d0ddd43776857179a3e9478095dff06873c56153b1770f5063d6c9")
    }

    @Test("A successor is HKDF-SHA256 of the secret, with the nonce for salt and ID and generation for info")
    func successor() {
        let next = secret.successor(
            nonce: RenewalNonce(Self.block(from: 32)), of: SessionID(Self.block(from: 48)), generation: 7)
        #expect(hex(next.step.bytes) == "a66aa783d07fa3680ec97cbf5c0bb15c")
        #expect(hex(next.family.bytes) == hex(Array(0..<16)))
    }

    @Test("A form's token is a nonce and HMAC-SHA256 over it, by a key that HKDF derives from family, ID and realm")
    func formToken() {
        let token = SessionToken(id: SessionID(Self.block(from: 48)), secret: secret)
        let form = ForgeryToken(of: token, in: realm, nonce: Self.block(from: 64))
        #expect(form.text == "QEFCQ0RFRkdISUpLTE1OT0HKpO1uITd_4g82yeQKzAaSkC6DFE0RWigHiaT31rlv")
        #expect(ForgeryToken.isValid(form.text, for: token, in: realm))
        #expect(!ForgeryToken.isValid("no base64url", for: token, in: realm))
        #expect("\(form)" == "ForgeryToken" && Mirror(reflecting: form).children.isEmpty)
    }
}
