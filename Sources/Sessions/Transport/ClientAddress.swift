public import HTTPTypes

extension ClientConnection {
    /// The address of the client that a request comes from, behind the proxies that are trusted.
    ///
    /// What a client writes counts for nothing: the fields are read from the end, as far as trusted proxies have written
    /// them. `X-Forwarded-For` or the `for` of `Forwarded` is read, as ``SessionConfiguration/forwardedField`` says; with
    /// ``ForwardedField/either`` the one that came, and neither where both came and differ.
    /// - Returns: the nearest address that is known, so a proxy's own where it has written none; `nil` on a Unix socket or
    ///   an unknown connection, where no proxy has written an address
    public func clientAddress(of request: HTTPRequest, under configuration: SessionConfiguration) -> NetworkAddress? {
        clientAddress(of: request, under: ConnectionTrust(configuration))
    }

    func clientAddress(of request: HTTPRequest, under trust: ConnectionTrust) -> NetworkAddress? {
        var address: NetworkAddress?
        if case .address(let own) = peer { address = own }
        guard trust.believes(peer) else { return address }
        /// From what can't be read on nothing can be believed: the nearest that is known counts.
        func client(_ hops: [NetworkAddress?]) -> NetworkAddress? {
            var nearest = address
            for hop in hops.reversed() {
                guard let hop else { break }
                nearest = hop
                guard trust.believes(.address(hop)) else { break }
            }
            return nearest
        }
        let (plain, standard) = (request.headerFields.xForwardedForHops, request.headerFields.forwardedHops)
        switch trust.field {
        case .xForwardedProto: return client(plain)
        case .forwarded: return client(standard)
        case .either:
            guard !plain.isEmpty, !standard.isEmpty else { return client(plain + standard) }
            let clients = (client(plain), client(standard))
            // A proxy has written the one, and its client the other.
            return clients.0 == clients.1 ? clients.0 : address
        }
    }
}

extension NetworkAddress {
    /// The network that one client can have to itself: the address of IPv4, the /64 of IPv6.
    public var clientNetwork: NetworkAddress {
        isIPv4 ? self : NetworkAddress(ipv6: block.bytes.prefix(8) + Array(repeating: 0, count: 8))!
    }
}

extension HTTPFields {
    /// Whether anything here names the addresses that a request came by.
    var nameAddresses: Bool { !xForwardedForHops.isEmpty || !forwardedHops.isEmpty }

    /// The addresses that proxies have written into `X-Forwarded-For`, the client's first; `nil` for what is none.
    fileprivate var xForwardedForHops: [NetworkAddress?] {
        values(of: .xForwardedFor).flatMap { value in
            // By bytes, since a client's combining character would make one character of itself and the comma behind it.
            value.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { NetworkAddress(hop: String(Substring($0).trimmingSpaces())) }
        }
    }

    /// The same of `Forwarded`; empty where none of its elements has a `for`.
    fileprivate var forwardedHops: [NetworkAddress?] {
        let values = values(of: .forwarded)
        guard values.contains(where: { $0.lowercased().contains("for=") }) else { return [] }
        return values.flatMap { value -> [NetworkAddress?] in
            // A quote that stays open may have swallowed what a proxy has added.
            guard let elements = value.utf8.split(atUnquoted: UInt8(ascii: ",")) else { return [nil] }
            return elements.map { NetworkAddress(forwarded: $0) }
        }
    }

    private func values(of name: HTTPField.Name) -> [String] {
        compactMap { $0.name == name ? $0.value : nil }
    }
}

extension NetworkAddress {
    /// Reads `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
    fileprivate init?(hop text: String) {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { return nil }
            self.init(String(text[text.index(after: text.startIndex)..<end]))
        } else if text.count(where: { $0 == ":" }) == 1 {
            self.init(String(text.prefix { $0 != ":" }))
        } else {
            self.init(text)
        }
    }

    /// Reads the `for` of an element such as `for="[2001:db8::1]:4711";proto=https`.
    fileprivate init?(forwarded element: Substring.UTF8View) {
        guard let pairs = element.split(atUnquoted: UInt8(ascii: ";")) else { return nil }
        var values: [String] = []
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                .map { String(String(decoding: $0, as: UTF8.self).trimmingSpaces()) }
            if parts.count == 2, parts[0].lowercased() == "for" { values.append(parts[1].filter { $0 != "\"" }) }
        }
        guard values.count == 1 else { return nil }
        self.init(hop: values[0])
    }
}

extension HTTPField.Name {
    fileprivate static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    /// RFC 7239.
    fileprivate static let forwarded = HTTPField.Name("Forwarded")!
}
