import Mustache
import Sessions

/// Text in HTML, escaped byte by byte, where Mustache's own way goes by `Character`s.
struct EscapedBytes: MustacheContentType {
    func escapeText(_ text: String) -> String { text.escapedForHTML }
}
