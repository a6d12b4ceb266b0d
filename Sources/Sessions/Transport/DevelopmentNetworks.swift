import HTTPTypes

/// Where requests over plain HTTP may come from while an application is developed: this machine, and networks by name.
struct DevelopmentNetworks: Sendable, Hashable {
    var ranges: [AddressRange] = []

    /// The addresses that no network hands to strangers, and the Unix sockets.
    ///
    /// In order: RFC 1918, RFC 3927, RFC 4193, RFC 4291 (link-local), and loopback. The addresses of RFC 6598 are not among
    /// them: there the neighbours are other customers of one provider.
    private static let allowed: [AddressRange] = {
        let texts = [
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10", "127.0.0.0/8",
            "::1",
        ]
        return [.unixSockets] + texts.compactMap { try? AddressRange($0) }
    }()

    /// Top names that no public name server answers for, so that no site of a stranger's can point one here.
    ///
    /// In order: RFC 6761, RFC 6762 (multicast DNS), the name that ICANN has set aside for private use, RFC 8375.
    private static let privateSuffixes = [".localhost", ".local", ".internal", ".home.arpa"]

    /// - Throws: ``SessionError/Code/configuration`` with the first network that has public addresses
    func validate() throws(SessionError) {
        for range in ranges where !Self.allowed.contains(where: { range.isWithin($0) }) {
            throw SessionError(
                .configuration,
                "insecureForDevelopment(from:) names \(range), which is no private network: use a block within 10.0.0.0/8, "
                    + "172.16.0.0/12, 192.168.0.0/16, 169.254.0.0/16, fc00::/7 or fe80::/10, or serve TLS")
        }
    }

    /// Whether a request may carry a token over plain HTTP: from here or a named network, for a host here, through no proxy.
    ///
    /// A proxy may serve the world: its fields give it away. The host is looked at because of a site that points its own name
    /// at this server (DNS rebinding), and because a server that is open to the world is asked for by a public name.
    func admit(_ request: HTTPRequest, from peer: ClientConnection.Peer) -> Bool {
        guard peer.isThisMachine || ranges.contains(where: { $0.contains(peer) }) else { return false }
        return !request.headerFields.areForwarded && isHere(request.authority)
    }

    private func isHere(_ authority: String?) -> Bool {
        guard let authority else { return false }
        if authority.first == "[" { return isHere(address: authority.dropFirst().prefix { $0 != "]" }) }
        let host = authority.prefix { $0 != ":" }.lowercased()
        if host == "localhost" || host.hasSuffix(".localhost") || isHere(address: host) { return true }
        return !ranges.isEmpty && Self.isPrivate(host)
    }

    private func isHere(address text: some StringProtocol) -> Bool {
        guard let address = NetworkAddress(String(text)) else { return false }
        return address.isLoopback || ranges.contains { $0.contains(address) }
    }

    /// Whether a host's name can't be a public one: a single label, or one under a private top name.
    private static func isPrivate(_ host: String) -> Bool {
        guard host.utf8.contains(where: { (0x61...0x7a).contains($0) }), host.first != "." else { return false }
        return !host.contains(".") || privateSuffixes.contains { host.hasSuffix($0) }
    }
}

extension [AddressRange] {
    /// The ranges as they were written, for a message.
    var texts: String { map(\.description).joined(separator: ", ") }
}
