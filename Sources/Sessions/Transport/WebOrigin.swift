/// The origin of a page: scheme, host and port, such as `https://shop.example` (RFC 6454).
///
/// The port of the scheme may be left out or not: `https://shop.example:443` is the same origin.
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    private let scheme: String
    private let host: Host

    /// A host with its port, where that isn't the one of the scheme.
    private struct Host: Sendable, Hashable {
        let name: String
        let port: Int?
    }

    /// Reads an origin as browsers write it.
    ///
    /// - Throws: ``SessionError/Code/configuration`` that says what to write, such as for a path or a wildcard
    public init(_ text: String) throws(SessionError) {
        func refuse(_ advice: String) -> SessionError {
            SessionError(.configuration, "\"\(text.prefix(200))\" is no origin: \(advice)")
        }
        let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        let scheme = text[..<colon].lowercased()
        guard text[colon...].hasPrefix("://"), Self.isScheme(scheme) else {
            throw refuse("write scheme and host, such as https://pay.example.com")
        }
        let rest = text[colon...].dropFirst(3)
        guard !rest.utf8.contains(UInt8(ascii: "*")) else {
            throw refuse("it has a wildcard; name each origin, such as https://pay.example.com")
        }
        let authority = rest.prefix { !"/?#\\".contains($0) }
        guard authority.endIndex == rest.endIndex else {
            throw refuse("an origin has no path; write \(scheme)://\(authority)")
        }
        guard let host = Self.host(authority, in: scheme) else {
            throw refuse(
                "write the host in ASCII, and a port of 1 to 65535 if any, such as https://pay.example.com:8443")
        }
        self.scheme = scheme
        self.host = host
    }

    /// The origin as browsers write it.
    public var description: String { "\(scheme)://\(host.name)" + (host.port.map { ":\($0)" } ?? "") }

    /// Whether a `Host` field names the host and port of this origin; it says nothing of the scheme.
    func isHost(_ authority: String) -> Bool {
        (scheme == "https" || scheme == "http") && Self.host(authority[...], in: scheme) == host
    }

    private static func isScheme(_ text: String) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return text.utf8.allSatisfy { isLetterOrDigit($0) || "+-.".utf8.contains($0) }
    }

    private static func host(_ authority: Substring, in scheme: String) -> Host? {
        let text = authority.lowercased()
        var name = Substring(text)
        if text.hasPrefix("[") {
            guard let end = text.utf8.firstIndex(of: UInt8(ascii: "]")),
                NetworkAddress(String(text[..<end].dropFirst())) != nil, text[..<end].utf8.contains(UInt8(ascii: ":"))
            else { return nil }
            name = text[...end]
        } else {
            name = text.prefix { $0 != ":" }
            guard !name.isEmpty, name.utf8.allSatisfy({ isLetterOrDigit($0) || "-._".utf8.contains($0) }) else {
                return nil
            }
        }
        guard name.endIndex != text.endIndex else { return Host(name: String(name), port: nil) }
        let digits = text[name.endIndex...].dropFirst()
        guard text[name.endIndex] == ":", (1...5).contains(digits.utf8.count), digits.utf8.first != UInt8(ascii: "0"),
            digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let port = Int(digits),
            port <= 65_535
        else { return nil }
        return Host(name: String(name), port: port == defaultPorts[scheme] ? nil : port)
    }

    private static let defaultPorts = ["http": 80, "https": 443]

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }
}
