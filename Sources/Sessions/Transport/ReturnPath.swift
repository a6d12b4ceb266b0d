/// A page of this server that a sign-in leads back to.
///
/// The text comes from a client, so it could name another site, which would lead the user there with a page of yours in
/// between. A return path stays on its host.
public struct ReturnPath: Sendable, Hashable, CustomStringConvertible {
    /// The path and its query, such as `/account?tab=sessions`.
    public let text: String

    /// The text of the path.
    public var description: String { text }

    /// Takes a path on this host, or returns `nil` for everything else.
    ///
    /// - Parameter text: begins with one `/`, and has at most 2,048 bytes of visible ASCII without a backslash, which browsers
    ///   take for a `/`
    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard bytes.count <= Self.maximumBytes, bytes.first == 0x2f, bytes.dropFirst().first != 0x2f,
            bytes.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x5c })
        else { return nil }
        self.text = String(text)
    }

    /// Bytes that browsers and servers take in a URL without trouble.
    static let maximumBytes = 2048

    /// The value of a query's parameter.
    package var queryValue: String { text.escapedForQuery(keepsSlashes: true) }
}
