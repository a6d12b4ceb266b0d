/// What a server sent is no RESP, or is over a limit.
package struct MalformedReply: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
