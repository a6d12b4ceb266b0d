import Crypto

/// Proves that a form was made for the session that it comes back with: OWASP's synchronizer token.
///
/// It is made from the session's secret, so nothing is stored. It is another one in each response, and holds until the
/// user signs in, steps up or signs out.
public struct ForgeryToken: Sendable {
    /// The name of the form field: `forgery-token`.
    public static let fieldName = "forgery-token"

    /// The token, 64 characters of base64url, for a form field or for the request field `X-CSRF-Token`.
    ///
    /// Keep it out of URLs, cookies and logs.
    public let text: String

    /// An HTML input that takes the token along with its form.
    public var hiddenField: String { "<input type=\"hidden\" name=\"\(Self.fieldName)\" value=\"\(text)\">" }

    /// - Parameter nonce: another one in each response, so that compression gives nothing away
    init(of token: SessionToken, in realm: RealmTag, nonce: Block16) {
        text = Block48(nonce, Self.code(of: token, in: realm, over: nonce)).base64url
    }

    /// Whether `text` is one of the tokens for forms of this session.
    static func isValid(_ text: String, for token: SessionToken, in realm: RealmTag) -> Bool {
        guard let block = Block48(base64url: text) else { return false }
        return code(of: token, in: realm, over: block.first) == Block32(block.second, block.third)
    }

    /// HMAC-SHA256(HKDF-SHA256(family, info: "forgery" ‖ ID ‖ realm), nonce): the family stays for one generation.
    private static func code(of token: SessionToken, in realm: RealmTag, over nonce: Block16) -> Block32 {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: token.secret.family.bytes),
            info: Array("forgery".utf8) + token.id.bytes + realm.block.bytes, outputByteCount: 32)
        let code = HMAC<SHA256>.authenticationCode(for: nonce.bytes, using: key)
        guard let block = Block32(Array(code)) else { preconditionFailure("SHA-256 makes 32 bytes") }
        return block
    }
}

extension ForgeryToken: CustomStringConvertible, CustomReflectable {
    /// The type's name alone, so that logs hold no token.
    public var description: String { "ForgeryToken" }
    /// Nothing, so that a dump shows no token.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
