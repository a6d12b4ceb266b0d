import Foundation
import Synchronization

/// The tokens that servers under test have issued to this process, and whether a text holds one of them in any form.
///
/// The ID in a token is public. What is looked for is the secret behind it: as it is in the token, percent-encoded, in
/// base64 of the token or of a text around it, in base64 of the secret's bytes, and as hexadecimal digits.
package final class IssuedTokens: Sendable {
    /// Those of every server that the tests of this process have talked to.
    package static let shared = IssuedTokens()

    /// The bytes by which a secret is known, in each of its forms.
    private let secrets = Mutex<Set<[UInt8]>>([])

    package init() {}

    package var isEmpty: Bool { secrets.withLock { $0.isEmpty } }

    /// Notes every token in a text where the server may put one: 64 characters of base64url, no more and no fewer.
    package func note(in text: String) {
        for run in Self.runs(of: Array(text.utf8)) where run.count == 64 {
            let base64 = String(decoding: run, as: UTF8.self).replacing("-", with: "+").replacing("_", with: "/")
            guard let bytes = Data(base64Encoded: base64) else { continue }
            let secret = bytes.dropFirst(16)
            let digits = secret.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
            let alone = secret.base64EncodedString().filter { $0 != "=" }
            secrets.withLock {
                // The first 21⅓ characters of a token are its ID.
                $0.insert(Array(run.suffix(42)))
                $0.insert(Array(alone.utf8.map(Self.urlSafe)))
                $0.insert(Array(digits.utf8))
            }
        }
    }

    /// How a text holds a noted token; `nil` where it holds none.
    ///
    /// - Parameter parameters: the query parameters in which a token or a code may stand
    package func leak(in text: String, except parameters: [String] = []) -> String? {
        if isEmpty { return nil }
        let bytes = Array(text.utf8)
        if let form = leak(in: bytes, except: parameters) { return form }
        if let decoded = text.removingPercentEncoding, decoded.utf8.count < bytes.count,
            let form = leak(in: Array(decoded.utf8), except: parameters)
        {
            return "percent-encoded: \(form)"
        }
        for run in Self.runs(of: bytes) where run.count >= 56 {
            // What is padded ends with `=`, which isn't in the run; one character alone over four is none of it.
            let padding = Array(repeating: UInt8(ascii: "="), count: [0, 0, 2, 1][run.count % 4])
            let whole = run.prefix(run.count % 4 == 1 ? run.count - 1 : run.count).map {
                $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0
            }
            .map { $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0 }
            guard let decoded = Data(base64Encoded: Data(whole + padding)) else { continue }
            if let form = leak(in: Array(decoded), except: []) { return "in base64: \(form)" }
        }
        return nil
    }

    private func leak(in bytes: [UInt8], except parameters: [String]) -> String? {
        let marks = parameters.map { Array("\($0)=".utf8) }
        for run in Self.runs(of: bytes) {
            if run.count == 64, marks.contains(where: { bytes[..<run.startIndex].suffix($0.count) == $0[...] }) {
                continue
            }
            let text = run.map(Self.urlSafe)
            for (length, form) in [
                (42, "a token's secret"), (43, "a secret in base64"), (64, "a secret in hexadecimal"),
            ]
            where text.count >= length {
                for start in 0...(text.count - length) {
                    let part = text[start..<(start + length)]
                    let sought = length == 64 ? part.map(Self.lowercased) : Array(part)
                    if secrets.withLock({ $0.contains(sought) }) { return form }
                }
            }
        }
        return nil
    }

    /// The longest runs of characters of base64, in either alphabet.
    private static func runs(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        bytes.split { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: false
            default: !"-_+/".utf8.contains(byte)
            }
        }.filter { $0.count >= 42 }
    }

    private static func urlSafe(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x46).contains(byte) ? byte | 0x20 : byte }
}

/// A server showed a token where none belongs.
package struct TokenLeak: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
