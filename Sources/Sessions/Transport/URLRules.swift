/// Decides which links and redirects of one request's response get a token, and writes it there.
///
/// Relative targets do, those of the request's own origin, and those of listed ones. `//host`, other schemes and hosts, a
/// fragment alone, and whatever browsers read in another way than it looks (a backslash, a space, a control character) don't.
struct URLRules: Sendable {
    let tokens: URLTokens
    /// The origin that the request came to; `nil` where its `Host` names none.
    let own: WebOrigin?
    /// The hand-over codes that the request made, and the host and path of each.
    var codes: [String: String] = [:]

    private var parameters: [String] { [tokens.parameter, tokens.codeParameter] }

    /// Whether a target may get the token.
    func reaches(_ target: String) -> Bool {
        let bytes = target.utf8
        guard let first = bytes.first, first != UInt8(ascii: "#"), !bytes.starts(with: "//".utf8),
            bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") })
        else { return false }
        guard Self.hasScheme(target) else { return true }
        return origin(of: target).map { $0 == own || tokens.origins.contains($0) } ?? false
    }

    /// Whether a target is on the request's own host.
    func isOwn(_ target: String) -> Bool {
        reaches(target) && (!Self.hasScheme(target) || origin(of: target) == own)
    }

    /// Whether a target is one that the request hands its session over to, with the code that was made for it.
    func isHandOver(_ target: String) -> Bool {
        guard !codes.isEmpty else { return false }
        let parts = RequestTarget(target)
        let values = parts.values(of: tokens.codeParameter)
        guard values.count == 1, parts.values(of: tokens.parameter).isEmpty, let place = codes[String(values[0])] else {
            return false
        }
        return place == self.place(of: target)
    }

    /// The target with a parameter of ours where it may get one, and without any other.
    ///
    /// What leads elsewhere loses tokens alone: another value under the same name is the other site's.
    /// - Parameter value: `nil` for none
    func write(_ value: String?, as parameter: String, into target: String) -> String {
        if isHandOver(target) { return target }
        var parts = RequestTarget(target)
        guard reaches(target) else {
            return parts.remove(parameters, where: { SessionToken(text: $0) != nil }) ? parts.text : target
        }
        let isMarked = parts.remove(parameters)
        if let value { parts.add(parameter, value) }
        return isMarked || value != nil ? parts.text : target
    }

    /// The target of a request without our parameters, byte for byte besides; `nil` where it has none.
    func removing(from target: String) -> String? {
        var parts = RequestTarget(target)
        return parts.remove(parameters) ? parts.text : nil
    }

    /// Host and path of a target, for a hand-over code that is bound to them; `nil` for what a browser may write otherwise.
    func place(of target: String) -> String? {
        guard reaches(target) else { return nil }
        var path = RequestTarget(target).path
        var host = own
        if Self.hasScheme(target) {
            host = origin(of: target)
            // Behind `scheme://authority`.
            let rest = path.utf8.drop { $0 != UInt8(ascii: ":") }.dropFirst(3)
            path = Substring(rest.drop { $0 != UInt8(ascii: "/") })
        }
        guard let host, path.utf8.first == UInt8(ascii: "/"), !path.utf8.starts(with: "//".utf8),
            path.utf8.allSatisfy({ (0x21...0x7e).contains($0) && !"\"<>^`{|}".utf8.contains($0) }),
            !path.contains("/."), !path.lowercased().contains("/%2e")
        else { return nil }
        return "\(host)\(path)"
    }

    private func origin(of target: String) -> WebOrigin? {
        let bytes = target.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), target[colon...].utf8.starts(with: "://".utf8) else {
            return nil
        }
        let scheme = target[..<colon].lowercased()
        let rest = bytes[colon...].dropFirst(3)
        let end = rest.firstIndex { "/?#".utf8.contains($0) } ?? rest.endIndex
        guard scheme == "https" || scheme == "http" else { return nil }
        return try? WebOrigin("\(scheme)://\(Substring(rest[..<end]))")
    }

    /// Whether a `:` comes before anything that ends a scheme.
    private static func hasScheme(_ target: String) -> Bool {
        target.utf8.first { "/?#:".utf8.contains($0) } == UInt8(ascii: ":")
    }
}
