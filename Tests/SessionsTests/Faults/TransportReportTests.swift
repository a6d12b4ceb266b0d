import HTTPTypes
import Logging
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("A TLS proxy that isn't trusted is seen by the operator", .timeLimit(.minutes(10)))
struct TransportReportTests {
    private struct Shop {
        let clock = ManualClock()
        let events = EventLog()
        let log = Log(withMetadata: true)
        let manager: SessionManager

        init() throws {
            var configuration = SessionConfiguration()
            configuration.trustedProxies = [try AddressRange("10.0.0.0/8")]
            manager = try SessionManager(
                store: MemorySessionStore(), configuration: configuration, clock: clock, observers: [events],
                logger: log.logger)
        }

        func begin(_ fields: HTTPFields = [:], from address: String = "192.0.2.7") throws -> SessionHandle {
            var request = HTTPRequest(method: .post, scheme: "http", authority: "shop.test", path: "/")
            request.headerFields = fields
            let peer = ClientConnection.Peer.address(try #require(NetworkAddress(address)))
            return manager.begin(request, over: .init(peer: peer, isTLS: false))
        }
    }

    private static let proto = HTTPField.Name("X-Forwarded-Proto")!
    private static let forwarded = HTTPField.Name("Forwarded")!

    @Test(
        "A write that makes a session is an event also where no token came, once a request",
        arguments: ["set", "update", "sign in", "ask first"])
    func event(_ deed: String) async throws {
        let shop = try Shop()
        let session = try await shop.begin([Self.proto: "https"]).session()
        #expect(shop.events.takeEvents().isEmpty)
        for _ in 0..<3 {
            let error = await #expect(throws: SessionError.self) {
                switch deed {
                case "set": try session.set(.a, to: 1)
                case "update": try await session.update(.a, default: 0) { $0 += 1 }
                case "sign in": try await session.signIn(try Principal("ada"))
                default: try session.requireNewTokenAllowed()
                }
            }
            #expect(error?.code == .insecureTransport)
            #expect(error?.publicMessage.contains("trustedProxies") == false)
        }
        let events = shop.events.takeEvents()
        #expect(events.map(\.kind) == [.insecureTransport])
        #expect(events[0].error?.message.contains("trustedProxies") == true && events[0].id == nil)
        #expect(events[0].peer == .address(try #require(NetworkAddress("192.0.2.7"))))
    }

    @Test("One line a minute names the peer and what the fields say, and never what a client wrote into them")
    func log() async throws {
        let shop = try Shop()
        func refuse(_ fields: HTTPFields, from address: String = "192.0.2.7") async throws -> [String] {
            let session = try await shop.begin(fields, from: address).session()
            #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
            return shop.log.take()
        }
        let first = try await refuse([Self.proto: "https"])
        #expect(first.count == 1)
        #expect(first[0].hasPrefix("warning ") && first[0].contains("peer=192.0.2.7"))
        #expect(first[0].contains("X-Forwarded-Proto says TLS") && first[0].contains("trustedProxies"))
        #expect(try await refuse([Self.proto: "https"], from: "192.0.2.8").isEmpty)
        shop.clock.advance(by: .milliseconds(59_999))
        #expect(try await refuse([:]).isEmpty)
        shop.clock.advance(by: .milliseconds(1))
        let second = try await refuse([Self.forwarded: "proto=http;for=<script>"], from: "2001:db8::1")
        #expect(second.count == 1 && second[0].contains("peer=2001:db8::1"))
        #expect(second[0].contains("Forwarded says plain HTTP") && !second[0].contains("script"))
        // A clock that is set back silences nothing.
        shop.clock.advance(by: .hours(-1))
        let third = try await refuse([:])
        #expect(third.count == 1 && third[0].contains("neither X-Forwarded-Proto nor Forwarded says anything"))
    }

    @Test("A token that came over plain HTTP is one event with its ID, and a write beside it is no second one")
    func token() async throws {
        let shop = try Shop()
        let token = SessionToken.sample(9)
        let session = try await shop.begin([.cookie: "__Host-Http-id=\(token.exposedText)"]).session()
        #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        let events = shop.events.takeEvents()
        #expect(events.map(\.kind) == [.insecureTransport] && events.map(\.id) == [token.id])
        #expect(shop.log.take().count == 1)
    }

    @Test("A request over TLS is no event and no line")
    func secure() async throws {
        let shop = try Shop()
        try await shop.begin([Self.proto: "https"], from: "10.1.2.3").session().set(.a, to: 1)
        #expect(!shop.events.takeEvents().contains { $0.kind == .insecureTransport } && shop.log.take().isEmpty)
    }

    @Test(
        "Addresses are written as operators know them",
        arguments: ["192.0.2.1", "::1", "2001:db8::7", "255.255.255.255"])
    func addresses(_ text: String) throws {
        #expect("\(try #require(NetworkAddress(text)))" == text)
        #expect("\(ClientConnection.Peer.address(try #require(NetworkAddress(text))))" == text)
        #expect("\(try #require(NetworkAddress("::ffff:192.0.2.1")))" == "192.0.2.1")
        let both = ForwardedScheme([Self.proto: "https", Self.forwarded: "proto=http"])
        #expect(both.account == "X-Forwarded-Proto says TLS, Forwarded says plain HTTP")
        let others = [ClientConnection.Peer.local, .unknown].map { "\($0)" }
        #expect(others == ["this machine", "an unknown peer"])
        let refusal = ClientConnection(peer: .unknown, isTLS: false).refusal(under: .init(SessionConfiguration()))
        #expect(refusal.hasPrefix("the connection has no remote address, so it counts as plain HTTP"))
    }
}
