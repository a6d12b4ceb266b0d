import HTTPTypes

/// The parts of a URL that cookies look at.
struct CookieURL {
    /// In small letters, without a port.
    let host: [UInt8]
    /// Without the query.
    let path: [UInt8]
    private let isTLS: Bool

    init(_ request: HTTPRequest) {
        self.init(scheme: request.scheme ?? "", authority: request.authority ?? "", path: request.path ?? "")
    }

    /// - Parameters:
    ///   - uri: a whole URL, or a path at `origin`
    ///   - origin: a scheme and an authority, such as `https://shop.test`
    init(_ uri: String, at origin: String) {
        func parts(_ url: some StringProtocol) -> (scheme: String, rest: String)? {
            let scheme = url.prefix { $0 != ":" && $0 != "/" && $0 != "?" }
            guard url[scheme.endIndex...].hasPrefix("://") else { return nil }
            return (String(scheme), String(url[scheme.endIndex...].dropFirst(3)))
        }
        if let (scheme, rest) = parts(uri) {
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            self.init(scheme: scheme, authority: String(authority), path: String(rest.dropFirst(authority.count)))
        } else {
            let (scheme, rest) = parts(origin) ?? ("https", origin)
            self.init(
                scheme: scheme, authority: String(rest.prefix { $0 != "/" }),
                path: uri.hasPrefix("/") ? uri : "/" + uri)
        }
    }

    private init(scheme: String, authority: String, path: String) {
        let authority = Array(authority.utf8).map(lowercased)
        if authority.first == UInt8(ascii: "["), let end = authority.firstIndex(of: UInt8(ascii: "]")) {
            host = Array(authority[...end])
        } else {
            host = Array(authority.prefix { $0 != UInt8(ascii: ":") })
        }
        self.path = Array(path.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        isTLS = ["https", "wss"].contains(scheme.lowercased())
    }

    func isSecure(trustsLoopback: Bool) -> Bool {
        isTLS || (trustsLoopback && isLoopback)
    }

    private var isLoopback: Bool {
        let text = String(decoding: host, as: UTF8.self)
        return text == "localhost" || text.hasSuffix(".localhost") || text == "[::1]"
            || (isIPv4(host) && text.hasPrefix("127."))
    }

    /// RFC 6265bis 5.1.4.
    var defaultPath: [UInt8] {
        let slash = UInt8(ascii: "/")
        guard path.first == slash, let last = path.lastIndex(of: slash), last > 0 else { return [slash] }
        return Array(path[..<last])
    }
}

/// RFC 6265bis 5.1.3; both in small letters.
func domainMatches(_ host: [UInt8], _ domain: [UInt8]) -> Bool {
    if host == domain { return true }
    guard host.count > domain.count, host.suffix(domain.count).elementsEqual(domain),
        host[host.count - domain.count - 1] == UInt8(ascii: ".")
    else { return false }
    return !isIPv4(host) && host.first != UInt8(ascii: "[")
}

/// Whether a request's path is the cookie's or below it (RFC 6265bis 5.1.4); an empty one is that of the root.
func pathMatches(_ requestPath: [UInt8], _ cookiePath: [UInt8]) -> Bool {
    let slash = UInt8(ascii: "/")
    let path = requestPath.first == slash ? requestPath : [slash]
    guard path.starts(with: cookiePath) else { return false }
    return path.count == cookiePath.count || cookiePath.last == slash || path[cookiePath.count] == slash
}

func isIPv4(_ host: [UInt8]) -> Bool {
    let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return parts.count == 4
        && parts.allSatisfy { part in
            (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
        }
}

func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
