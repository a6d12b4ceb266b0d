import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Hand-over codes that are used twice, or whose session ends meanwhile", .timeLimit(.minutes(10)))
struct HandOverRaceTests {
    /// A code, and two servers that get it.
    private struct Uses {
        let bench = try! URLBench()
        let stores: [FaultyStore]
        let managers: [SessionManager]
        let browser: URLBrowser
        let url: String
        let own: SessionID?

        init(isProbe: Bool) async throws {
            let bench = bench
            stores = [FaultyStore(bench.recording), FaultyStore(bench.recording)]
            managers = try stores.map { try bench.manager($0) }
            browser = URLBrowser(bench.urls, keepsCookies: !isProbe, host: isProbe ? "shop.test" : "pay.test")
            let first = try await browser.send(.post, "/sign-in", to: isProbe ? "/account" : nil) {
                try await $0.signIn(try Principal("ada"))
            }
            var url = first.location ?? ""
            if !isProbe {
                try await browser.send(.get, "/") { url = try await $0.handOverURL(for: "/account") }
            }
            self.url = url
            own = isProbe ? nil : try await browser.look("/").id
            _ = bench.log.takeEvents()
        }

        /// Uses the code at one of the servers.
        func use(_ server: Int) -> Task<URLBrowser.Answer, any Error> {
            let (manager, url, host) = (managers[server], url, browser.host)
            return Task { try await URLBrowser(manager, keepsCookies: true, host: host).send(.get, url) }
        }

        func live() async throws -> [SessionID] { try await bench.urls.list(of: try Principal("ada")).map(\.id) }
    }

    @Test(
        "U-4: a second use of a code that comes before the first one has made its session leaves none",
        arguments: [true, false])
    func secondOvertakes(isProbe: Bool) async throws {
        let uses = try await Uses(isProbe: isProbe)
        uses.stores[0].follow { $0 == .create && $1 == 1 ? .hang : .pass }
        let first = uses.use(0)
        await uses.stores[0].untilHanging()
        let second = try await uses.use(1).value
        #expect(second.location == "/account" && second.fields[.setCookie] == nil)
        uses.stores[0].release()
        let error = await #expect(throws: SessionError.self) { try await first.value }
        #expect(error?.code == .ended)
        #expect(try await uses.live() == (uses.own.map { [$0] } ?? []))
        let kinds = uses.bench.log.takeEvents().map(\.kind)
        #expect(kinds.contains(.theftSuspected) && !kinds.contains(.handedOver))
    }

    @Test(
        "U-4: a second use of a code that looked before the first one made its session ends that",
        arguments: [true, false])
    func secondLooksEarly(isProbe: Bool) async throws {
        let uses = try await Uses(isProbe: isProbe)
        for store in uses.stores { store.follow { $0 == .create && $1 == 1 ? .hang : .pass } }
        let first = uses.use(0)
        await uses.stores[0].untilHanging()
        let second = uses.use(1)
        await uses.stores[1].untilHanging()
        uses.stores[0].release()
        let made = try await first.value
        #expect(isProbe ? made.sid != nil : made.fields[values: .setCookie].count == 1)
        uses.stores[1].release()
        #expect(try await second.value.location == "/account")
        #expect(try await uses.live() == (uses.own.map { [$0] } ?? []))
        #expect(uses.bench.log.takeEvents().map(\.kind).contains(.ended(.suspectedTheft)))
    }

    @Test("U-4, G3: a session that ends while its code is used is handed over to none")
    func endsMeanwhile() async throws {
        let uses = try await Uses(isProbe: false)
        uses.stores[0].follow { $0 == .create && $1 == 1 ? .hang : .pass }
        let first = uses.use(0)
        await uses.stores[0].untilHanging()
        #expect(try await uses.bench.urls.end(try #require(uses.own)))
        uses.stores[0].release()
        let error = await #expect(throws: SessionError.self) { try await first.value }
        #expect(error?.code == .ended)
        #expect(try await uses.live().isEmpty)
    }

    @Test("U-4, G3: a hand-over that can't learn whether the session before still lives sends no token")
    func unknown() async throws {
        let uses = try await Uses(isProbe: false)
        // The code, the session that is handed over, and that session once more.
        uses.stores[0].follow { $0 == .load && $1 == 3 ? .fail : .pass }
        let browser = URLBrowser(uses.managers[0], host: "pay.test")
        let handle = uses.managers[0].begin(
            browser.request(.get, uses.url), over: .init(peer: .address(browser.client), isTLS: true))
        let error = await #expect(throws: SessionError.self) { _ = try await handle.admit() }
        #expect(error?.code == .unavailable)
        var fields = HTTPFields()
        await handle.finish(.failure(try #require(error), status: nil)).apply(to: &fields)
        #expect(fields[values: .setCookie] == [] && fields[.location] == nil)
    }

    @Test("U-4: a session that an end of all others has kept can be handed over")
    func kept() async throws {
        let uses = try await Uses(isProbe: false)
        let own = try #require(uses.own)
        uses.bench.clock.advance(by: .seconds(1))
        try await uses.bench.urls.endAll(of: try Principal("ada"), except: own)
        uses.bench.clock.advance(by: .seconds(1))
        var url = ""
        try await uses.browser.send(.get, "/") { url = try await $0.handOverURL(for: "/account") }
        let other = URLBrowser(uses.bench.urls, keepsCookies: true, host: "pay.test")
        let end = try await other.follow(try await other.send(.get, url))
        #expect(try await other.look(end).principal == "ada")
        #expect(try await uses.live().count == 2)
    }

    @Test(
        "U-4, G3: an end of all sessions between a code and its use ends what the code makes", arguments: [true, false])
    func endAllInBetween(isKept: Bool) async throws {
        let uses = try await Uses(isProbe: false)
        uses.bench.clock.advance(by: .seconds(1))
        try await uses.bench.urls.endAll(of: try Principal("ada"), except: isKept ? uses.own : nil)
        uses.bench.clock.advance(by: .seconds(1))
        let answer = try? await uses.use(0).value
        #expect(answer?.fields[.setCookie] == nil)
        #expect(try await uses.live() == (isKept ? [try #require(uses.own)] : []))
    }

    @Test("U-4, G3: a code that is made and used while all sessions are being ended leaves no session")
    func whileEndingAll() async throws {
        let uses = try await Uses(isProbe: false)
        let (ada, operators) = (try Principal("ada"), uses.managers[1])
        // Signed in while all are being ended, in no list, and no session of one that ends: it stands.
        uses.stores[1].follow { $0 == .commit && $1 == 1 ? .hang : .pass }
        uses.bench.clock.advance(by: .seconds(1))
        let endingAll = Task { try await operators.endAll(of: ada) }
        await uses.stores[1].untilHanging()
        uses.bench.clock.advance(by: .seconds(1))
        var url = ""
        try await uses.browser.send(.get, "/") { url = try await $0.handOverURL(for: "/account") }
        let other = URLBrowser(uses.managers[0], keepsCookies: true, host: "pay.test")
        let end = try await other.follow(try await other.send(.get, url))
        let handedOver = try await other.look(end)
        #expect(handedOver.principal == "ada")
        let third = URLBrowser(uses.managers[0], keepsCookies: true)
        try await third.send(.post, "/sign-in") { try await $0.signIn(ada) }
        let stays = try await third.look("/").id
        #expect(try await uses.live().count == 3)
        uses.stores[1].release()
        #expect(try await endingAll.value == 2)
        #expect(try await uses.live() == [try #require(stays)])
        #expect(try await other.look(end).principal == nil)
    }

    @Test("U-4: codes count among the new sessions of an address, and a probe counts with its session")
    func limited() async throws {
        let bench = try URLBench { $0.newSessionLimit = .perAddress(2) }
        let browser = URLBrowser(bench.urls, keepsCookies: true)
        _ = try await browser.fill()
        var codes: [SessionError.Code?] = []
        for _ in 0..<2 {
            try await browser.send(.get, "/") { session in
                do throws(SessionError) {
                    _ = try await session.handOverURL(for: "https://pay.test/")
                    codes.append(nil)
                } catch {
                    codes.append(error.code)
                }
            }
        }
        #expect(codes == [nil, .tooManyRequests])
        let others = URLBrowser(bench.urls, client: "198.51.100.1")
        for _ in 0..<2 {
            #expect(try await others.send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) }.code != nil)
        }
    }

    @Test("U-3: a client whose network changes with each request gets its page, and no further probe")
    func roaming() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let first = try await browser.send(.get, "/cart") { try $0.set(.a, to: 1) }
        let probe = try #require(first.location)
        browser.client = NetworkAddress("198.51.100.7")!
        let second = try await browser.send(.get, probe) { try $0.set(.a, to: 1) }
        #expect(second.isHandled && second.status == 200 && second.location == nil)
        #expect(second.fields[HTTPField.Name("Referrer-Policy")!] == "no-referrer")
        #expect(bench.refusals() == [.tokenRefused(.misbound)])
        // The code is void for all.
        browser.client = NetworkAddress("192.0.2.7")!
        #expect(try await browser.send(.get, probe).sid == nil)
    }

    @Test("U-4: a redirect and a link keep a code that this request made for them, and no other target gets it")
    func inRedirect() async throws {
        let bench = try URLBench()
        let shop = URLBrowser(bench.urls, keepsCookies: true)
        func redirect(_ make: (Session) async throws -> String) async throws -> (made: String, sent: String?) {
            let handle = bench.urls.begin(
                shop.request(.get, "/pay"), over: .init(peer: .address(shop.client), isTLS: true))
            let made = try await make(try await handle.session())
            let reply = await handle.finish(.response(.seeOther), location: made)
            var fields: HTTPFields = [.location: made]
            reply.apply(to: &fields)
            return (made, fields[.location])
        }
        // Also where the request that makes the session hands it over.
        let signedIn = try await redirect { session in
            try await session.signIn(try Principal("ada"))
            return try await session.handOverURL(for: "/here")
        }
        #expect(signedIn.sent == signedIn.made && signedIn.made.hasPrefix("/here?sid-code="))
        try await shop.send(.post, "/sign-in") { try await $0.signIn(try Principal("ada")) }
        for target in ["https://pay.test/checkout?order=7", "/here"] {
            let plain = try await redirect { try await $0.handOverURL(for: target) }
            #expect(plain.sent == plain.made && plain.made.contains("sid-code="))
            let link = try await redirect { $0.url(for: try await $0.handOverURL(for: target)) }
            #expect(link.sent == link.made && link.made.contains("sid-code="))
            // Of another request.
            let late = try await redirect { _ in plain.made }
            #expect(late.sent == target)
        }
        for (other, sent) in [
            ("https://pay.test/other?sid-code=", "https://pay.test/other"), ("/checkout?sid-code=", "/checkout"),
            ("https://evil.test/checkout?sid-code=", "https://evil.test/checkout"),
            ("https://pay.test/checkout?sid-code=x&sid-code=", "https://pay.test/checkout"),
        ] {
            let moved = try await redirect { session in
                let url = try await session.handOverURL(for: "https://pay.test/checkout")
                return other + String(url.suffix(64))
            }
            #expect(moved.sent == sent && moved.made != sent)
        }
    }
}
