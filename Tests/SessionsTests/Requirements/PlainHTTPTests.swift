import HTTPTypes
import Sessions
import SessionsTesting
import Synchronization
import Testing

@Suite("A-12.2.1: sessions over plain HTTP", .timeLimit(.minutes(10)))
struct PlainHTTPTests {
    private func begin(
        _ manager: SessionManager, from address: String, host: String = "shop.test", cookie: String? = nil,
        proto: String? = nil
    ) throws -> SessionHandle {
        var request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/")
        request.headerFields[.cookie] = cookie
        if let proto { request.headerFields[try #require(HTTPField.Name("X-Forwarded-Proto"))] = proto }
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress(address)))
        return manager.begin(request, over: .init(peer: peer, isTLS: false))
    }

    @Test(
        "Over plain HTTP from another machine a token is ignored and no session begins",
        arguments: [
            ("192.0.2.1", nil, false), ("192.0.2.1", "https", false), ("10.1.2.3", "https", true),
            ("10.1.2.3", "http", false), ("10.1.2.3", nil, false), ("2001:db8::7", "https", true),
            ("2001:db9::7", "https", false), ("127.0.0.1", nil, true), ("::1", nil, true),
            ("::ffff:10.9.9.9", "https", true),
        ] as [(String, String?, Bool)])
    func plainHTTP(_ address: String, _ proto: String?, isUsed: Bool) async throws {
        let bench = try Bench {
            $0.trustedProxies = [try! AddressRange("10.0.0.0/8"), try! AddressRange("2001:db8::/32")]
        }
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let cookie = "\(Visitor.visitorName)=\(try #require(visitor.visitorToken))"
        bench.recording.reset()
        let session = try await begin(bench.manager, from: address, cookie: cookie, proto: proto).session()
        #expect((session.id != nil) == isUsed)
        #expect(bench.recording.operations == (isUsed ? [.load] : []))
        let stranger = try await begin(bench.manager, from: address, proto: proto).session()
        if isUsed {
            try stranger.set(.a, to: 2)
        } else {
            let writes: [(Session) async throws -> Void] = [
                { try $0.set(.a, to: 2) }, { try await $0.update(.a, default: 0) { $0 += 1 } },
                { try await $0.save { try $0.set(.a, to: 2) } }, { try await $0.signIn(try Principal("ada")) },
                { try await $0.stepUp() }, { try await $0.renew() },
            ]
            for write in writes {
                for session in [session, stranger] {
                    let error = await #expect(throws: SessionError.self) { try await write(session) }
                    #expect(error?.code == .insecureTransport)
                }
            }
            #expect(bench.recording.calls.isEmpty)
        }
    }

    @Test("A set that plain HTTP refuses leaves nothing behind: a handler that goes on without it has its own answer")
    func toleratedRefusal() async throws {
        let bench = try Bench()
        let handle = try begin(bench.manager, from: "192.0.2.1")
        let session = try await handle.session()
        #expect(throws: SessionError.self) { try session.set(.a, to: 1) }
        let a = try session.value(.a)
        #expect(a == nil && session.attributeNames.isEmpty)
        let reply = await handle.finish(status: .ok)
        #expect(reply.error == nil)
        let answer = try await reply.response(to: .success("its own")) {
            "\($0)"
        } onFailure: {
            "\($0)"
        }
        #expect(answer == "its own")
        #expect(bench.recording.calls.isEmpty)
    }

    @Test("Cookies made for development are used on this machine alone, whatever a trusted proxy says")
    func development() async throws {
        let bench = try Bench {
            $0.cookies = .insecureForDevelopment
            $0.trustedProxies = [try! AddressRange("10.0.0.0/8")]
        }
        let here = try begin(bench.manager, from: "127.0.0.1", host: "localhost:8080")
        try await here.session().set(.a, to: 1)
        var fields = HTTPFields()
        await here.finish(status: .ok).apply(to: &fields)
        let cookie = String(try #require(fields[.setCookie]).prefix { $0 != ";" })
        #expect(cookie.hasPrefix("visitor="))
        for (address, host, proto, isUsed) in [
            ("127.0.0.1", "localhost:8080", nil, true), ("127.0.0.1", "localhost:8080", "https", false),
            ("127.0.0.1", "shop.test", nil, false),
            ("10.1.2.3", "localhost:8080", "https", false), ("192.0.2.1", "localhost:8080", "https", false),
        ] as [(String, String, String?, Bool)] {
            let session = try await begin(
                bench.manager, from: address, host: host, cookie: cookie, proto: proto
            ).session()
            #expect((session.id != nil) == isUsed, "\(address)")
        }
    }

    @Test("A token that came over plain HTTP is reported, by the name of its session")
    func reported() async throws {
        let log = EventLog()
        let manager = try SessionManager(store: MemorySessionStore(), observers: [log])
        let visitor = Visitor(manager)
        try await visitor.visit { try $0.set(.a, to: 1) }
        let id = try await visitor.look().id
        _ = log.takeEvents()
        let cookie = "\(Visitor.visitorName)=\(try #require(visitor.visitorToken))"
        _ = try await begin(manager, from: "192.0.2.1", cookie: cookie).session()
        let events = log.takeEvents()
        #expect(events.map(\.kind) == [.insecureTransport] && events.map(\.id) == [id])
        #expect(events.first?.peer == .address(try #require(NetworkAddress("192.0.2.1"))))
    }
}
