import HTTPTypes
import Testing

@testable import Sessions

@Suite("DET-1: a client is known by an address that it can't choose", .timeLimit(.minutes(10)))
struct ClientAddressTests {
    private func address(
        from peer: String?, _ fields: [(name: String, value: String)] = [], by field: ForwardedField = .either,
        trusting proxies: [String] = ["10.0.0.0/8"]
    ) throws -> NetworkAddress? {
        var request = HTTPRequest(method: .get, scheme: "http", authority: "shop.test", path: "/")
        for (name, value) in fields {
            request.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        var configuration = SessionConfiguration()
        configuration.trustedProxies = try proxies.map { try AddressRange($0) }
        configuration.forwardedField = field
        let peer = try peer.map { ClientConnection.Peer.address(try #require(NetworkAddress($0))) } ?? .unknown
        return ClientConnection(peer: peer, isTLS: false).clientAddress(of: request, under: configuration)
    }

    @Test("Without a trusted proxy the peer is the client, whatever the fields say")
    func direct() throws {
        let fields = [("X-Forwarded-For", "198.51.100.1"), ("Forwarded", "for=198.51.100.1")]
        #expect(try address(from: "192.0.2.1", fields) == NetworkAddress("192.0.2.1"))
        #expect(try address(from: nil, fields) == nil)
    }

    @Test(
        "Behind trusted proxies the last address that none of them has is the client's; what stands before is the client's own",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
            ("198.51.100.1,\t192.0.2.7", "192.0.2.7"),
            ("198.51.100.1, 192.0.2.7, 10.1.1.1", "192.0.2.7"), ("192.0.2.7:4711", "192.0.2.7"),
            ("[2001:db8::7]:4711", "2001:db8::7"), ("2001:db8::7", "2001:db8::7"), ("10.2.2.2", "10.2.2.2"),
            ("10.3.3.3, 10.2.2.2", "10.3.3.3"), ("192.0.2.7, nonsense", "10.0.0.1"),
            ("192.0.2.7, unknown, 10.2.2.2", "10.2.2.2"),
            ("", "10.0.0.1"), ("192.0.2.7,", "10.0.0.1"),
            // A character that would take the comma behind it along.
            ("x\u{600}, 192.0.2.7", "192.0.2.7"),
        ])
    func forwardedFor(_ value: String, _ expected: String) throws {
        #expect(try address(from: "10.0.0.1", [("X-Forwarded-For", value)]) == NetworkAddress(expected))
        // Several fields are one list.
        let parts = value.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let fields = parts.map { ("X-Forwarded-For", $0) }
        #expect(try address(from: "10.0.0.1", fields) == NetworkAddress(expected))
    }

    @Test(
        "The `for` of Forwarded is read like it, quoted or not",
        arguments: [
            ("for=192.0.2.7", "192.0.2.7"), ("For=192.0.2.7;Proto=https", "192.0.2.7"),
            ("for=198.51.100.1, for=192.0.2.7;proto=https", "192.0.2.7"),
            ("for=\"[2001:db8::7]:4711\"", "2001:db8::7"), ("FOR=\"192.0.2.7:80\", for=10.1.1.1", "192.0.2.7"),
            ("for=192.0.2.7;for=198.51.100.1", "10.0.0.1"), ("for=_hidden", "10.0.0.1"), ("proto=https", "10.0.0.1"),
            ("for=\"192.0.2.7", "10.0.0.1"),
        ])
    func forwarded(_ value: String, _ expected: String) throws {
        #expect(try address(from: "10.0.0.1", [("Forwarded", value)]) == NetworkAddress(expected))
        // Several fields are one list: a proxy may send its own behind the client's.
        let fields = [("Forwarded", "for=198.51.100.9;proto=https"), ("Forwarded", value)]
        #expect(try address(from: "10.0.0.1", fields) == NetworkAddress(expected))
    }

    @Test("Behind a trusted proxy on a Unix socket the client is the one that it names, and none without a name")
    func unixSocket() throws {
        for (ranges, field, client) in [
            ([.unixSockets], ("X-Forwarded-For", "198.51.100.1, 192.0.2.7"), "192.0.2.7"),
            ([.unixSockets], ("Forwarded", "for=198.51.100.1, for=192.0.2.7"), "192.0.2.7"),
            ([.unixSockets], ("X-Forwarded-Proto", "https"), nil), ([], ("X-Forwarded-For", "192.0.2.7"), nil),
        ] as [([AddressRange], (name: String, value: String), String?)] {
            var request = HTTPRequest(method: .get, scheme: "http", authority: "shop.test", path: "/")
            request.headerFields[try #require(HTTPField.Name(field.name))] = field.value
            var configuration = SessionConfiguration()
            configuration.trustedProxies = ranges
            let connection = ClientConnection(peer: .local, isTLS: false)
            let found = connection.clientAddress(of: request, under: configuration)
            #expect(found == client.flatMap { NetworkAddress($0) })
        }
    }

    @Test("The field that the configuration names counts alone; of two that differ, neither")
    func field() throws {
        let both = [("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=198.51.100.1")]
        let expected: [(ForwardedField, String)] = [
            (.either, "10.0.0.1"), (.xForwardedProto, "192.0.2.7"), (.forwarded, "198.51.100.1"),
        ]
        for (field, client) in expected {
            #expect(try address(from: "10.0.0.1", both, by: field) == NetworkAddress(client))
        }
        let same = [("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.7;proto=https")]
        #expect(try address(from: "10.0.0.1", same) == NetworkAddress("192.0.2.7"))
        for field in both {
            #expect(try address(from: "10.0.0.1", [field]) == NetworkAddress(field.1.replacing("for=", with: "")))
        }
        // One that names no client says nothing against the other.
        #expect(try address(from: "10.0.0.1", [both[0], ("Forwarded", "proto=https")]) == NetworkAddress("192.0.2.7"))
        #expect(try address(from: "10.0.0.1", [both[1]], by: .xForwardedProto) == NetworkAddress("10.0.0.1"))
        #expect(try address(from: "10.0.0.1", [both[0]], by: .forwarded) == NetworkAddress("10.0.0.1"))
    }

    @Test("A client has one address of IPv4 to itself, and a /64 of IPv6")
    func network() throws {
        func network(_ text: String) throws -> NetworkAddress { try #require(NetworkAddress(text)).clientNetwork }
        #expect(try network("192.0.2.7") != network("192.0.2.8"))
        #expect(try network("192.0.2.7") == network("::ffff:192.0.2.7"))
        #expect(try network("2001:db8:0:1::1") == network("2001:db8:0:1:ffff:ffff:ffff:ffff"))
        #expect(try network("2001:db8:0:1::1") != network("2001:db8:0:2::1"))
    }

    @Test(
        "An address prints as it is written",
        arguments: ["192.0.2.7", "2001:db8::7", "::1", "127.0.0.1"])
    func text(_ address: String) throws {
        #expect(try #require(NetworkAddress(address)).description == address)
    }
}
