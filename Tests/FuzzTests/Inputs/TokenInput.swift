@testable import Sessions

/// An input of the fuzzer: bytes that a client presents as a token.
struct TokenInput {
    private let bytes: [UInt8]

    init(_ input: [UInt8]) { bytes = input }

    /// What is wrong with how these bytes are read, or `nil`.
    ///
    /// A token is exactly 64 characters of base64url. It is written as it was read, and prints without its secret.
    var fault: String? {
        let token = bytes.withUnsafeBufferPointer { SessionToken($0) }
        guard let expected = Base64URL.bytes(of: bytes), expected.count == 48 else {
            if token != nil { return "it is read, though it is no token" }
            let isText = String(validating: bytes, as: UTF8.self).map { SessionToken(text: $0) != nil } ?? false
            return isText ? "it is read as a text, though it is no token" : nil
        }
        guard let token else { return "it is not read, though it is a token" }
        let read = token.id.bytes + token.secret.family.bytes + token.secret.step.bytes
        if read != expected { return "it is read as other bytes" }
        let text = String(decoding: bytes, as: UTF8.self)
        if !token.exposedText.utf8.elementsEqual(bytes) { return "it is written as another text" }
        guard let again = SessionToken(text: text), again.isSame(as: token) else {
            return "as a text it is another token"
        }
        let secret = String(decoding: bytes.suffix(42), as: UTF8.self)
        return "\(token)".contains(secret) ? "it prints its secret" : nil
    }
}
