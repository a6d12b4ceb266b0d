@testable import Sessions

/// An input of the fuzzer: a link or redirect that an application hands to the session, or the target of a request.
struct LinkInput {
    private static let token = String(repeating: "T", count: 64)
    private static let hosts = ["shop.test", "pay.example"]

    private let target: String

    /// Reads what the fuzzer made, which has to be UTF-8, as every link is.
    init?(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return nil }
        target = text
    }

    /// What is wrong with the link that is written, or `nil`.
    ///
    /// The token is there once where a browser stays at this origin or at one that is listed, and nowhere else. The path
    /// stays, a link with the token is written again as the same, and no log shows the token.
    var fault: String? {
        guard RequestTarget(target).text == target else { return "it is read as another target" }
        if let path = ReturnPath(target), !Self.staysHere(path.text) { return "a way back leads to another site" }
        var tokens = URLTokens()
        do { tokens.origins = [try WebOrigin("https://pay.example")] } catch { return "\(error)" }
        let rules = URLRules(tokens: tokens, own: try? WebOrigin("https://shop.test"))
        let written = rules.write(Self.token, as: "sid", into: target)
        let parts = RequestTarget(written), before = RequestTarget(target)
        if parts.path != before.path { return "its path has changed" }
        if let clean = rules.removing(from: target), !Self.values(in: clean).isEmpty {
            return "a parameter of ours is left"
        }
        if tokens.redacting(written).contains(Self.token) { return "a log shows the token" }
        let values = Self.values(in: written)
        // What is no token under our names is the other site's.
        if !values.contains(where: { SessionToken(text: $0) != nil }) { return nil }
        guard values.elementsEqual([Substring(Self.token)]) else { return "it has \(values.count) parameters of ours" }
        if rules.write(Self.token, as: "sid", into: written) != written { return "written twice, it is another link" }
        return Self.staysHere(written) ? nil : "the token leaves for another site: \(written)"
    }

    private static func values(in text: String) -> [Substring] {
        let target = RequestTarget(text)
        return target.values(of: "sid") + target.values(of: "sid-code")
    }

    /// Whether a browser at `https://shop.test` stays there or goes to a listed origin, read as the URL Standard has it.
    private static func staysHere(_ text: String) -> Bool {
        var scalars = text.unicodeScalars.filter { !["\t", "\n", "\r"].contains($0) }.map { $0 == "\\" ? "/" : $0 }
        while let first = scalars.first, first.value <= 0x20 { scalars.removeFirst() }
        if let colon = scalars.firstIndex(where: { ":/?#".unicodeScalars.contains($0) }), scalars[colon] == ":",
            let first = scalars.first, first.isASCII, first.properties.isAlphabetic
        {
            guard String(String.UnicodeScalarView(scalars[..<colon])).lowercased() == "https" else { return false }
            scalars.removeSubrange(...colon)
            // Of a page over TLS, such a text without slashes is relative.
            guard scalars.starts(with: "//".unicodeScalars) else { return true }
        } else if !scalars.starts(with: "//".unicodeScalars) {
            return true
        }
        let authority = scalars.drop { $0 == "/" }.prefix { !"/?#".unicodeScalars.contains($0) }
        var host = String(String.UnicodeScalarView(authority.split(separator: "@").last ?? []))
        if host.hasSuffix(":443") { host.removeLast(4) }
        return hosts.contains(host.lowercased())
    }
}
