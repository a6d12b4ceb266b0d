import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("The cookie probe and hand-over codes", .timeLimit(.minutes(10)))
struct HandOverTests {
    private static let modes: [(method: HTTPRequest.Method, path: String, location: String?)] = [
        (.post, "/cart", "/cart?page=2#top"), (.post, "/cart", "https://shop.test/cart?page=2#top"),
        (.get, "/cart?page=2", nil),
    ]

    @Test("U-3: a browser that keeps cookies ends up at a clean URL, with its session in the cookie", arguments: modes)
    func probeWithCookies(_ method: HTTPRequest.Method, _ path: String, _ location: String?) async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls, keepsCookies: true)
        let first = try await browser.send(method, path, to: location) { try $0.set(.a, to: 1) }
        #expect(first.status == 303 && first.code?.utf8.count == 64 && first.sid == nil)
        #expect(first.fields[values: .setCookie].count == 1)
        let second = try await browser.send(.get, try #require(first.location)) { _ in Issue.record("no handler") }
        #expect(second.status == 303 && second.fields[.setCookie] == nil)
        let clean = try #require(second.location)
        #expect(["/cart?page=2", "/cart?page=2#top", "https://shop.test/cart?page=2#top"].contains(clean))
        let third = try await browser.send(.get, "/cart?page=2") { session in
            let a = try session.value(.a)
            #expect(a == 1)
        }
        #expect(third.status == 200 && third.location == nil)
        #expect(bench.log.takeEvents().map(\.kind) == [.created])
        // The code is void now, and whoever has seen it gets nothing and ends nothing.
        let thief = URLBrowser(bench.urls)
        let answer = try await thief.send(.get, try #require(first.location))
        #expect(answer.location == clean && bench.refusals() == [.tokenRefused(.ended)])
        #expect(try await browser.look("/cart").a == 1)
    }

    @Test("U-3: a browser without cookies ends up with a token in its URL, after one probe", arguments: modes)
    func probeWithoutCookies(_ method: HTTPRequest.Method, _ path: String, _ location: String?) async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let first = try await browser.send(method, path, to: location) { try $0.set(.a, to: 1) }
        let second = try await browser.send(.get, try #require(first.location)) { _ in Issue.record("no handler") }
        let sid = try #require(second.sid)
        #expect(second.status == 303 && second.code == nil && second.fields[.setCookie] == nil)
        #expect(sid.utf8.count == 64 && second.location?.contains("/cart?page=2&sid=\(sid)") == true)
        #expect(try await browser.look("/cart?page=2&sid=\(sid)").a == 1)
        let events = bench.log.takeEvents().map(\.kind)
        #expect(events == [.created, .ended(.handedOver), .created, .handedOver])
        // Neither the code nor the cookie that nobody has kept is in the token.
        #expect(sid != first.code && !first.fields[values: .setCookie].joined().contains(sid))
    }

    @Test("U-3: only what a user goes to is probed, and only where the first cookie is set")
    func notProbed() async throws {
        let bench = try URLBench()
        func answer(
            _ method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:], status: HTTPResponse.Status? = nil,
            to location: String? = nil, sets: Bool = true
        ) async throws -> URLBrowser.Answer {
            try await URLBrowser(bench.urls).send(method, "/cart", fields, status: status, to: location) {
                if sets { try $0.set(.a, to: 1) }
            }
        }
        let mode = HTTPField.Name("Sec-Fetch-Mode")!
        #expect(try await answer().code != nil)
        #expect(try await answer(.get, [mode: "navigate"]).code != nil)
        for (number, plain) in [
            try await answer(sets: false), try await answer(.get, [mode: "cors"]), try await answer(.post),
            try await answer(.head), try await answer(.get, [HTTPField.Name("Sec-Purpose")!: "prefetch"]),
            try await answer(.get, [.cookie: "theme=dark"]), try await answer(.get, status: .notFound),
            try await answer(.post, [mode: "cors"], to: "/cart"),
            try await answer(.post, status: .temporaryRedirect, to: "/cart"),
            try await answer(.post, to: "https://pay.test/cart"), try await answer(.post, to: "//shop.test/cart"),
            try await answer(.post, to: "/caf\u{e9}"), try await answer(.post, to: "/a/../b"),
        ].enumerated() {
            #expect(plain.code == nil && plain.isHandled, "\(number)")
        }
    }

    @Test("U-3: a sign-in of a browser without cookies goes on in its URL, signed in")
    func signIn() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.follow(
            try await browser.send(.post, "/sign-in", to: "/account") {
                try await $0.signIn(try Principal("ada"), by: .password)
            })
        var info: SessionInfo?
        try await browser.send(.get, url) { info = $0.info }
        #expect(info?.principal?.name == "ada" && info?.carrier == .url && info?.authentications.count == 1)
        let listed = try await bench.urls.list(of: try Principal("ada"))
        #expect(listed.map(\.id) == [info?.id])
        try await bench.urls.endAll(of: try Principal("ada"))
        #expect(try await browser.look(url).principal == nil)
    }

    @Test("U-3: all sessions that are ended between the probe and its return stay ended")
    func endAllInBetween() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let first = try await browser.send(.post, "/sign-in", to: "/account") {
            try await $0.signIn(try Principal("ada"))
        }
        try await bench.urls.endAll(of: try Principal("ada"))
        let second = try await browser.send(.get, try #require(first.location))
        #expect(second.sid == nil && second.location == "/account")
        #expect(try await bench.urls.list(of: try Principal("ada")).isEmpty)
    }

    /// A user whose cookie is at shop.test, and a code for pay.test.
    private struct Pay {
        let bench: URLBench
        let shop: URLBrowser
        let url: String

        init(_ bench: URLBench, to target: String = "https://pay.test/checkout?order=7") async throws {
            self.bench = bench
            shop = URLBrowser(bench.urls, keepsCookies: true)
            try await shop.send(.post, "/sign-in") { session in
                try session.set(.a, to: 1)
                try await session.signIn(try Principal("ada"))
            }
            var url = ""
            try await shop.send(.get, "/pay") { url = try await $0.handOverURL(for: target) }
            self.url = String(url.dropFirst("https://pay.test".count))
            _ = bench.log.takeEvents()
        }

        func browser(
            keepsCookies: Bool = true, agent: String = "Lynx/2.9", client: String = "192.0.2.7",
            at host: String = "pay.test"
        ) -> URLBrowser {
            URLBrowser(bench.urls, keepsCookies: keepsCookies, agent: agent, client: client, host: host)
        }
    }

    @Test("U-4: a hand-over code is changed for a cookie at another host, and for a URL where there are none")
    func handOver() async throws {
        for keepsCookies in [true, false] {
            let pay = try await Pay(URLBench())
            let browser = pay.browser(keepsCookies: keepsCookies)
            let code = RequestTarget(pay.url).values(of: "sid-code")
            #expect(code.map(\.utf8.count) == [64])
            let answer = try await browser.send(.get, pay.url) { _ in Issue.record("no handler") }
            #expect(answer.status == 303 && answer.fields[values: .setCookie].count == 1)
            let end = try await browser.follow(answer)
            #expect(keepsCookies ? end == "/checkout?order=7" : end.hasPrefix("/checkout?order=7&sid="))
            let seen = try await browser.look(end)
            #expect(seen.principal == "ada" && seen.a == 1)
            #expect(try await pay.shop.look("/").principal == "ada")
        }
    }

    @Test("U-4: a cookie of the other host's own, which is no session, doesn't void a hand-over code")
    func besideOtherCookies() async throws {
        let pay = try await Pay(URLBench())
        let browser = pay.browser()
        browser.jar["theme"] = "dark"
        let end = try await browser.follow(try await browser.send(.get, pay.url))
        #expect(end == "/checkout?order=7")
        let seen = try await browser.look(end)
        #expect(seen.principal == "ada" && seen.a == 1)
    }

    @Test("U-4: a second use of a code fails, and ends the session that the first one made", arguments: [true, false])
    func secondUse(keepsCookies: Bool) async throws {
        let pay = try await Pay(URLBench())
        let first = pay.browser(keepsCookies: keepsCookies)
        let end = try await first.follow(try await first.send(.get, pay.url))
        #expect(try await first.look(end).principal == "ada")
        _ = pay.bench.log.takeEvents()
        let second = pay.browser()
        let answer = try await second.send(.get, pay.url)
        #expect(answer.location == "/checkout?order=7" && answer.fields[.setCookie] == nil)
        let kinds = pay.bench.log.takeEvents().map(\.kind)
        #expect(kinds == [.tokenRefused(.replayed), .theftSuspected, .ended(.suspectedTheft)])
        #expect(try await first.look(end).principal == nil)
        #expect(try await second.look("/").principal == nil)
        // The session that was handed over stays: its token has been nowhere.
        #expect(try await pay.shop.look("/").principal == "ada")
    }

    @Test("U-4: a second use ends what the first has made as long as ends are explained, whatever is swept meanwhile")
    func secondUseAfterSweep() async throws {
        let pay = try await Pay(URLBench())
        let first = pay.browser()
        let end = try await first.follow(try await first.send(.get, pay.url))
        pay.bench.clock.advance(by: .minutes(20))
        _ = try await pay.bench.recording.sweep(at: pay.bench.clock.now, limit: 100)
        _ = pay.bench.log.takeEvents()
        try await pay.browser().send(.get, pay.url)
        #expect(pay.bench.refusals() == [.tokenRefused(.replayed)])
        #expect(try await first.look(end).principal == nil)
    }

    @Test("U-4: a session that was handed over has the timeouts of the one before, and ends no later in all")
    func timeouts() async throws {
        let bench = try URLBench()
        let shop = URLBrowser(bench.urls, keepsCookies: true)
        try await shop.send(.post, "/sign-in") {
            try await $0.signIn(try Principal("ada"), timeouts: .remembered, by: .password)
        }
        bench.clock.advance(by: .minutes(10))
        var before: SessionInfo?
        var url = ""
        try await shop.send(.get, "/pay") { session in
            before = session.info
            url = try await session.handOverURL(for: "https://pay.test/checkout")
        }
        bench.clock.advance(by: .seconds(30))
        let browser = URLBrowser(bench.urls, keepsCookies: true, host: "pay.test")
        try await browser.follow(try await browser.send(.get, String(url.dropFirst("https://pay.test".count))))
        var after: SessionInfo?
        try await browser.send(.get, "/checkout") { after = $0.info }
        let known = try #require(before), made = try #require(after)
        #expect(made.id != known.id && made.principal?.name == "ada" && made.isPersistent)
        #expect(made.absoluteDeadline == known.absoluteDeadline && made.authenticatedAt == known.authenticatedAt)
        // It was used half a minute later.
        #expect(made.idleDeadline == known.idleDeadline.map { $0 + .seconds(30) })
    }

    @Test("U-4: a code beside a token is ambiguous and is not used, so that it still works alone")
    func besideToken() async throws {
        let pay = try await Pay(URLBench())
        let answer = try await pay.browser().send(.get, pay.url + "&sid=x")
        #expect(answer.isHandled && answer.location == nil)
        #expect(pay.bench.refusals() == [.tokenRefused(.ambiguous), .tokenRefused(.malformed)])
        let browser = pay.browser()
        try await browser.follow(try await browser.send(.get, pay.url))
        #expect(try await browser.look("/checkout").principal == "ada")
    }

    @Test("U-4: the code of a probe that was used a second time ends the session in the URL")
    func secondUseOfProbe() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let first = try await browser.send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) }
        let url = try await browser.follow(first)
        #expect(try await browser.look(url).a == 1)
        try await URLBrowser(bench.urls).send(.get, try #require(first.location))
        #expect(try await browser.look(url).a == nil)
    }

    /// How many sessions the use of a code has made: one or none.
    private static func use(_ url: String, _ manager: SessionManager) async throws -> Int {
        do {
            let browser = URLBrowser(manager, keepsCookies: true, host: "pay.test")
            return try await browser.send(.get, url).fields[values: .setCookie].count
        } catch let error as SessionError where error.code == .ended {
            return 0
        }
    }

    @Test("U-4: of many uses of one code at once, one makes a session, and none outlives the others")
    func race() async throws {
        for _ in 0..<20 {
            let pay = try await Pay(URLBench())
            let url = pay.url, manager = pay.bench.urls
            let made = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await Self.use(url, manager) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(made.count == 8 && made.reduce(0, +) <= 1)
            #expect(pay.bench.refusals().filter { $0 == .tokenRefused(.replayed) }.count == 7)
            let own = try #require(try await pay.shop.look("/").id)
            #expect(try await manager.list(of: try Principal("ada")).map(\.id) == [own])
        }
    }

    @Test("U-4: of two requests that have both found a code unused, one comes second, and no session is left")
    func raceInStore() async throws {
        let pay = try await Pay(URLBench())
        let store = FaultyStore(pay.bench.recording) { operation, call in
            operation == .commit && call <= 2 ? .hang : .pass
        }
        let manager = try SessionManager(
            store: store, configuration: pay.bench.urls.configuration, clock: pay.bench.clock,
            observers: [pay.bench.log])
        let url = pay.url
        async let first = Self.use(url, manager)
        async let second = Self.use(url, manager)
        await store.untilHanging(2)
        store.release()
        let made = try await first + second
        #expect(made <= 1 && pay.bench.refusals() == [.tokenRefused(.replayed)])
        let own = try #require(try await pay.shop.look("/").id)
        #expect(try await pay.bench.urls.list(of: try Principal("ada")).map(\.id) == [own])
    }

    @Test("U-4: a second use that comes before the first has made its session prevents that session")
    func secondUseFirst() async throws {
        let pay = try await Pay(URLBench())
        // The first use has ended the code, and hangs as it makes the session.
        let store = FaultyStore(pay.bench.recording) { operation, call in
            operation == .create && call == 1 ? .hang : .pass
        }
        let slow = try SessionManager(
            store: store, configuration: pay.bench.urls.configuration, clock: pay.bench.clock,
            observers: [pay.bench.log])
        let url = pay.url
        async let first = Self.use(url, slow)
        await store.untilHanging()
        let second = try await Self.use(url, pay.bench.urls)
        store.release()
        let made = try await first
        #expect(second == 0 && made == 0)
        let own = try #require(try await pay.shop.look("/").id)
        #expect(try await pay.bench.urls.list(of: try Principal("ada")).map(\.id) == [own])
    }

    @Test(
        "U-4: a code works for 60 seconds", arguments: [(Duration.milliseconds(59_999), true), (.seconds(60), false)])
    func lifetime(_ age: Duration, isAlive: Bool) async throws {
        let pay = try await Pay(URLBench())
        pay.bench.clock.advance(by: age)
        let browser = pay.browser()
        try await browser.follow(try await browser.send(.get, pay.url))
        #expect(try await browser.look("/checkout").principal == (isAlive ? "ada" : nil))
    }

    @Test("U-4: a code is bound to its host, its path and its client, and ends where it comes to another")
    func bound() async throws {
        let pay = try await Pay(URLBench())
        func comes(_ browser: (Pay) -> URLBrowser, at path: (String) -> String = { $0 }) async throws -> String? {
            let pay = try await Pay(URLBench())
            let browser = browser(pay)
            try await browser.follow(try await browser.send(.get, path(pay.url)))
            let here = try await browser.look("/checkout").principal
            let right = pay.browser()
            try await right.follow(try await right.send(.get, pay.url))
            // A code that was tried elsewhere is void.
            if here == nil { #expect(try await right.look("/checkout").principal == nil) }
            return here
        }
        #expect(try await comes { $0.browser() } == "ada")
        #expect(try await comes { $0.browser(client: "192.0.2.200") } == "ada")
        #expect(try await comes({ $0.browser() }, at: { $0 + "&x=1" }) == "ada")
        #expect(try await comes { $0.browser(at: "shop.test") } == nil)
        #expect(try await comes { $0.browser(at: "pay.test:8443") } == nil)
        #expect(try await comes { $0.browser(agent: "curl") } == nil)
        #expect(try await comes { $0.browser(client: "192.0.3.7") } == nil)
        for path in ["/checkout/", "/Checkout", "/check%6fut", "/checkout;x", "/"] {
            #expect(try await comes({ $0.browser() }, at: { $0.replacing("/checkout", with: path) }) == nil, "\(path)")
        }
        #expect(!pay.url.isEmpty)
    }

    @Test("U-4: a code is no session's token, and no session's token is a code")
    func purposes() async throws {
        let pay = try await Pay(URLBench())
        let code = try #require(RequestTarget(pay.url).values(of: "sid-code").first)
        #expect(try await pay.browser().look("/?sid=\(code)").id == nil)
        for name in ["__Host-Http-visitor", "__Host-Http-id"] {
            #expect(try await pay.browser().look("/", [.cookie: "\(name)=\(code)"]).id == nil)
        }
        #expect(pay.bench.refusals() == Array(repeating: .tokenRefused(.unknown), count: 3))
        let cookie = try #require(pay.shop.jar["__Host-Http-id"])
        let browser = pay.browser()
        try await browser.follow(try await browser.send(.get, "/checkout?sid-code=\(cookie)"))
        #expect(pay.bench.refusals() == [.tokenRefused(.unknown)] && browser.jar.isEmpty)
        // Nothing of this was a use.
        try await browser.follow(try await browser.send(.get, pay.url))
        #expect(try await browser.look("/checkout").principal == "ada")
    }

    @Test("U-4: a sign-out, a step-up or another user in between makes the code void")
    func superseded() async throws {
        for act: (Session) async throws -> Void in [
            { try await $0.end() }, { try await $0.stepUp() }, { try await $0.signIn(try Principal("grace")) },
        ] {
            let pay = try await Pay(URLBench())
            try await pay.shop.send(.post, "/") { try await act($0) }
            let browser = pay.browser()
            try await browser.follow(try await browser.send(.get, pay.url))
            #expect(browser.jar.isEmpty)
        }
    }

    @Test("U-4: a session that is there already is not replaced by a code, as a planted link would have it")
    func planted() async throws {
        let pay = try await Pay(URLBench())
        let victim = pay.browser()
        victim.jar = [:]
        try await victim.send(.post, "/sign-in") { try await $0.signIn(try Principal("grace")) }
        try await victim.follow(try await victim.send(.get, pay.url))
        #expect(try await victim.look("/checkout").principal == "grace")
    }

    @Test("U-4: a code is for one GET of a user: neither HEAD nor a script nor a prefetch uses it")
    func navigation() async throws {
        let pay = try await Pay(URLBench())
        let browser = pay.browser()
        for (method, fields) in [
            (.head, [:]), (.post, [:]), (.get, [HTTPField.Name("Sec-Fetch-Mode")!: "cors"]),
            (.get, [HTTPField.Name("Purpose")!: "prefetch"]),
        ] as [(HTTPRequest.Method, HTTPFields)] {
            #expect(try await browser.send(method, pay.url, fields).isHandled)
        }
        #expect(pay.bench.recording.calls.isEmpty || browser.jar.isEmpty)
        try await browser.follow(try await browser.send(.get, pay.url))
        #expect(try await browser.look("/checkout").principal == "ada")
    }

    @Test("U-4: what can be no code is one event and no store call, and leads nowhere else")
    func malformed() async throws {
        let pay = try await Pay(URLBench())
        let code = try #require(RequestTarget(pay.url).values(of: "sid-code").first)
        for (path, refusal) in [
            ("/checkout?sid-code=", .malformed), ("/checkout?sid-code=\(code)A", .malformed),
            ("/checkout?sid-code=\(code)&sid-code=\(code)", .ambiguous),
            ("/checkout?sid-code=x&sid-code=y", .ambiguous),
            ("/checkout?sid-code=%41\(code.dropFirst())", .malformed), ("//evil.test/?sid-code=\(code)", .misbound),
            ("/\\evil.test?sid-code=\(code)", .misbound), ("/a/../b?sid-code=\(code)", .misbound),
        ] as [(String, SessionEvent.Refusal)] {
            pay.bench.recording.reset()
            let answer = try await pay.browser().send(.get, path)
            #expect(answer.isHandled && answer.location == nil, "\(path)")
            #expect(pay.bench.recording.calls.isEmpty, "\(path)")
            #expect(pay.bench.refusals() == [.tokenRefused(refusal)], "\(path)")
        }
    }

    @Test("U-4: a hand-over leads to this host and to listed origins alone, and needs a session")
    func targets() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls, keepsCookies: true)
        var codes: [SessionError.Code?] = []
        func note(_ session: Session, _ target: String) async {
            do throws(SessionError) {
                _ = try await session.handOverURL(for: target)
                codes.append(nil)
            } catch {
                codes.append(error.code)
            }
        }
        try await browser.send(.get, "/") { await note($0, "https://pay.test/") }
        try await browser.send(.post, "/cart") { try $0.set(.a, to: 1) }
        for target in [
            "https://pay.test/", "/here", "https://evil.test/", "http://pay.test/", "//pay.test/", "here", "",
        ] {
            try await browser.send(.get, "/") { await note($0, target) }
        }
        let plain = URLBrowser(bench.cookies, keepsCookies: true)
        plain.jar = browser.jar
        try await plain.send(.get, "/") { await note($0, "https://pay.test/") }
        #expect(codes == [.noSession, nil, nil, .invalid, .invalid, .invalid, .invalid, .invalid, .configuration])
    }

    /// As many attributes as a session may have, and as many bytes, with and without the binding of its client.
    static let sizes = [(63, 1, true), (64, 1, false), (1, 947, true), (1, 948, false)]

    @Test(
        "U-3: a session that has no room for its client's binding stays what it is, and so does its code",
        arguments: sizes)
    func full(_ count: Int, _ length: Int, fits: Bool) async throws {
        let bench = try URLBench()
        let store = MemorySessionStore(limits: .init(attributeBytes: 1000, sessionBytes: 1000))
        let browser = URLBrowser(try bench.manager(store))
        let first = try await browser.send(.post, "/cart", to: "/cart") { session in
            try session.set(SessionKey<String>("a"), to: String(repeating: "x", count: length))
            for number in 1..<count { try session.set(SessionKey<Int>("k\(number)"), to: 1) }
        }
        let probe = try #require(first.location)
        if fits {
            let url = try #require(try await browser.send(.get, probe).location)
            try await browser.send(.get, url) { #expect($0.attributeNames.count == count + 1) }
            return
        }
        var codes: [SessionError.Code] = []
        for _ in 0..<2 {
            do { try await browser.send(.get, probe) } catch let error as SessionError { codes.append(error.code) }
        }
        #expect(codes == [.tooLarge, .tooLarge])
        #expect(bench.log.takeEvents().map(\.kind) == [.created])
        let cookie = try #require(first.fields[.setCookie]).prefix { $0 != ";" }
        try await browser.send(.get, "/cart", [.cookie: String(cookie)]) { session in
            #expect(session.attributeNames.count == count)
        }
    }

    @Test("A probe whose code can't be stored leaves the visitor with the cookie")
    func storeFails() async throws {
        let bench = try URLBench()
        let faulty = FaultyStore(bench.recording) { operation, number in
            operation == .create && number == 2 ? .fail : .pass
        }
        let manager = try SessionManager(store: faulty, configuration: bench.urls.configuration, clock: bench.clock)
        let browser = URLBrowser(manager, keepsCookies: true)
        let answer = try await browser.send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) }
        #expect(answer.location == "/cart")
        #expect(try await browser.look("/cart").a == 1)
    }
}
