import Sessions

/// Text that may be sent as HTML: whatever is put into it is escaped, unless it is HTML itself.
///
/// ```swift
/// let row: HTML = "<td>\(principal.name)</td>"
/// ```
/// A text is shown without what could turn a line around, so that no name can look like another one. Escaping goes byte by
/// byte: a quote with an accent on it is one `Character`, and a quote for the browser.
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    static func += (left: inout HTML, right: HTML) { left.text += right.text }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }

        /// Adds a text for people.
        mutating func appendInterpolation(_ text: String) { append(Wording.printable(text)) }

        /// Adds a text that comes back to the server as it is, such as a field's value.
        mutating func appendInterpolation(exactly text: String) { append(text) }

        mutating func appendInterpolation(_ number: Int) { text += String(number) }

        mutating func appendInterpolation(_ html: HTML) { text += html.text }

        mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { text += part.text }
        }

        private mutating func append(_ value: String) {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(value.utf8.count)
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
                case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
                case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
                case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
                case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
                default: bytes.append(byte)
                }
            }
            text += String(decoding: bytes, as: UTF8.self)
        }
    }
}
