import HTTPTypes
import Testing

@testable import Sessions

@Suite("Plain HTTP from networks that the developer names", .timeLimit(.minutes(10)))
struct DevelopmentNetworksTests {
    private static let networks = ["192.168.0.0/16", "fd00:1::/32"]

    private func carries(
        from address: String, host: String? = "192.168.1.5:8080", _ fields: [String: String] = [:],
        networks: [String] = networks, isTLS: Bool = false
    ) throws -> Bool {
        try carries(
            from: .address(try #require(NetworkAddress(address))), host: host, fields, networks: networks, isTLS: isTLS)
    }

    private func carries(
        from peer: ClientConnection.Peer, host: String? = "192.168.1.5:8080", _ fields: [String: String] = [:],
        networks: [String] = networks, isTLS: Bool = false
    ) throws -> Bool {
        var configuration = SessionConfiguration()
        configuration.cookies = .insecureForDevelopment(from: try networks.map { try AddressRange($0) })
        configuration.trustedProxies = [try AddressRange("10.0.0.0/8")]
        var request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
        for (name, value) in fields { request.headerFields[try #require(HTTPField.Name(name))] = value }
        return ClientConnection(peer: peer, isTLS: isTLS).carriesTokens(request, under: .init(configuration))
    }

    @Test(
        "A request comes from this machine or a named network, and from the next address on no more",
        arguments: [
            ("192.168.0.0", true), ("192.168.255.255", true), ("192.167.255.255", false), ("192.169.0.0", false),
            ("::ffff:192.168.3.4", true), ("fd00:1::", true), ("fd00:1:ffff:ffff:ffff:ffff:ffff:ffff", true),
            ("fd00:2::", false), ("fd00:0:ffff:ffff:ffff:ffff:ffff:ffff", false), ("127.0.0.1", true), ("::1", true),
            ("10.1.2.3", false), ("203.0.113.9", false),
        ])
    func peers(_ address: String, _ isAdmitted: Bool) throws {
        #expect(try carries(from: address) == isAdmitted)
        #expect(try carries(from: address, isTLS: true) == isAdmitted)
        #expect(try !carries(from: address, networks: []))
    }

    @Test("A connection without a remote address comes from no network, and a Unix socket is this machine")
    func otherPeers() throws {
        #expect(try !carries(from: .unknown) && carries(from: .local))
    }

    @Test(
        "A request asks for an address of this machine or a named network, or for a name that no public server answers",
        arguments: [
            ("192.168.0.0", true), ("192.168.255.255:8080", true), ("192.167.255.255", false), ("192.169.0.0", false),
            ("[fd00:1::7]:8080", true), ("[fd00:2::7]", false), ("[::ffff:192.168.1.5]", true), ("[::1]:80", true),
            ("127.0.0.1", true), ("localhost:8080", true), ("shop.localhost", true), ("10.0.0.1", false),
            ("203.0.113.9:80", false), ("[2001:db8::1]", false), ("shop.local", true), ("Shop.LOCAL:8080", true),
            ("my.shop.local", true), ("web:8080", true), ("my_shop-1", true), ("host.docker.internal:8080", true),
            ("pi.home.arpa", true), ("shop.example.com", false), ("shop.local.example.com", false),
            ("shoplocal.com", false), ("notlocal.xlocal", false), ("home.arpa.org", false), ("arpa", true),
            ("pi.arpa", false), ("192.168.1.5.nip.io", false), ("shop.test", false), (".local", false),
            ("3232235781", false), ("", false), ("[", false), ("192.168.1.5.", false), ("web.", false),
        ])
    func hosts(_ host: String, _ isAdmitted: Bool) throws {
        #expect(try carries(from: "192.168.7.7", host: host) == isAdmitted)
        #expect(try carries(from: "127.0.0.1", host: host) == isAdmitted)
    }

    @Test("Where no network is named, names of the local network are none of this machine's, as ever")
    func namesOfThisMachine() throws {
        for host in ["shop.local", "web", "host.docker.internal", "192.168.1.5"] {
            #expect(try !carries(from: "127.0.0.1", host: host, networks: []), "\(host)")
        }
        #expect(try carries(from: "127.0.0.1", host: "localhost", networks: []))
        #expect(try !carries(from: "192.168.7.7", host: nil))
    }

    @Test("What a proxy has forwarded is used by no session, whatever the proxy says and wherever it is")
    func forwarded() throws {
        for name in [
            "X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP",
            "X-Original-Host",
        ] {
            for peer in ["192.168.7.7", "127.0.0.1", "10.1.2.3"] {
                #expect(try !carries(from: peer, [name: "https"]), "\(name) \(peer)")
            }
        }
    }

    @Test(
        "Networks with public addresses are refused when the manager is made, and private ones are not",
        arguments: [
            ("10.0.0.0/8", true), ("10.0.0.0/7", false), ("172.16.0.0/12", true), ("172.31.255.255", true),
            ("172.15.255.255", false), ("172.32.0.0", false), ("172.16.0.0/11", false), ("192.168.0.0/16", true),
            ("192.168.0.0/15", false), ("192.169.0.0/24", false), ("169.254.0.0/16", true), ("169.255.0.0/16", false),
            ("fc00::/7", true), ("fc00::/6", false), ("fe80::/10", true), ("fe80::/9", false), ("fec0::/10", false),
            ("127.0.0.0/8", true), ("::1", true), ("::/127", false), ("::ffff:10.0.0.0/104", true),
            ("::ffff:10.0.0.0/103", false), ("0.0.0.0/0", false), ("::/0", false), ("203.0.113.9", false),
            ("2001:db8::/32", false), ("100.64.0.0/10", false), ("198.18.0.0/15", false),
        ])
    func networks(_ text: String, _ isAccepted: Bool) throws {
        var configuration = SessionConfiguration()
        for names in [[text], ["10.0.0.0/8", text]] {
            configuration.cookies = .insecureForDevelopment(from: try names.map { try AddressRange($0) })
            do throws(SessionError) {
                _ = try SessionManager(store: MemorySessionStore(), configuration: configuration)
                #expect(isAccepted, "\(text) was accepted")
            } catch {
                #expect(
                    !isAccepted && error.code == .configuration && error.message.contains("names \(text),"), "\(error)")
            }
        }
    }

    @Test(
        "Each manager that is made warns that plain HTTP is on, and from where; the refusal of a request names the place"
    )
    func warning() throws {
        var configuration = SessionConfiguration()
        configuration.cookies = .insecureForDevelopment(from: try Self.networks.map { try AddressRange($0) })
        for _ in 0..<2 {
            let log = Log()
            _ = try SessionManager(store: MemorySessionStore(), configuration: configuration, logger: log.logger)
            #expect(log.lines.count == 1 && log.lines.first?.hasPrefix("warning insecureForDevelopment is on") == true)
            #expect(log.lines.first?.contains("from 192.168.0.0/16, fd00:1::/32") == true)
        }
        let remote = ClientConnection(peer: .address(try #require(NetworkAddress("10.1.2.3"))), isTLS: false)
        #expect(remote.refusal(under: .init(configuration)).contains("from 192.168.0.0/16, fd00:1::/32 only"))
        // Named anew, they are still on.
        configuration.cookies.visitorName = "v"
        #expect(configuration.warnings.count == 1 && configuration.warnings[0].contains("192.168.0.0/16"))
        // With Secure, no network matters.
        configuration.cookies.scope.isSecure = true
        #expect(configuration.warnings.isEmpty)
    }

    @Test("A phone's session works over plain HTTP: its cookie has no Secure, and signing in and out work")
    func phone() async throws {
        let manager = try SessionManager(
            store: MemorySessionStore(),
            configuration: {
                var configuration = SessionConfiguration()
                configuration.cookies = .insecureForDevelopment(from: [try AddressRange("192.168.0.0/16")])
                return configuration
            }())
        var jar: [String: String] = [:]
        func visit(_ body: (Session) async throws -> Void) async throws -> [String] {
            var request = HTTPRequest(method: .get, scheme: "http", authority: "shop.local:8080", path: "/")
            if !jar.isEmpty { request.headerFields[.cookie] = jar.map { "\($0)=\($1)" }.joined(separator: "; ") }
            let peer = ClientConnection.Peer.address(try #require(NetworkAddress("192.168.7.7")))
            let handle = manager.begin(request, over: .init(peer: peer, isTLS: false))
            try await body(try await handle.session())
            var fields = HTTPFields()
            await handle.finish(status: .ok).apply(to: &fields)
            for cookie in fields[values: .setCookie] {
                let pair = cookie.prefix { $0 != ";" }.split(separator: "=", omittingEmptySubsequences: false)
                jar[String(pair[0])] = cookie.contains("Max-Age=0") ? nil : String(pair[1])
            }
            return fields[values: .setCookie]
        }
        let first = try await visit { try $0.set(.a, to: 1) }
        #expect(first.count == 1 && first.allSatisfy { $0.hasPrefix("visitor=") && !$0.contains("Secure") })
        _ = try await visit { try await $0.signIn(try Principal("ada")) }
        var name: String?, kept: Int?
        _ = try await visit { (name, kept) = ($0.principal?.name, try $0.value(.a)) }
        #expect(name == "ada" && kept == 1)
        _ = try await visit { try await $0.end() }
        #expect(jar.isEmpty)
    }
}
