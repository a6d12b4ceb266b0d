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
