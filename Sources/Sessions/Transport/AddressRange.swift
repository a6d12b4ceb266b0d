/// A block of addresses, such as `10.0.0.0/8`, `2001:db8::/32` or one address; or the Unix sockets of this machine.
public struct AddressRange: Sendable, Hashable, CustomStringConvertible {
    private enum Kind: Sendable, Hashable {
        /// The prefix is of the IPv6 form: 96 more than an IPv4 prefix.
        case block(NetworkAddress, prefix: Int)
        case unixSockets
    }

    private let kind: Kind
    /// The text that the range was read from.
    public let description: String

    /// The peers that come over a Unix socket.
    public static let unixSockets = AddressRange(kind: .unixSockets, description: "Unix sockets")

    private init(kind: Kind, description: String) {
        self.kind = kind
        self.description = description
    }

    /// Reads an address or a block of addresses.
    ///
    /// - Throws: ``SessionError/Code/configuration`` when `text` is no address and no CIDR block
    public init(_ text: String) throws(SessionError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = NetworkAddress(String(parts[0])) else {
            throw SessionError(.configuration, "\"\(text)\" is not an IP address or a block such as 10.0.0.0/8")
        }
        let isIPv4 = !parts[0].contains(":")
        let width = isIPv4 ? 32 : 128
        // `Int` would read a sign as well.
        let digits = parts.last.map { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } } == true
        guard let prefix = parts.count == 1 ? width : digits ? Int(parts[1]) : nil, (0...width).contains(prefix) else {
            throw SessionError(.configuration, "\"\(text)\": the prefix length must be 0 to \(width)")
        }
        let bits = prefix + (isIPv4 ? 96 : 0)
        self.init(kind: .block(Self.first(of: address, bits), prefix: bits), description: text)
    }

    /// The first address of a block: what stands behind the prefix makes no other block.
    private static func first(of address: NetworkAddress, _ prefix: Int) -> NetworkAddress {
        let (high, low) = mask(prefix)
        return NetworkAddress(Block16(address.block.high & high, address.block.low & low))
    }

    private static func mask(_ prefix: Int) -> (high: UInt64, low: UInt64) {
        (UInt64.max << UInt64(64 - min(prefix, 64)), prefix <= 64 ? 0 : UInt64.max << UInt64(128 - prefix))
    }

    /// Whether both cover the same addresses, whatever their texts.
    public static func == (left: Self, right: Self) -> Bool { left.kind == right.kind }

    /// Hashes the addresses, not the text.
    public func hash(into hasher: inout Hasher) { hasher.combine(kind) }

    func contains(_ peer: ClientConnection.Peer) -> Bool {
        switch peer {
        case .address(let address): contains(address)
        case .local: kind == .unixSockets
        case .unknown: false
        }
    }

    /// Whether every address of this range is one of another range too.
    func isWithin(_ other: Self) -> Bool {
        switch (kind, other.kind) {
        case (.block(let address, let prefix), .block(_, let width)): prefix >= width && other.contains(address)
        case (.unixSockets, .unixSockets): true
        default: false
        }
    }

    /// Whether the block is larger than any network of one operator's: an IPv4 /8, an IPv6 /7.
    var isWiderThanANetwork: Bool {
        guard case .block(let address, let prefix) = kind else { return false }
        return prefix < 7 || (prefix < 104 && (address.isIPv4 || contains(NetworkAddress(ipv4: 0))))
    }

    func contains(_ other: NetworkAddress) -> Bool {
        guard case .block(let address, let prefix) = kind else { return false }
        let (high, low) = Self.mask(prefix)
        return (address.block.high ^ other.block.high) & high == 0 && (address.block.low ^ other.block.low) & low == 0
    }
}
