/// The secret text that a client holds: a session's ID and secret, 48 bytes in 64 characters of base64url.
///
/// 48 bytes fill 64 characters exactly, so each text is one token and each token one text.
public struct SessionToken: Sendable {
    /// The public name of the session that the token is for.
    public let id: SessionID
    let secret: SessionSecret

    init(id: SessionID, secret: SessionSecret) {
        self.id = id
        self.secret = secret
    }

    private init(_ block: Block48) {
        self.init(id: SessionID(block.first), secret: SessionSecret(family: block.second, step: block.third))
    }

    /// Parses the text a client sent, or returns `nil` when this package can't have issued it.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard let block = Block48(base64url: text) else { return nil }
        self.init(block)
    }

    /// Looks at all of both, whatever they are.
    func isSame(as other: Self) -> Bool {
        Block32(secret.family, secret.step) == Block32(other.secret.family, other.secret.step) && id == other.id
    }

    /// Parses the text that a client sent; a text that this package can't have issued gives `nil`.
    public init?(text: some StringProtocol) {
        guard let block = Block48(base64url: text) else { return nil }
        self.init(block)
    }

    /// The bytes of a token's text.
    static let textBytes = 64

    /// Whether a byte can stand in a token's text: RFC 4648's base64url alphabet.
    static func isTextByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The 64 characters for a carrier to send.
    ///
    /// It is the only way from a token to text: keep it out of everything else.
    package var exposedText: String { Block48(id.block, Block32(secret.family, secret.step)).base64url }
}

extension SessionToken: CustomStringConvertible, CustomReflectable {
    /// The session's ID; never the secret.
    public var description: String { "SessionToken(\(id), secret redacted)" }
    /// The session's ID alone, so that a dump shows no secret.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
