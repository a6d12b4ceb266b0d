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

    /// Parses the text a client sent, or returns `nil` when this package can't have issued it.
    init?(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count == 64 else { return nil }
        var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
        let valid = withUnsafeMutableBytes(of: &words) { bytes -> Bool in
            var invalid: UInt8 = 0
            for group in 0..<16 {
                let a = base64urlValues[Int(text[4 * group])], b = base64urlValues[Int(text[4 * group + 1])]
                let c = base64urlValues[Int(text[4 * group + 2])], d = base64urlValues[Int(text[4 * group + 3])]
                invalid |= (a | b | c | d) & 0x80
                bytes[3 * group] = a << 2 | b >> 4
                bytes[3 * group + 1] = b << 4 | c >> 2
                bytes[3 * group + 2] = c << 6 | d
            }
            return invalid == 0
        }
        guard valid else { return nil }
        id = SessionID(Block16(words.0.bigEndian, words.1.bigEndian))
        secret = SessionSecret(
            family: Block16(words.2.bigEndian, words.3.bigEndian), step: Block16(words.4.bigEndian, words.5.bigEndian))
    }

    /// Looks at all of both, whatever they are.
    func isSame(as other: Self) -> Bool {
        Block32(secret.family, secret.step) == Block32(other.secret.family, other.secret.step) && id == other.id
    }

    /// Parses the text that a client sent; a text that this package can't have issued gives `nil`.
    public init?(text: some StringProtocol) {
        var copy = Array(text.utf8)
        let parsed = copy.withUnsafeMutableBufferPointer { SessionToken(UnsafeBufferPointer($0)) }
        guard let parsed else { return nil }
        self = parsed
    }

    /// The 64 characters for a carrier to send.
    ///
    /// It is the only way from a token to text: keep it out of everything else.
    package var exposedText: String {
        String(unsafeUninitializedCapacity: 64) { text in
            withUnsafeTemporaryAllocation(byteCount: 48, alignment: 8) { bytes in
                for (index, block) in [id.block, secret.family, secret.step].enumerated() {
                    block.write(to: .init(rebasing: bytes[(16 * index)..<(16 * index + 16)]))
                }
                for group in 0..<16 {
                    let a = bytes[3 * group], b = bytes[3 * group + 1], c = bytes[3 * group + 2]
                    text[4 * group] = base64urlAlphabet[Int(a >> 2)]
                    text[4 * group + 1] = base64urlAlphabet[Int(a << 4 & 0x30 | b >> 4)]
                    text[4 * group + 2] = base64urlAlphabet[Int(b << 2 & 0x3c | c >> 6)]
                    text[4 * group + 3] = base64urlAlphabet[Int(c & 0x3f)]
                }
                bytes.initializeMemory(as: UInt8.self, repeating: 0)
            }
            return 64
        }
    }
}

extension SessionToken: CustomStringConvertible, CustomReflectable {
    /// The session's ID; never the secret.
    public var description: String { "SessionToken(\(id), secret redacted)" }
    /// The session's ID alone, so that a dump shows no secret.
    public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}

private let base64urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

/// The value of each byte in RFC 4648's base64url alphabet; 0x80 for every other byte.
private let base64urlValues: [UInt8] = {
    var values = [UInt8](repeating: 0x80, count: 256)
    for (value, character) in base64urlAlphabet.enumerated() { values[Int(character)] = UInt8(value) }
    return values
}()
