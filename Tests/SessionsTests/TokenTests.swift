import Testing

@testable import Sessions

@Suite("Tokens", .timeLimit(.minutes(10)))
struct TokenTests {
    private let realm = RealmTag(.default)

    private func token() throws -> SessionToken {
        let random = SystemRandomSource()
        return SessionToken(id: SessionID(try random.block()), secret: try SessionSecret(from: random))
    }

    @Test("A token is 64 characters and reads back as itself")
    func roundTrip() throws {
        for _ in 0..<1000 {
            let token = try token()
            let text = token.exposedText
            #expect(text.utf8.count == 64)
            let parsed = try #require(SessionToken(text: text))
            #expect(parsed.id == token.id)
            #expect(parsed.secret.digest(in: realm) == token.secret.digest(in: realm))
        }
    }

    @Test(
        "ID-6: what this package can't have issued is no token",
        arguments: [
            "", "../", "'--", "*", String(repeating: "A", count: 63), String(repeating: "A", count: 65),
            String(repeating: "=", count: 64), String(repeating: "é", count: 32), String(repeating: "\0", count: 64),
        ])
    func refused(_ text: String) {
        #expect(SessionToken(text: text) == nil)
    }

    @Test("G7: a token has no printable secret")
    func redacted() throws {
        let token = try token()
        var dumped = ""
        dump(token, to: &dumped)
        let secret = String(token.exposedText.suffix(42))
        #expect(!dumped.contains(secret) && !"\(token)".contains(secret))
    }

    @Test("The ratchet gives every holder of the secret the same successor, of the same family")
    func ratchet() throws {
        let token = try token()
        let nonce = RenewalNonce(try SystemRandomSource().block())
        let first = token.secret.successor(nonce: nonce, of: token.id, generation: 1)
        let second = token.secret.successor(nonce: nonce, of: token.id, generation: 1)
        let other = token.secret.successor(nonce: nonce, of: token.id, generation: 2)
        #expect(first.digest(in: realm) == second.digest(in: realm))
        #expect(
            first.digest(in: realm) != other.digest(in: realm)
                && first.digest(in: realm) != token.secret.digest(in: realm))
        #expect(first.familyDigest(in: realm) == token.secret.familyDigest(in: realm))
    }

    @Test("CK-6: a __Host- cookie can't be made against its rules")
    func hostPrefix() {
        for scope in [SetCookie.Scope(isSecure: false), .init(path: "/a"), .init(domain: "example.com")] {
            #expect(throws: SessionError.self) { try SetCookie(name: "__host-id", value: "x", scope: scope) }
        }
        #expect(throws: Never.self) { try SetCookie(name: "__Host-Http-id", value: "x") }
    }
}
