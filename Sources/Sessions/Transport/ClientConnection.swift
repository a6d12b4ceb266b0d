import HTTPTypes

/// How a request reached this server, as the adapter saw it on the socket: nothing that a client can write.
public struct ClientConnection: Sendable {
    public enum Peer: Sendable, Hashable {
        case address(NetworkAddress)
        /// A Unix socket, or no network at all as in an in-process test.
        case local
    }

    public var peer: Peer
    /// Whether this server itself ended the TLS connection.
    public var isTLS: Bool

    public init(peer: Peer, isTLS: Bool) {
        self.peer = peer
        self.isTLS = isTLS
    }

    /// Whether a token may travel this way: TLS here, TLS at a proxy that is trusted, or never off this machine.
    ///
    /// Only a trusted proxy's fields are read, and of those the last value: what the proxy itself has added.
    func carriesTokens(_ fields: HTTPFields, trusting proxies: [AddressRange], cookiesAreSecure: Bool) -> Bool {
        if isTLS { return true }
        guard case .address(let address) = peer else { return true }
        if cookiesAreSecure, !proxies.isEmpty, proxies.contains(where: { $0.contains(address) }),
            let scheme = Self.forwardedScheme(fields)
        {
            return scheme == "https"
        }
        return address.isLoopback
    }

    static func forwardedScheme(_ fields: HTTPFields) -> String? {
        if let last = fields[.forwardedProtocol]?.split(separator: ",").last {
            return last.trimmingSpaces().lowercased()
        }
        guard let last = fields[.forwarded]?.split(atUnquoted: ",").last else { return nil }
        for pair in last.split(atUnquoted: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].trimmingSpaces().lowercased() == "proto" {
                return parts[1].trimmingSpaces().lowercased().filter { $0 != "\"" }
            }
        }
        return nil
    }
}

extension StringProtocol {
    /// Splits where `separator` stands outside of RFC 9110's quoted strings: what a client wrote may stand in one.
    fileprivate func split(atUnquoted separator: Character) -> [SubSequence] {
        var parts: [SubSequence] = []
        var start = startIndex, isQuoted = false, isEscaped = false
        for index in indices {
            switch self[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"": isQuoted.toggle()
            case separator where !isQuoted:
                parts.append(self[start..<index])
                start = self.index(after: index)
            default: break
            }
        }
        return parts + [self[start...]]
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedProtocol = HTTPField.Name("X-Forwarded-Proto")!
    /// RFC 7239.
    fileprivate static let forwarded = HTTPField.Name("Forwarded")!
}
