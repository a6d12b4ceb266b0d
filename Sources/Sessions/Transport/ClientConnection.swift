import HTTPTypes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
        if let last = fields[.init("X-Forwarded-Proto")!]?.split(separator: ",").last {
            return last.trimmingSpaces().lowercased()
        }
        guard let last = fields[.init("Forwarded")!]?.split(atUnquoted: ",").last else { return nil }
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

/// An IPv4 or IPv6 address; IPv4 is kept in its IPv6-mapped form.
public struct NetworkAddress: Sendable, Hashable {
    let block: Block16

    /// - Parameter ipv4: the address in host byte order: 0x7f000001 is 127.0.0.1
    public init(ipv4: UInt32) {
        block = Block16(0, 0xffff_0000_0000 | UInt64(ipv4))
    }

    /// - Parameter ipv6: the 16 bytes of the address
    public init?(ipv6: some Collection<UInt8>) {
        guard let block = Block16(ipv6) else { return nil }
        self.block = block
    }

    /// Reads `192.0.2.1` or `2001:db8::1`.
    public init?(_ text: String) {
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(ipv4: UInt32(bigEndian: four.s_addr))
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(ipv6: withUnsafeBytes(of: &six) { Array($0) })
        } else {
            return nil
        }
    }

    public var isLoopback: Bool {
        block == Block16(0, 1) || (block.high == 0 && block.low >> 24 == 0xffff_7f)
    }
}

/// A block of addresses, such as `10.0.0.0/8`, `2001:db8::/32` or one address.
public struct AddressRange: Sendable, Hashable {
    let address: NetworkAddress
    /// Of the IPv6 form: 96 more than an IPv4 prefix.
    let prefix: Int

    /// - Throws: ``SessionError/Code/configuration`` when `text` is no address and no CIDR block
    public init(_ text: String) throws(SessionError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = NetworkAddress(String(parts[0])) else {
            throw SessionError(.configuration, "\"\(text)\" is not an IP address or a block such as 10.0.0.0/8")
        }
        let isIPv4 = !parts[0].contains(":")
        let width = isIPv4 ? 32 : 128
        guard let prefix = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(prefix) else {
            throw SessionError(.configuration, "\"\(text)\": the prefix length must be 0 to \(width)")
        }
        self.address = address
        self.prefix = prefix + (isIPv4 ? 96 : 0)
    }

    func contains(_ other: NetworkAddress) -> Bool {
        let high = UInt64.max << UInt64(64 - min(prefix, 64)),
            low = prefix <= 64 ? 0 : UInt64.max << UInt64(128 - prefix)
        return (address.block.high ^ other.block.high) & high == 0 && (address.block.low ^ other.block.low) & low == 0
    }
}
