import HTTPTypes
import Logging
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Forged requests", .timeLimit(.minutes(10)))
struct ForgeryTests {
    private let log = EventLog()

    private func manager(_ change: (inout ForgeryProtection) throws -> Void = { _ in }) throws -> SessionManager {
        var configuration = SessionConfiguration()
        try change(&configuration.forgeryProtection)
        return try SessionManager(store: MemorySessionStore(), configuration: configuration, observers: [log])
    }

    private func request(
        _ method: HTTPRequest.Method = .post, _ path: String = "/", site: String? = nil, origin: String? = nil,
        host: String? = "shop.example"
    ) -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "https", authority: host, path: path)
        request.headerFields[.secFetchSite] = site
        request.headerFields[.origin] = origin
        return request
    }

    private func passes(_ request: HTTPRequest, _ manager: SessionManager) -> Bool {
        do {
            try manager.begin(request, over: .init(peer: .local, isTLS: true)).refuseForgery()
            return true
        } catch {
            #expect(error.code == .forgedRequest && error.code.status == .forbidden)
            return false
        }
    }

    private static let sites: [String?] = [
        "same-origin", "none", "same-site", "cross-site", "same-origin, same-origin", "what's next", "", nil,
    ]
    private static let origins: [String?] = [
        "https://shop.example", "http://shop.example", "https://shop.example:443", "https://SHOP.example",
        "https://shop.example:8443", "https://evil.example", "null", "https://shop.example/", "", nil,
    ]

    @Test("F-1, F-2, F-4: what passes and what is refused, by both fields", arguments: Self.sites, Self.origins)
    func table(_ site: String?, _ origin: String?) throws {
        let request = request(site: site, origin: origin)
        let refusal: SessionEvent.Forgery?
        switch (site, origin) {
        case ("same-origin", _), ("none", _): refusal = nil
        case ("same-site", _): refusal = .sameSite
        case (.some, _): refusal = .crossSite
        case (nil, nil), (nil, "https://shop.example"), (nil, "http://shop.example"), (nil, "https://shop.example:443"),
            (nil, "https://SHOP.example"):
            refusal = nil
        case (nil, .some): refusal = .crossSite
        }
        #expect(passes(request, try manager()) == (refusal == nil))
        #expect(log.takeEvents().map(\.kind) == (refusal.map { [.forgeryRefused($0)] } ?? []))
        // The stricter table: without the newer field nothing passes.
        let strict = site == nil ? .unknownOrigin : refusal
        #expect(passes(request, try manager { $0.requiresFetchMetadata = true }) == (strict == nil))
        #expect(log.takeEvents().map(\.kind) == (strict.map { [.forgeryRefused($0)] } ?? []))
    }

    @Test(
        "F-1, F-5: every method that may change something is looked at, whatever an override says",
        arguments: ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "QUERY", "get", "PROPFIND"])
    func methods(_ name: String) throws {
        var request = request(try #require(.init(name)), "/?_method=GET", site: "cross-site")
        request.headerFields[try #require(.init("X-HTTP-Method-Override"))] = "GET"
        #expect(passes(request, try manager()) == ["GET", "HEAD", "OPTIONS", "TRACE"].contains(name))
    }

    @Test(
        "A-4.4.2: a WebSocket's handshake is judged by its Origin, and an upgrade to anything else is not",
        arguments: [
            ("websocket", true), ("WebSocket", true), ("h2c , websocket", true), ("websocket/13", true), ("h2c", false),
            ("websockets", false), ("", false),
        ])
    func webSocket(_ upgrade: String, isJudged: Bool) throws {
        for isStrict in [false, true] {
            let manager = try manager {
                $0.requiresFetchMetadata = isStrict
                $0.trustedOrigins = [try WebOrigin("https://pay.example")]
            }
            for (site, origin, passes) in [
                (nil, "https://shop.example", true), (nil, "https://pay.example", true), (nil, nil, true),
                ("same-origin", "https://shop.example", true), (nil, "https://evil.example", false),
                (nil, "null", false),
                ("cross-site", "https://evil.example", false), ("cross-site", nil, false), ("same-site", nil, false),
            ] as [(String?, String?, Bool)] {
                var request = request(.get, "/live", site: site, origin: origin)
                request.headerFields[.upgrade] = upgrade
                #expect(self.passes(request, manager) == (passes || !isJudged), "\(site ?? "-") \(origin ?? "-")")
            }
        }
    }

    @Test("F-3: a trusted origin passes, exactly it, and no missing one")
    func trusted() throws {
        let manager = try manager {
            $0.trustedOrigins = [try WebOrigin("https://pay.example"), try WebOrigin("https://app.example:8443")]
        }
        for (origin, isTrusted) in [
            ("https://pay.example", true), ("https://app.example:8443", true), ("https://pay.example:443", true),
            ("http://pay.example", false), ("https://pay.example:8443", false), ("https://app.example", false),
            ("https://a.pay.example", false), ("https://pay.example.evil.example", false), ("null", false), ("", false),
            ("https://pay.example, https://evil.example", false), ("https://pay.example/", false),
        ] {
            for site in ["cross-site", "same-site", nil] where site != nil || !origin.isEmpty {
                #expect(passes(request(site: site, origin: origin), manager) == isTrusted, "\(origin)")
            }
        }
        #expect(!passes(request(site: "cross-site"), manager))
        let strict = try self.manager {
            $0.trustedOrigins = [try WebOrigin("https://pay.example")]
            $0.requiresFetchMetadata = true
        }
        #expect(passes(request(site: "cross-site", origin: "https://pay.example"), strict))
        #expect(!passes(request(origin: "https://pay.example"), strict))
    }

    @Test("F-3, R-20: an exemption is one method and one path, byte for byte")
    func exemptions() throws {
        let exemptions = [
            try ForgeryProtection.Exemption(.post, "/hook"), try .init(.put, "/a%20b"), try .init(.post, "/K"),
        ]
        for requires in [false, true] {
            let manager = try manager {
                $0.exemptions = exemptions
                $0.requiresFetchMetadata = requires
            }
            for (method, path, isExempt) in [
                (.post, "/hook", true), (.post, "/hook?a=b", true), (.post, "/hook?", true), (.put, "/a%20b", true),
                (.put, "/hook", false), (.post, "/hook/", false), (.post, "/Hook", false), (.post, "//hook", false),
                (.post, "/hook/x", false), (.post, "/ho%6fk", false), (.post, "/hook;a", false), (.post, "/hoo", false),
                (.post, "/a?/hook", false), (.post, "/x/../hook", false), (.put, "/a b", false),
                (.delete, "/hook", false),
                // The sign for kelvin, which Unicode takes for the same character.
                (.post, "/K", true), (.post, "/\u{212a}", false),
            ] as [(HTTPRequest.Method, String, Bool)] {
                #expect(passes(request(method, path, site: "cross-site"), manager) == isExempt, "\(method) \(path)")
            }
            #expect(passes(request(.post, "/hook"), manager))
        }
        let odd = try ForgeryProtection.Exemption(.post, "/~ada!")
        #expect(odd.path == "/~ada!")
    }

    @Test(
        "F-3: an exemption that can't be exact is refused with what to write instead",
        arguments: [
            (.get, "/hook", "never refused"), (.head, "/hook", "never refused"), (.options, "/hook", "never refused"),
            (.post, "hook", "begin with"), (.post, "", "begin with"), (.post, "/hook?a", "query"),
            (.post, "/hook#a", "query"),
            (.post, "/*", "no pattern"), (.post, "/hook/{id}", "no pattern"), (.post, "/hook/:id", "no pattern"),
            (.post, "/hoök", "ASCII"), (.post, "/a b", "ASCII"), (.post, "/a\u{7f}", "ASCII"),
        ] as [(HTTPRequest.Method, String, String)])
    func noExemptions(_ method: HTTPRequest.Method, _ path: String, _ advice: String) {
        let error = #expect(throws: SessionError.self) { try ForgeryProtection.Exemption(method, path) }
        #expect(error?.code == .configuration && error?.message.contains(advice) == true)
    }

    @Test("F-10: a refusal is one event with its reason and its peer; on trial it is reported and passes; off, neither")
    func modes() throws {
        let forged = request(.post, "/sign-in?next=x", site: "cross-site", origin: "https://evil.example")
        #expect(!passes(forged, try manager()))
        var events = log.takeEvents()
        #expect(events.map(\.kind.name) == ["forgeryRefused.crossSite"])
        #expect(events.first?.peer == .local && events.first?.error?.code == .forgedRequest)
        #expect(events.first?.error?.message.contains("\"https://evil.example\"") == true)
        #expect(passes(forged, try manager { $0.mode = .report }))
        events = log.takeEvents()
        #expect(events.map(\.kind.name) == ["forgeryReported.crossSite"] && events.first?.error?.code == .forgedRequest)
        #expect(passes(forged, try manager { $0.mode = .off }))
        #expect(log.takeEvents().isEmpty)
        let exempting = try manager { $0.exemptions = [try .init(.post, "/sign-in")] }
        #expect(passes(forged, exempting) && log.takeEvents().isEmpty)
    }

    @Test("A refusal makes no store call, and its response is kept out of caches by what it depends on")
    func reply() async throws {
        let recording = RecordingStore(MemorySessionStore())
        let manager = try SessionManager(store: recording)
        let handle = manager.begin(request(site: "cross-site"), over: .init(peer: .local, isTLS: true))
        let error = #expect(throws: SessionError.self) { try handle.refuseForgery() }
        let reply = await handle.finish(.failure(try #require(error), status: nil))
        let answered = try await reply.response(to: Result<String, any Error>.failure(try #require(error))) {
            "\($0.code)"
        } onFailure: { _ in
            "failure"
        }
        #expect(answered == "forgedRequest" && !reply.isEmpty)
        var fields: HTTPFields = [.vary: "Accept"]
        reply.apply(to: &fields)
        #expect(fields[.vary] == "Accept, Sec-Fetch-Site, Origin" && fields[.cacheControl] == "no-store")
        #expect(fields[.setCookie] == nil && recording.calls.isEmpty)
        // What passes depends on nothing of it.
        let passing = manager.begin(request(site: "same-origin"), over: .init(peer: .local, isTLS: true))
        try passing.refuseForgery()
        #expect(await passing.finish(status: .ok).isEmpty)
    }

    @Test("What a client is told of a refusal says nothing of the configuration")
    func publicMessage() throws {
        let handle = try manager().begin(
            request(site: "cross-site", origin: "https://evil.example"), over: .init(peer: .local, isTLS: true))
        let error = #expect(throws: SessionError.self) { try handle.refuseForgery() }
        #expect(error?.publicMessage.hasPrefix("This request came from another site") == true)
        #expect(error?.publicMessage.contains("evil") == false && error?.publicMessage.contains("trusted") == false)
    }

    @Test("F-10: a protection that doesn't refuse is warned of when the manager is made")
    func warnings() {
        var configuration = SessionConfiguration()
        #expect(configuration.warnings == [])
        for (mode, word) in [(.report, "mode is report"), (.off, "mode is off")] as [(ForgeryProtection.Mode, String)] {
            configuration.forgeryProtection.mode = mode
            #expect(configuration.warnings.count == 1 && configuration.warnings[0].contains(word))
        }
    }
}
