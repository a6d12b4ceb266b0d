import Sessions

/// Text that may be sent as HTML: whatever is put into it is escaped, unless it is HTML itself.
///
/// ```swift
/// let row: HTML = "<td>\(principal.name)</td>"
/// ```
/// A text is shown without what could turn a line around, so that no name can look like another one.
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
        mutating func appendInterpolation(_ text: String) { self.text += Wording.printable(text).escapedForHTML }

        /// Adds a text that comes back to the server as it is, such as a field's value.
        mutating func appendInterpolation(exactly text: String) { self.text += text.escapedForHTML }

        mutating func appendInterpolation(_ number: Int) { text += String(number) }

        mutating func appendInterpolation(_ html: HTML) { text += html.text }

        mutating func appendInterpolation(_ parts: [HTML]) {
            for part in parts { text += part.text }
        }
    }
}
