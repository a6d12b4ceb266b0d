import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

/// The rows of the requirements on tokens in URLs, by their numbers.
@Suite("Tokens in URLs", .timeLimit(.minutes(10)))
struct URLTokenTests {
    @Test("U-1: URL tokens are off unless the configuration names them, and a line at start says that they are on")
    func offByDefault() async throws {
        #expect(SessionConfiguration().urlTokens == nil && SessionConfiguration().warnings == [])
        let bench = try URLBench()
        #expect(bench.urls.configuration.warnings.map { $0.prefix(16) } == ["urlTokens is on:"])
        let url = try await URLBrowser(bench.urls).fill()
        #expect(url.hasPrefix("/cart?sid="))
        _ = bench.log.takeEvents()
        bench.recording.reset()
        let seen = try await URLBrowser(bench.cookies).look(url)
        #expect(seen.id == nil && bench.recording.calls.isEmpty && bench.log.takeEvents().isEmpty)
        let answer = try await URLBrowser(bench.cookies).send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) }
        #expect(answer.location == "/cart" && answer.fields[HTTPField.Name("Referrer-Policy")!] == nil)
        let log = Log()
        var configuration = SessionConfiguration()
        configuration.urlTokens = URLTokens()
        _ = try SessionManager(store: bench.recording, configuration: configuration, logger: log.logger)
        #expect(log.lines.count == 1 && log.lines.first?.contains("ASVS 14.2.1") == true)
    }

    @Test("U-2: beside a cookie a token in the URL counts for nothing, and is one event")
    func cookieWins() async throws {
        let bench = try URLBench()
        let url = try await URLBrowser(bench.urls).fill()
        let browser = URLBrowser(bench.urls, keepsCookies: true)
        #expect(try await browser.fill() == "/cart")
        let own = try #require(try await browser.look("/").id)
        _ = bench.refusals()
        let seen = try await browser.look(url)
        #expect(seen.id == own && bench.refusals() == [.tokenRefused(.outranked)])
        // A sign-out looks at the tokens once more, and tells nothing twice.
        try await browser.send(.post, url) { try await $0.end() }
        #expect(bench.refusals() == [.tokenRefused(.outranked)])
        // Any cookie shows that the client keeps cookies: also one of another name, a dead or a malformed one.
        for cookie in ["theme=dark", "__Host-Http-visitor=x", "__Host-Http-id=\(String(repeating: "A", count: 64))"] {
            _ = bench.refusals()
            let stranger = URLBrowser(bench.urls)
            #expect(try await stranger.look(url, [.cookie: cookie]).id == nil, "\(cookie)")
            #expect(bench.refusals().filter { $0 == .tokenRefused(.outranked) }.count == 1, "\(cookie)")
        }
        #expect(try await URLBrowser(bench.urls).look(url).a == 1)
    }

    @Test("U-5: a token in a URL is nothing as a cookie, and a cookie's is nothing in a URL")
    func otherKind() async throws {
        let bench = try URLBench()
        let url = try await URLBrowser(bench.urls).fill()
        let token = try #require(RequestTarget(url).values(of: "sid").first)
        let browser = URLBrowser(bench.urls, keepsCookies: true)
        _ = try await browser.fill()
        let cookie = try #require(browser.jar["__Host-Http-visitor"])
        _ = bench.refusals()
        for name in ["__Host-Http-visitor", "__Host-Http-id"] {
            #expect(try await URLBrowser(bench.urls).look("/", [.cookie: "\(name)=\(token)"]).id == nil)
        }
        #expect(try await URLBrowser(bench.urls).look("/?sid=\(cookie)").id == nil)
        #expect(bench.refusals() == Array(repeating: .tokenRefused(.misplaced), count: 3))
        #expect(try await browser.look("/").a == 1)
        #expect(try await URLBrowser(bench.urls).look(url).a == 1)
    }

    @Test("U-5: a session in a URL ends after 15 minutes without use and two hours in all, and is never remembered")
    func timeouts() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        bench.clock.advance(by: .minutes(15) - .milliseconds(1))
        #expect(try await browser.look(url).a == 1)
        bench.clock.advance(by: .minutes(15) - .milliseconds(1))
        #expect(try await browser.look(url).a == 1)
        bench.clock.advance(by: .minutes(15))
        #expect(try await browser.look(url).a == nil)

        let signedIn = try await browser.follow(
            try await browser.send(.post, "/sign-in", to: "/account") {
                try await $0.signIn(
                    try Principal("ada"), timeouts: .init(idle: .days(14), absolute: .days(30), isPersistent: true))
            })
        var info: SessionInfo?
        try await browser.send(.get, signedIn) { info = $0.info }
        #expect(info?.principal?.name == "ada" && info?.carrier == .url)
        #expect(info?.idleDeadline == bench.clock.now + .minutes(15))
        #expect(info?.absoluteDeadline == bench.clock.now + .hours(2))
        for _ in 0..<11 {
            bench.clock.advance(by: .minutes(10))
            #expect(try await browser.look(signedIn).principal == "ada")
        }
        bench.clock.advance(by: .minutes(10) - .milliseconds(1))
        #expect(try await browser.look(signedIn).principal == "ada")
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await browser.look(signedIn).principal == nil)
    }

    @Test("U-5: a session in a URL ends no later than one in a cookie, where that has less time without use")
    func shorterTimeouts() async throws {
        let bench = try URLBench { $0.timeouts = .init(idle: .minutes(5), absolute: .hours(1)) }
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        var info: SessionInfo?
        try await browser.send(.get, url) { info = $0.info }
        #expect(info?.carrier == .url && info?.idleDeadline == bench.clock.now + .minutes(5))
        #expect(info?.absoluteDeadline == bench.clock.now + .hours(1))
        bench.clock.advance(by: .minutes(5))
        #expect(try await browser.look(url).id == nil)
    }

    @Test(
        "U-5: a session in a URL has low privilege: no step-up, no hand-over, and the guard for administration refuses it"
    )
    func lowPrivilege() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.follow(
            try await browser.send(.post, "/sign-in", to: "/account") { try await $0.signIn(try Principal("ada")) })
        var codes: [SessionError.Code] = []
        try await browser.send(.get, url) { session in
            #expect(session.isLowPrivilege)
            do { try await session.stepUp() } catch let error as SessionError { codes.append(error.code) }
            do { try session.requireFullPrivilege() } catch let error as SessionError { codes.append(error.code) }
            do {
                _ = try await session.handOverURL(for: "https://pay.test/")
            } catch let error as SessionError { codes.append(error.code) }
        }
        #expect(codes == [.lowPrivilege, .lowPrivilege, .lowPrivilege])
        #expect(codes.allSatisfy { $0.status == .forbidden })
        let other = URLBrowser(bench.urls, keepsCookies: true)
        try await other.send(.post, "/sign-in") { try await $0.signIn(try Principal("ada")) }
        try await other.send(.get, "/") { session in
            #expect(!session.isLowPrivilege)
            try session.requireFullPrivilege()
            try await session.stepUp()
        }
    }

    @Test("U-5: URL tokens on routes that need a fresh sign-in are an error at start, which says what to write instead")
    func refusedConfigurations() throws {
        func error(_ change: (inout SessionConfiguration) -> Void) -> SessionError? {
            var configuration = SessionConfiguration()
            configuration.urlTokens = URLTokens()
            change(&configuration)
            do throws(SessionError) {
                _ = try SessionManager(store: MemorySessionStore(), configuration: configuration)
                return nil
            } catch {
                return error
            }
        }
        #expect(error { _ in } == nil)
        let stepUp = error { $0.authenticationAge = .minutes(5) }
        #expect(stepUp?.code == .configuration && stepUp?.message.contains("manager without urlTokens") == true)
        for (change, isRefused) in [
            ({ $0.urlTokens?.idleTimeout = .minutes(15) + .milliseconds(1) }, true),
            ({ $0.urlTokens?.idleTimeout = .milliseconds(1) }, false), ({ $0.urlTokens?.idleTimeout = .zero }, true),
            ({ $0.urlTokens?.absoluteTimeout = .hours(12) }, false),
            ({ $0.urlTokens?.absoluteTimeout = .hours(12) + .milliseconds(1) }, true),
            ({ $0.urlTokens?.codeLifetime = .seconds(60) + .milliseconds(1) }, true),
            ({ $0.urlTokens?.codeLifetime = .zero }, true), ({ $0.urlTokens?.parameter = "" }, true),
            ({ $0.urlTokens?.parameter = "s&d" }, true), ({ $0.urlTokens?.parameter = "s=" }, true),
            ({ $0.urlTokens?.parameter = String(repeating: "s", count: 32) }, false),
            ({ $0.urlTokens?.parameter = String(repeating: "s", count: 33) }, true),
            ({ $0.urlTokens?.parameter = "azAZ09-_" }, false),
            ({ $0.transport = .bearer }, true),
        ] as [((inout SessionConfiguration) -> Void, Bool)] {
            #expect((error(change)?.code == .configuration) == isRefused)
        }
        var age = SessionConfiguration()
        age.authenticationAge = .zero
        #expect(throws: SessionError.self) { try SessionManager(store: MemorySessionStore(), configuration: age) }
    }

    @Test("Routes that need a fresh sign-in get no request whose user was authenticated too long ago")
    func authenticationAge() async throws {
        let bench = try URLBench {
            $0.urlTokens = nil
            $0.authenticationAge = .minutes(5)
        }
        let browser = URLBrowser(bench.cookies, keepsCookies: true)
        func code() async throws -> SessionError.Code? {
            let office = URLBrowser(bench.urls, keepsCookies: true)
            office.jar = browser.jar
            do {
                try await office.send(.get, "/office")
                return nil
            } catch let error as SessionError {
                return error.code
            }
        }
        #expect(try await code() == .noSession)
        try await browser.send(.post, "/sign-in") { try await $0.signIn(try Principal("ada")) }
        #expect(try await code() == nil)
        bench.clock.advance(by: .minutes(5) - .milliseconds(1))
        #expect(try await code() == nil)
        bench.clock.advance(by: .milliseconds(1))
        #expect(try await code() == .authenticationTooOld)
        try await browser.send(.post, "/step-up") { try await $0.stepUp() }
        #expect(try await code() == nil)
    }

    @Test("U-5: a token in URLs is not renewed, so that the old pages of a browser's history are no theft")
    func noRenewal() async throws {
        let bench = try URLBench { $0.renewalInterval = .minutes(5) }
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        for _ in 0..<3 {
            bench.clock.advance(by: .minutes(6))
            var isRenewed: Bool?
            try await browser.send(.get, url) { isRenewed = try await $0.renew() }
            #expect(isRenewed == false)
        }
        #expect(bench.log.takeEvents().allSatisfy { $0.kind != .renewed && $0.kind != .theftSuspected })
        #expect(try await browser.look(url).a == 1)
    }

    @Test(
        "U-6: a session in a URL is bound to the User-Agent and the network, and ends where another client comes",
        arguments: [
            ("Lynx/2.9", "192.0.2.255", true), ("Lynx/2.9", "192.0.3.7", false), ("Lynx/2.9", "192.0.1.7", false),
            ("Lynx/2.8", "192.0.2.7", false), ("", "192.0.2.7", false), ("Lynx/2.9", "2001:db8::7", false),
            // With its digit, the end of the one is the beginning of the other.
            ("Lynx/2.91", "92.0.2.7", false),
        ])
    func binding(_ agent: String, _ client: String, isSame: Bool) async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        _ = bench.log.takeEvents()
        let other = try await URLBrowser(bench.urls, agent: agent, client: client).look(url)
        #expect(other.a == (isSame ? 1 : nil))
        let kinds = bench.log.takeEvents().map(\.kind)
        #expect(kinds == (isSame ? [] : [.tokenRefused(.misbound), .ended(.otherClient)]))
        #expect(try await browser.look(url).a == (isSame ? 1 : nil))
    }

    @Test(
        "U-6: of IPv6 the network is the /64", arguments: [("2001:db8:0:1:ffff::1", true), ("2001:db8:0:2::7", false)])
    func bindingIPv6(_ client: String, isSame: Bool) async throws {
        let bench = try URLBench()
        let url = try await URLBrowser(bench.urls, client: "2001:db8:0:1::7").fill()
        #expect(try await URLBrowser(bench.urls, client: client).look(url).a == (isSame ? 1 : nil))
    }

    @Test("U-6: a session that has lost its binding is refused")
    func bindingLost() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        try await browser.send(.post, url) { try $0.remove(named: ClientBinding.name) }
        #expect(try await browser.look(url).id == nil)
    }

    @Test(
        "U-6: what a request sets for a new session in a URL fits beside its client's binding, or is refused at once",
        arguments: HandOverTests.sizes)
    func newSession(_ count: Int, _ length: Int, fits: Bool) async throws {
        let bench = try URLBench()
        let limits = SessionLimits(attributeBytes: 1000, sessionBytes: 1000)
        let store = FaultyStore(MemorySessionStore(limits: limits))
        let browser = URLBrowser(try bench.manager(store))
        let ada = try await browser.follow(
            try await browser.send(.post, "/sign-in", to: "/account") { try await $0.signIn(try Principal("ada")) })
        store.follow { operation, _ in operation == .create ? .fail : .pass }
        var codes: [SessionError.Code] = []
        let answer = try await browser.send(.post, ada, to: "/account") { session in
            // It has ended the session before, and made none.
            do {
                try await session.signIn(try Principal("grace"))
            } catch let error as SessionError { codes.append(error.code) }
            store.follow { _, _ in .pass }
            for number in 1..<count { try session.set(SessionKey<Int>("k\(number)"), to: 1) }
            do {
                try session.set(SessionKey<String>("a"), to: String(repeating: "x", count: length))
            } catch let error as SessionError { codes.append(error.code) }
        }
        #expect(codes == (fits ? [.unavailable] : [.unavailable, .tooLarge]))
        let kept = fits ? count : count - 1
        try await browser.send(.get, try #require(answer.location)) { session in
            #expect(session.attributeNames.count == (kept == 0 ? 0 : kept + 1))
        }
    }

    @Test(
        "U-6: a sign-in in a URL leaves out its device where that doesn't fit beside the client's binding",
        arguments: [(1, [ClientBinding.name]), (2, [ClientBinding.name, SessionKey<SessionDevice>.device.name])])
    func device(_ attributeCount: Int, kept: [String]) async throws {
        let bench = try URLBench()
        let store = MemorySessionStore(limits: .init(attributeCount: attributeCount))
        let browser = URLBrowser(try bench.manager(store))
        let ada = try await browser.follow(
            try await browser.send(.post, "/sign-in", to: "/account") { try await $0.signIn(try Principal("ada")) })
        let answer = try await browser.send(.post, ada, to: "/account") { session in
            try await session.signIn(try Principal("grace"), on: session.device())
        }
        try await browser.send(.get, try #require(answer.location)) { session in
            #expect(session.principal?.name == "grace" && session.attributeNames == kept)
        }
    }

    @Test("U-7: a token in a URL that this server has not issued is never adopted")
    func neverAdopted() async throws {
        let bench = try URLBench()
        let invented = String(repeating: "A", count: 64)
        _ = bench.log.takeEvents()
        let browser = URLBrowser(bench.urls)
        let answer = try await browser.send(.post, "/cart?sid=\(invented)", to: "/cart?sid=\(invented)") {
            try $0.set(.a, to: 1)
        }
        #expect(bench.refusals() == [.tokenRefused(.unknown)])
        #expect(answer.sid == nil && answer.code != nil)
        let url = try await browser.follow(answer)
        #expect(url.hasPrefix("/cart?sid=") && !url.contains(invented))
        #expect(try await browser.look("/cart?sid=\(invented)").id == nil)
    }

    @Test("U-7: a sign-in makes a new token, goes on in the URL, and every link from before it is dead")
    func fixation() async throws {
        let bench = try URLBench()
        // The one who planted the link shares the victim's network and browser.
        let planter = URLBrowser(bench.urls)
        let planted = try await planter.fill()
        let victim = URLBrowser(bench.urls)
        let answer = try await victim.send(
            .post, planted.replacing("/cart", with: "/sign-in"), to: "/account"
        ) { try await $0.signIn(try Principal("ada")) }
        let sid = try #require(answer.sid)
        #expect(!planted.contains(sid) && answer.code == nil && answer.fields[.setCookie] == nil)
        #expect(try await victim.look("/account?sid=\(sid)").principal == "ada")
        _ = bench.refusals()
        #expect(try await planter.look(planted).principal == nil)
        #expect(bench.refusals() == [.tokenRefused(.superseded)])
        // U-6: to another client it is nothing, not even a link that a sign-in has superseded.
        #expect(try await URLBrowser(bench.urls, agent: "curl").look(planted).id == nil)
        #expect(bench.refusals() == [.tokenRefused(.misbound)])
        bench.clock.advance(by: .minutes(2))
        #expect(try await planter.look(planted).id == nil)
        #expect(try await victim.look("/account?sid=\(sid)").principal == "ada")
        // From elsewhere the old link is no better, and ends nothing of the user's.
        #expect(try await URLBrowser(bench.urls, agent: "curl").look(planted).id == nil)
        #expect(try await victim.look("/account?sid=\(sid)").principal == "ada")
    }

    @Test("A sign-out in a URL ends the session, its redirect has no token, and its message follows in a URL")
    func signOut() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let plain = try await browser.send(.post, url, to: "/?sid=x&a=1") { try await $0.end() }
        #expect(plain.location == "/?a=1" && plain.fields[.setCookie] == nil)
        #expect(try await browser.look(url).id == nil)
        let again = try await browser.fill()
        let told = try await browser.send(.post, again, to: "/") { try await $0.end(leaving: "You have signed out.") }
        #expect(told.sid != nil && told.fields[.setCookie] == nil)
        var messages: [String] = []
        try await browser.send(.get, told.location ?? "") { messages = try await $0.takeFlash().map(\.text) }
        #expect(messages == ["You have signed out."])
        #expect(try await browser.look(again).id == nil)
    }

    @Test("Another user who signs in at the same URL gets a session of their own, in the URL")
    func otherUser() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let ada = try await browser.follow(
            try await browser.send(.post, "/sign-in", to: "/account") { session in
                try session.set(.a, to: 1)
                try await session.signIn(try Principal("ada"))
            })
        let answer = try await browser.send(.post, ada, to: "/account") { try await $0.signIn(try Principal("grace")) }
        let grace = try await browser.look(answer.location ?? "")
        #expect(grace.principal == "grace" && grace.a == nil && answer.sid != nil)
        #expect(try await browser.look(ada).principal == nil)
    }

    @Test("U-8: what used a session in a URL, and whatever page has a token in its URL, tells its URL to no other site")
    func fields() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let names = ["Referrer-Policy", "X-Robots-Tag", "Cache-Control"].map { HTTPField.Name($0)! }
        let wanted = ["no-referrer", "noindex", "no-store"]
        let probe = try await browser.send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) }
        #expect(names.map { probe.fields[$0] } == wanted && probe.code != nil)
        for path in [url, "/?sid=x", "/?sid", "/?sid=x&sid=y"] {
            let answer = try await browser.send(.get, path)
            #expect(names.map { answer.fields[$0] } == wanted, "\(path)")
        }
        let cookie = try await browser.send(.get, url, [.cookie: "theme=dark"])
        #expect(names.map { cookie.fields[$0] } == wanted)
        let other = try await browser.send(.get, "/?id=x")
        #expect(names.map { other.fields[$0] } == [nil, nil, "no-store"])
    }

    @Test("A token in a URL that came over plain HTTP is not looked up")
    func plainHTTP() async throws {
        let bench = try URLBench()
        let browser = URLBrowser(bench.urls)
        let url = try await browser.fill()
        let answer = try await browser.send(.post, "/cart", to: "/cart") { try $0.set(.a, to: 1) }
        for path in [url, try #require(answer.location)] {
            bench.recording.reset()
            _ = bench.log.takeEvents()
            let handle = bench.urls.begin(
                browser.request(.get, path), over: .init(peer: .address(browser.client), isTLS: false))
            #expect(try await handle.admit() == nil)
            #expect(try await handle.session().id == nil)
            #expect(bench.recording.calls.isEmpty)
            #expect(bench.log.takeEvents().map(\.kind) == [.insecureTransport])
        }
    }
}
