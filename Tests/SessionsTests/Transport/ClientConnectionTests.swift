import HTTPTypes
import Testing

@testable import Sessions

@Suite("A-12.2.1: a token travels over TLS, or never off this machine", .timeLimit(.minutes(10)))
struct ClientConnectionTests {
    private func carries(
        from address: String, _ fields: [(name: String, value: String)] = [], trusting proxies: [String] = [],
        cookiesAreSecure: Bool = true
    ) throws -> Bool {
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress(address)))
        return try carries(
            .init(peer: peer, isTLS: false), fields, trusting: proxies, cookiesAreSecure: cookiesAreSecure)
    }

    private func carries(
        _ connection: ClientConnection, _ fields: [(name: String, value: String)] = [], trusting proxies: [String] = [],
        cookiesAreSecure: Bool = true
    ) throws -> Bool {
        var configuration = SessionConfiguration()
        configuration.trustedProxies = try proxies.map { try AddressRange($0) }
        if !cookiesAreSecure { configuration.cookies = .insecureForDevelopment }
        return connection.carriesTokens(try request(fields), under: .init(configuration))
    }

    private func request(_ fields: [(name: String, value: String)]) throws -> HTTPRequest {
        var request = HTTPRequest(method: .get, scheme: "http", authority: "localhost:8080", path: "/")
        for (name, value) in fields {
            request.headerFields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value))
        }
        return request
    }

    @Test(
        "TLS at this server, and a Unix socket, carry tokens, unless a field says that the client came over plain HTTP")
    func direct() throws {
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress("192.0.2.1")))
        let expected = [
            (ClientConnection(peer: peer, isTLS: true), true), (ClientConnection(peer: .local, isTLS: false), true),
            (ClientConnection(peer: peer, isTLS: false), false),
            (ClientConnection(peer: .unknown, isTLS: false), false),
            (ClientConnection(peer: .unknown, isTLS: true), true),
        ]
        for (connection, isCarried) in expected {
            #expect(try carries(connection) == isCarried)
            #expect(try carries(connection, [("X-Forwarded-Proto", "https")]) == isCarried)
            for insecure in ["http", "ws", "HTTP", "gopher"] {
                #expect(try !carries(connection, [("X-Forwarded-Proto", insecure)]))
                #expect(try !carries(connection, [("Forwarded", "proto=\(insecure)")]))
            }
        }
    }

    @Test(
        "Without a trusted proxy, plain HTTP carries tokens only from a loopback address",
        arguments: [
            ("127.0.0.1", true), ("127.0.0.0", true), ("127.255.255.255", true), ("126.255.255.255", false),
            ("128.0.0.0", false), ("::1", true), ("::", false), ("::2", false), ("::ffff:127.0.0.1", true),
            ("::ffff:128.0.0.1", false), ("::127.0.0.1", false), ("1::1", false), ("192.0.2.1", false),
            ("10.0.0.1", false),
        ])
    func loopback(_ address: String, isCarried: Bool) throws {
        #expect(try carries(from: address) == isCarried)
        // What a client writes changes nothing.
        let forged = [("X-Forwarded-Proto", "https"), ("Forwarded", "proto=https")]
        #expect(try carries(from: address, forged) == isCarried)
        #expect(try carries(from: address, forged, trusting: ["203.0.113.7"]) == isCarried)
    }

    @Test(
        "Of a trusted proxy's X-Forwarded-Proto the last value counts",
        arguments: [
            (["https"], true), (["HTTPS"], true), ([" https\t"], true), (["http"], false), (["https, http"], false),
            (["http, https"], true), (["https", "http"], false), (["http", "https"], true), (["httpsx"], false),
            (["wss"], true), (["ws"], false), ([], false), (["http,\thttps"], true),
        ])
    func forwardedProto(_ values: [String], isCarried: Bool) throws {
        let fields = values.map { ("X-Forwarded-Proto", $0) }
        #expect(try carries(from: "10.1.2.3", fields, trusting: ["10.0.0.0/8"]) == isCarried)
    }

    @Test(
        "Of a trusted proxy's Forwarded the last element's proto counts, and none that stands in a client's quotes",
        arguments: [
            ("proto=https", true), ("for=192.0.2.1;proto=https", true), ("for=192.0.2.1; Proto=\"HTTPS\" ", true),
            ("proto=http", false), ("for=192.0.2.1", false), ("proto", false), ("", false),
            ("proto=https, proto=http", false), ("proto=http, for=a;proto=https", true),
            ("proto=https, for=192.0.2.1", false),
            // The proxy keeps what the client called itself, in quotes.
            ("for=\"_a,b\";proto=https", true), ("for=\"_a;proto=https;b\";proto=http", false),
            ("for=\"_a, proto=https\"", false), ("for=\"_a, proto=https;b\";proto=http", false),
            ("for=\"_a\\\";proto=https;b\";proto=http", false), ("for=\"_a\\\", proto=https", false),
            ("for=\"_a\\\\\";proto=https", true), ("for=\\\"_a;proto=https", false),
            // What the client has left open, or made one character with a separator, hides nothing of the proxy's.
            ("proto=https;x=\", for=192.0.2.1;proto=http", false), ("proto=https;x=\u{600}, proto=http;for=a", false),
            ("for=\"\u{301}, proto=https;x=\";proto=http", false),
        ])
    func forwarded(_ value: String, isCarried: Bool) throws {
        #expect(try carries(from: "10.1.2.3", [("Forwarded", value)], trusting: ["10.0.0.0/8"]) == isCarried)
    }

    @Test(
        "Of several fields of Forwarded the last one counts: a proxy may send its own behind the client's",
        arguments: [
            (["proto=https", "for=192.0.2.1;proto=http"], false), (["proto=http", "for=192.0.2.1;proto=https"], true),
            (["proto=https", "for=192.0.2.1"], false), (["proto=http", "proto=http", "proto=https"], true),
        ])
    func forwardedFields(_ values: [String], isCarried: Bool) throws {
        let fields = values.map { ("Forwarded", $0) }
        #expect(try carries(from: "10.1.2.3", fields, trusting: ["10.0.0.0/8"]) == isCarried)
    }

    @Test(
        "A client is told from others where no proxy came between, or where a trusted one names it",
        arguments: [
            ("10.1.2.3", [], true), ("10.1.2.3", ["X-Forwarded-Proto: https"], false),
            ("10.1.2.3", ["X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.7"], true),
            ("10.1.2.3", ["Forwarded: proto=https"], false),
            ("10.1.2.3", ["Forwarded: for=192.0.2.7;proto=https"], true), ("127.0.0.1", [], true),
            ("127.0.0.1", ["X-Forwarded-For: 192.0.2.7"], false), ("192.0.2.1", ["X-Forwarded-Proto: https"], true),
        ] as [(String, [String], Bool)])
    func namedClient(_ address: String, _ lines: [String], isNamed: Bool) throws {
        let fields = lines.map { line in
            let parts = line.split(separator: ": ", maxSplits: 1).map { String($0) }
            return (name: parts[0], value: parts[1])
        }
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [try AddressRange("10.0.0.0/8")]
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress(address)))
        let connection = ClientConnection(peer: peer, isTLS: false)
        #expect(connection.namesClient(of: try request(fields), under: .init(configuration)) == isNamed)
    }

    @Test("Where both fields came, a difference counts as plain HTTP")
    func both() throws {
        for (proto, other, isCarried) in [
            ("https", "http", false), ("http", "https", false), ("https", "https", true), ("wss", "https", true),
        ] {
            let fields = [("X-Forwarded-Proto", proto), ("Forwarded", "proto=\(other)")]
            #expect(try carries(from: "10.1.2.3", fields, trusting: ["10.0.0.0/8"]) == isCarried)
        }
    }

    @Test("A proxy is trusted by its range, IPv4 or IPv6, and has to say how its client came, on loopback too")
    func proxies() throws {
        let https = [("X-Forwarded-Proto", "https")], http = [("X-Forwarded-Proto", "http")]
        let proxies = ["10.0.0.0/8", "2001:db8::/32", "127.0.0.1"]
        for (address, isTrusted) in [
            ("10.0.0.0", true), ("10.255.255.255", true), ("9.255.255.255", false), ("11.0.0.0", false),
            ("::ffff:10.9.9.9", true), ("2001:db8::1", true), ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true),
            ("2001:db9::", false), ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", false),
        ] {
            #expect(try carries(from: address, https, trusting: proxies) == isTrusted, "\(address)")
            #expect(try !carries(from: address, http, trusting: proxies), "\(address)")
            #expect(try !carries(from: address, trusting: proxies), "\(address)")
        }
        #expect(try !carries(from: "127.0.0.1", http, trusting: proxies))
        #expect(try carries(from: "127.0.0.1", https, trusting: proxies))
        #expect(try !carries(from: "127.0.0.1", trusting: proxies))
    }

    @Test("Cookies without Secure stay on this machine, whatever a trusted proxy says")
    func insecureCookies() throws {
        let https = [("X-Forwarded-Proto", "https")], http = [("X-Forwarded-Proto", "http")]
        for fields in [https, http, []] {
            #expect(
                try !carries(from: "10.1.2.3", fields, trusting: ["10.0.0.0/8"], cookiesAreSecure: false))
            #expect(
                try carries(from: "127.0.0.1", fields, trusting: ["127.0.0.1"], cookiesAreSecure: false)
                    == fields.isEmpty)
        }
    }
}
