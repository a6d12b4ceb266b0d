#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An IPv4 or IPv6 address; IPv4 is kept in its IPv6-mapped form, so that both forms are one address.
public struct NetworkAddress: Sendable, Hashable {
    let block: Block16

    init(_ block: Block16) {
        self.block = block
    }

    /// Makes an IPv4 address.
    ///
    /// - Parameter ipv4: the address in host byte order: 0x7f000001 is 127.0.0.1
    public init(ipv4: UInt32) {
        block = Block16(0, 0xffff_0000_0000 | UInt64(ipv4))
    }

    /// Makes an IPv6 address.
    ///
    /// - Parameter ipv6: the 16 bytes of the address; any other number of bytes gives `nil`
    public init?(ipv6: some Collection<UInt8>) {
        guard let block = Block16(ipv6) else { return nil }
        self.block = block
    }

    /// Reads an address such as `192.0.2.1` or `2001:db8::1`; any other text gives `nil`.
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

    var isIPv4: Bool { block.high == 0 && block.low >> 32 == 0xffff }

    /// Whether the address is this machine's own: `127.0.0.0/8` or `::1`.
    public var isLoopback: Bool {
        block == Block16(0, 1) || (block.high == 0 && block.low >> 24 == 0xffff_7f)
    }
}

extension NetworkAddress: CustomStringConvertible {
    /// The address as it is usually written, such as `192.0.2.1` or `2001:db8::1`.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let (family, bytes) = isIPv4 ? (AF_INET, Array(block.bytes.suffix(4))) : (AF_INET6, Array(block.bytes))
        precondition(inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil, "every address has a text")
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
