import HTTPTypes
import SessionsTesting
import Synchronization
import Testing

@testable import Sessions

@Suite("G11, DET-1: one client makes no more new sessions than its limit", .timeLimit(.minutes(10)))
struct NewSessionLimitTests {
    private let clock = ManualClock()
    private let store = MemorySessionStore()

    private func manager(
        _ limit: NewSessionLimit?, observers: [any SessionObserver] = []
    ) throws -> SessionManager {
        var configuration = SessionConfiguration()
        configuration.newSessionLimit = limit
        configuration.trustedProxies = [try AddressRange("10.0.0.0/8")]
        return try SessionManager(store: store, configuration: configuration, clock: clock, observers: observers)
    }

    /// One request of a client without cookies, over TLS.
    @discardableResult
    private func visit(
        _ manager: SessionManager, from address: String, for client: String? = nil,
        _ body: (Session) async throws -> Void = { try $0.set(.a, to: 1) }
    ) async throws -> (reply: SessionReply, fields: HTTPFields) {
        var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        if let client {
            request.headerFields[HTTPField.Name("X-Forwarded-For")!] = client
            request.headerFields[HTTPField.Name("X-Forwarded-Proto")!] = "https"
        }
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress(address)))
        let handle = manager.begin(request, over: .init(peer: peer, isTLS: true))
        let reply: SessionReply
        do {
            try await body(try await handle.session())
            reply = await handle.finish(.response(.ok))
        } catch {
            reply = await handle.finish(.failure(error, status: nil))
        }
        var fields = HTTPFields()
        reply.apply(to: &fields)
        return (reply, fields)
    }

    private func sessions() async throws -> Int {
        try await store.list(.init(.all, limit: 1000), at: clock.now).records.count
    }

    @Test("The next session over the limit is 429 with Retry-After, and works when that time is over, not before")
    func limit() async throws {
        let manager = try manager(.perAddress(3, per: .seconds(60)))
        for _ in 1...3 {
            let fields = try await visit(manager, from: "192.0.2.1").fields
            #expect(fields[.setCookie] != nil)
        }
        let refused = try await visit(manager, from: "192.0.2.1")
        #expect(refused.reply.error?.code == .tooManyRequests && refused.reply.error?.code.status.code == 429)
        #expect(refused.fields[.retryAfter] == "20" && refused.fields[.setCookie] == nil)
        #expect(try await sessions() == 3)
        // An update acts at once, and is answered alike.
        let update = try await visit(manager, from: "192.0.2.1") {
            try await $0.update(.a, default: 0) { $0 += 1 } as Void
        }
        #expect(update.fields[.retryAfter] == "20" && update.fields[.setCookie] == nil)
        clock.advance(by: .milliseconds(19_999))
        #expect(try await visit(manager, from: "192.0.2.1").fields[.retryAfter] == "1")
        clock.advance(by: .milliseconds(1))
        #expect(try await visit(manager, from: "192.0.2.1").fields[.setCookie] != nil)
        #expect(try await sessions() == 4)
    }

    @Test(
        "Behind a proxy of this machine, a client that names addresses that can't be believed is limited with its like")
    func unbelievable() async throws {
        var configuration = SessionConfiguration()
        configuration.newSessionLimit = .perAddress(1, per: .seconds(60))
        configuration.trustedProxies = [try AddressRange("127.0.0.0/8")]
        let manager = try SessionManager(store: store, configuration: configuration, clock: clock)
        for client in [nil, nil] as [String?] {
            #expect(try await visit(manager, from: "127.0.0.1", for: client).fields[.setCookie] != nil)
        }
        #expect(try await visit(manager, from: "127.0.0.1", for: "unknown").fields[.setCookie] != nil)
        #expect(try await visit(manager, from: "127.0.0.1", for: "192.0.2.1, hidden").fields[.retryAfter] == "60")
    }

    @Test("Reading, signing in, and a session that is there are not limited")
    func notLimited() async throws {
        let manager = try manager(.perAddress(1, per: .seconds(60)))
        let fields = try await visit(manager, from: "192.0.2.1").fields
        let cookie = try #require(fields[.setCookie]).prefix { $0 != ";" }
        for _ in 1...3 {
            #expect(try await visit(manager, from: "192.0.2.1") { _ = try $0.value(.a) }.fields[.retryAfter] == nil)
            let signIn = try await visit(manager, from: "192.0.2.1") { try await $0.signIn(try Principal("ada")) }
            #expect(signIn.fields[.setCookie] != nil)
            var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
            request.headerFields[.cookie] = String(cookie)
            let peer = ClientConnection.Peer.address(try #require(NetworkAddress("192.0.2.1")))
            let handle = manager.begin(request, over: .init(peer: peer, isTLS: true))
            try await handle.session().update(.a, default: 0) { $0 += 1 } as Void
            #expect(await handle.finish(.response(.ok)).error == nil)
        }
    }

    @Test(
        "Clients are told apart by address, an IPv6 /64 is one client, and behind a trusted proxy its own word counts")
    func clients() async throws {
        let manager = try manager(.perAddress(1, per: .seconds(60)))
        func isMade(_ address: String, for client: String? = nil) async throws -> Bool {
            try await visit(manager, from: address, for: client).fields[.setCookie] != nil
        }
        #expect(try await isMade("192.0.2.1"))
        #expect(try await !isMade("192.0.2.1", for: "198.51.100.9"))
        #expect(try await isMade("192.0.2.2"))
        #expect(try await isMade("2001:db8:0:1::1"))
        #expect(try await !isMade("2001:db8:0:1::2"))
        #expect(try await isMade("2001:db8:0:2::1"))
        #expect(try await isMade("10.0.0.1", for: "198.51.100.1"))
        #expect(try await isMade("10.0.0.1", for: "198.51.100.2"))
        #expect(try await !isMade("10.0.0.1", for: "203.0.113.5, 198.51.100.2"))
        for _ in 1...3 { #expect(try await isMade("127.0.0.1")) }
    }

    @Test("The default allows 300 new sessions a minute, and none is no limit")
    func standard() async throws {
        let manager = try manager(SessionConfiguration().newSessionLimit)
        for _ in 1...300 { try await visit(manager, from: "192.0.2.1") }
        #expect(try await sessions() == 300)
        #expect(try await visit(manager, from: "192.0.2.1").fields[.retryAfter] == "1")
        let unlimited = try self.manager(nil)
        #expect(try await visit(unlimited, from: "192.0.2.1").fields[.setCookie] != nil)
    }

    @Test("An application's own limit is asked with the client's address and the time, and its word is the answer")
    func own() async throws {
        let clock = clock
        let manager = try manager(
            NewSessionLimit { client, now in
                client == NetworkAddress("198.51.100.1") && now == clock.now ? .milliseconds(1500) : nil
            })
        #expect(try await visit(manager, from: "10.0.0.1", for: "198.51.100.1").fields[.retryAfter] == "2")
        #expect(try await visit(manager, from: "10.0.0.1", for: "198.51.100.2").fields[.retryAfter] == nil)
    }

    @Test("A refused client is told how long to wait, in whole seconds and not too few")
    func told() async throws {
        for (wait, seconds) in [
            (Duration.milliseconds(1), 1), (.milliseconds(1000), 1), (.milliseconds(1001), 2), (.seconds(90), 90),
        ] {
            let manager = try manager(NewSessionLimit { _, _ in wait })
            let error = try #require(try await visit(manager, from: "192.0.2.1").reply.error)
            #expect(error.publicMessage == "too many new sessions from your network; try again in \(seconds) seconds")
        }
    }

    @Test("As many addresses are remembered as the limit was told to, those that were seen last")
    func addresses() {
        let limit = NewSessionLimit.perAddress(1, per: .hours(1), maximumAddresses: 2)
        func isMade(_ number: UInt32) -> Bool {
            limit.wait(NetworkAddress(ipv4: 0xc000_0200 + number), clock.now) == nil
        }
        #expect([isMade(1), isMade(1), isMade(2), isMade(3), isMade(3)] == [true, false, true, true, false])
        #expect(isMade(1))
    }

    @Test("A client that guesses tokens sets off one alarm a minute with its address; fewer refusals set off none")
    func guessing() async throws {
        let alarms = Mutex<[String]>([])
        let alarm = GuessingAlarm(after: 3, per: .seconds(60)) { client, event in
            alarms.withLock { $0.append("\(client) \(event.kind)") }
        }
        let manager = try manager(nil, observers: [alarm])
        func guess(_ address: String, _ client: String? = nil) async throws {
            var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
            let token = SessionToken(
                id: SessionID(try SystemRandomSource().block()), secret: try SessionSecret(from: SystemRandomSource()))
            request.headerFields[.cookie] = "__Host-Http-visitor=\(token.exposedText)"
            if let client { request.headerFields[HTTPField.Name("X-Forwarded-For")!] = client }
            let peer = ClientConnection.Peer.address(try #require(NetworkAddress(address)))
            _ = try await manager.begin(request, over: .init(peer: peer, isTLS: true)).session()
        }
        for _ in 1...3 { try await guess("192.0.2.1") }
        #expect(alarms.withLock { $0 } == [])
        for _ in 1...5 { try await guess("192.0.2.1") }
        try await guess("192.0.2.2")
        #expect(alarms.withLock { $0 } == ["192.0.2.1 tokenRefused.unknown"])
        for _ in 1...4 { try await guess("10.0.0.1", "198.51.100.7") }
        #expect(alarms.withLock { $0 }.last == "198.51.100.7 tokenRefused.unknown")
        clock.advance(by: .seconds(60))
        for _ in 1...4 { try await guess("192.0.2.1") }
        #expect(alarms.withLock { $0.count } == 3)
        #expect(alarm.count == 17)
    }

    @Test("The event of a refused token, and of a refused session, names the client behind the proxy")
    func event() async throws {
        let log = EventBox()
        let manager = try manager(
            .perAddress(1, per: .seconds(60)), observers: [SessionEventHandler { log.append($0) }])
        try await visit(manager, from: "10.0.0.1", for: "198.51.100.1")
        try await visit(manager, from: "10.0.0.1", for: "198.51.100.1")
        let event = try #require(log.events.first { $0.kind == .newSessionRefused })
        #expect(event.client == NetworkAddress("198.51.100.1"))
        #expect(event.peer == .address(try #require(NetworkAddress("10.0.0.1"))))
    }

    @Test(
        "No event names a trusted proxy as the client, whatever a client writes, so that no alarm blocks it",
        arguments: [
            ([], nil), (["198.51.100.1"], "198.51.100.1"), (["198.51.100.1", "10.0.0.1"], "198.51.100.1"),
            (["10.0.0.1"], nil), (["junk"], nil),
        ] as [([String], String?)])
    func proxy(_ hops: [String], client: String?) async throws {
        let log = EventBox()
        let manager = try manager(nil, observers: [SessionEventHandler { log.append($0) }])
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = "__Host-Http-id=short"
        let peer = ClientConnection.Peer.address(try #require(NetworkAddress("10.0.0.1")))
        func send(_ request: HTTPRequest) async throws -> NetworkAddress? {
            _ = try await manager.begin(request, over: .init(peer: peer, isTLS: true)).session()
            let event = try #require(log.events.last)
            #expect(event.kind == .tokenRefused(.malformed) && event.peer == peer)
            return event.client
        }
        if !hops.isEmpty { request.headerFields[HTTPField.Name("X-Forwarded-For")!] = hops.joined(separator: ", ") }
        #expect(try await send(request) == client.flatMap { NetworkAddress($0) })
        // The client adds the field that the proxy doesn't write: of two that differ, neither counts.
        request.headerFields[HTTPField.Name("Forwarded")!] = "for=203.0.113.9"
        #expect(try await send(request) == (hops.isEmpty ? NetworkAddress("203.0.113.9") : nil))
    }

    private final class EventBox: Sendable {
        private let kept = Mutex<[SessionEvent]>([])
        var events: [SessionEvent] { kept.withLock { $0 } }
        func append(_ event: SessionEvent) { kept.withLock { $0.append(event) } }
    }
}
