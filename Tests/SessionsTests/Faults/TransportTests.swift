import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("What counts as TLS", .timeLimit(.minutes(10)))
struct TransportTests {
    private static let remote = ClientConnection.Peer.address(NetworkAddress("192.0.2.1")!)
    private static let proxy = ClientConnection.Peer.address(NetworkAddress("10.1.2.3")!)
    private static let loopback = ClientConnection.Peer.address(NetworkAddress("127.0.0.1")!)
    private static let loopback6 = ClientConnection.Peer.address(NetworkAddress("::1")!)

    private func carries(
        _ fields: [String: String] = [:], from peer: ClientConnection.Peer, isTLS: Bool = false,
        host: String? = "shop.test", _ change: (inout SessionConfiguration) -> Void = { _ in }
    ) throws -> Bool {
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [try AddressRange("10.0.0.0/8")]
        change(&configuration)
        var request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
        for (name, value) in fields { request.headerFields[try #require(HTTPField.Name(name))] = value }
        return ClientConnection(peer: peer, isTLS: isTLS).carriesTokens(request, under: .init(configuration))
    }

    @Test(
        "wss is https and ws is http; any other scheme is plain HTTP",
        arguments: [
            ("https", true), ("wss", true), ("HTTPS", true), ("WsS", true), (" wss ", true), ("http, wss", true),
            ("http", false), ("ws", false), ("wss, ws", false), ("https, http", false), ("", false), ("on", false),
            ("tls", false), ("https:", false), ("httpss", false), ("h2", false), ("\"https\"", false),
        ])
    func schemes(_ scheme: String, _ isSecure: Bool) throws {
        #expect(try carries(["X-Forwarded-Proto": scheme], from: Self.proxy) == isSecure)
        guard !scheme.contains(","), !scheme.contains("\"") else { return }
        #expect(try carries(["Forwarded": "for=192.0.2.1;proto=\(scheme)"], from: Self.proxy) == isSecure)
        #expect(try carries(["Forwarded": "proto=http, For=_x;Proto=\"\(scheme)\""], from: Self.proxy) == isSecure)
    }

    @Test(
        "Plain HTTP is believed from everybody, also from this machine and over TLS",
        arguments: [remote, proxy, loopback, loopback6, .local, .unknown])
    func plainIsBelieved(_ peer: ClientConnection.Peer) throws {
        for fields in [["X-Forwarded-Proto": "http"], ["Forwarded": "proto=http"], ["X-Forwarded-Proto": "ws"]] {
            for isTLS in [true, false] {
                #expect(try !carries(fields, from: peer, isTLS: isTLS))
            }
        }
        #expect(try carries(from: peer, isTLS: true))
    }

    @Test("TLS is believed from trusted proxies alone; a peer on this machine needs no word, an unknown one has none")
    func tlsIsBelievedFromProxies() throws {
        let https = ["X-Forwarded-Proto": "https"]
        #expect(try carries(https, from: Self.proxy) && !carries(from: Self.proxy))
        #expect(try !carries(https, from: Self.remote) && !carries(from: Self.remote))
        #expect(try !carries(https, from: .unknown) && !carries(from: .unknown))
        for peer in [Self.loopback, Self.loopback6, .local] {
            #expect(try carries(https, from: peer) && carries(from: peer))
        }
    }

    @Test("A proxy that is named must say TLS, also on this machine and over a Unix socket")
    func namedHere() throws {
        let https = ["X-Forwarded-Proto": "https"]
        func carries(_ fields: [String: String], from peer: ClientConnection.Peer) throws -> Bool {
            try self.carries(fields, from: peer) { $0.trustedProxies = [.unixSockets, try! AddressRange("127.0.0.1")] }
        }
        for peer in [Self.loopback, .local] {
            #expect(try carries(https, from: peer) && !carries([:], from: peer))
        }
        #expect(try carries([:], from: Self.loopback6))
        #expect(try !carries(https, from: .unknown))
    }

    @Test("Of two fields that differ one is the client's: plain HTTP, whichever counts")
    func difference() throws {
        for field in [ForwardedField.either, .xForwardedProto, .forwarded] {
            func carries(_ proto: String?, _ forwarded: String?) throws -> Bool {
                var fields: [String: String] = [:]
                fields["X-Forwarded-Proto"] = proto
                fields["Forwarded"] = forwarded
                return try self.carries(fields, from: Self.proxy) { $0.forwardedField = field }
            }
            #expect(try carries("https", "proto=https"))
            #expect(try !carries("https", "proto=http") && !carries("http", "proto=https"))
            #expect(try !carries("https", "proto=https;proto=http") && !carries("https", "proto=http;proto=https"))
            #expect(try carries("https", nil) == (field != .forwarded))
            #expect(try carries("https", "for=192.0.2.1") == (field != .forwarded))
            #expect(try carries(nil, "proto=wss") == (field != .xForwardedProto))
            #expect(try !carries(nil, nil))
        }
    }

    @Test("Cookies without Secure work for a loopback host over a loopback connection, and through no proxy")
    func insecureForDevelopment() throws {
        func carries(
            _ fields: [String: String] = [:], from peer: ClientConnection.Peer = Self.loopback, isTLS: Bool = false,
            host: String? = "localhost:8080"
        ) throws -> Bool {
            try self.carries(fields, from: peer, isTLS: isTLS, host: host) { $0.cookies = .insecureForDevelopment }
        }
        for host in [
            "localhost", "LOCALHOST:80", "shop.localhost", "127.0.0.1:8080", "127.9.9.9", "[::1]", "[::1]:8080",
        ] {
            #expect(try carries(host: host), "\(host)")
        }
        for host in [
            nil, "", "shop.test", "localhost.shop.test", "notlocalhost", "10.1.2.3", "[2001:db8::1]:80",
            "127.0.0.1.shop.test",
        ] {
            #expect(try !carries(host: host), "\(host ?? "-")")
        }
        for name in [
            "X-Forwarded-Proto", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP",
            "X-Original-Host",
        ] {
            #expect(try !carries([name: "https"]), "\(name)")
        }
        #expect(try carries(from: .local) && carries(from: Self.loopback6))
        for peer in [Self.remote, Self.proxy, .unknown] {
            #expect(try !carries(from: peer) && !carries(from: peer, isTLS: true))
        }
    }

    @Test(
        "Trusted proxies that could be any client are refused",
        arguments: [
            ("0.0.0.0/0", false), ("::/0", false), ("0.0.0.0/1", false), ("128.0.0.0/1", false), ("10.0.0.0/7", false),
            ("10.0.0.0/8", true), ("::ffff:0:0/96", false), ("::ffff:10.0.0.0/103", false),
            ("::ffff:10.0.0.0/104", true),
            ("::/8", false), ("fc00::/7", true), ("fc00::/6", false), ("2000::/3", false), ("192.0.2.1", true),
            ("::1", true),
        ])
    func wideRanges(_ text: String, _ isAccepted: Bool) throws {
        try expectAccepted(isAccepted, naming: text) { $0.trustedProxies = [try! AddressRange(text)] }
    }

    @Test("A touch interval longer than an idle timeout is refused, and a shorter sign-in's is cut to its own")
    func longTouchInterval() async throws {
        for (touch, isAccepted) in [(Duration.seconds(60), true), (.milliseconds(60_001), false)] {
            try expectAccepted(isAccepted, naming: "touchInterval") {
                $0.timeouts.idle = .seconds(60)
                $0.touchInterval = touch
            }
            try expectAccepted(isAccepted, naming: "touchInterval") {
                $0.rememberedTimeouts.idle = .seconds(60)
                $0.touchInterval = touch
            }
        }
        let bench = try Bench { $0.touchInterval = .seconds(60) }
        let visitor = bench.visitor
        try await visitor.visit {
            try await $0.signIn(try Principal("ada"), timeouts: .init(idle: .seconds(10), absolute: .seconds(100)))
        }
        bench.clock.advance(by: .milliseconds(19_999))
        let request = visitor.send()
        #expect(try await request.session().info?.idleDeadline == bench.clock.now + .seconds(20))
    }

    @Test("What works and is seldom meant is logged when the manager is made, and the defaults are silent")
    func warnings() throws {
        #expect(SessionConfiguration().warnings == [])
        for (change, word) in [
            ({ $0.cookies.scope.sameSite = .none }, "SameSite=None"),
            ({ $0.cookies = .init(visitorName: "v", signedInName: "i", scope: .init(isSecure: false)) }, "no Secure"),
        ] as [((inout SessionConfiguration) -> Void, String)] {
            var configuration = SessionConfiguration()
            change(&configuration)
            #expect(configuration.warnings.count == 1 && configuration.warnings.allSatisfy { $0.contains(word) })
            let log = Log()
            _ = try SessionManager(store: MemorySessionStore(), configuration: configuration, logger: log.logger)
            #expect(log.lines == configuration.warnings.map { "warning \($0)" })
        }
        var development = SessionConfiguration()
        development.cookies = .insecureForDevelopment
        #expect(development.warnings == [])
    }

    private func expectAccepted(
        _ isAccepted: Bool, naming text: String, _ change: (inout SessionConfiguration) -> Void
    ) throws {
        var configuration = SessionConfiguration()
        change(&configuration)
        do {
            _ = try SessionPolicy(configuration)
            #expect(isAccepted, "\(text) was accepted")
        } catch {
            #expect(!isAccepted && error.code == .configuration && error.message.contains(text), "\(error)")
        }
    }
}
