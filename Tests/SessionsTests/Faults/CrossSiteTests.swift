import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions

@Suite("Requests that another site sends", .timeLimit(.minutes(10)))
struct CrossSiteTests {
    private func request(
        _ site: String?, origin: String? = nil, method: HTTPRequest.Method = .post, to host: String? = "shop.test"
    ) throws -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "https", authority: host, path: "/")
        if let site { request.headerFields[try #require(HTTPField.Name("Sec-Fetch-Site"))] = site }
        if let origin { request.headerFields[.origin] = origin }
        return request
    }

    private func handle(
        _ bench: Bench, _ site: String?, method: HTTPRequest.Method = .post, jar: [String: String] = [:]
    ) throws -> SessionHandle {
        var request = try request(site, method: method)
        if !jar.isEmpty { request.headerFields[.cookie] = jar.map { "\($0)=\($1)" }.joined(separator: "; ") }
        return bench.manager.begin(request, over: .init(peer: .local, isTLS: true))
    }

    private func setCookies(_ handle: SessionHandle) async -> [String] {
        var fields = HTTPFields()
        await handle.finish(status: .ok).apply(to: &fields)
        return fields[values: .setCookie]
    }

    private func write(_ deed: String, _ session: Session) async throws {
        switch deed {
        case "set": try session.set(.a, to: 1)
        case "update": try await session.update(.a, default: 0) { $0 += 1 }
        case "save": try await session.save { edits throws(SessionError) in try edits.set(.a, to: 1) }
        default: try await session.flash("saved")
        }
    }

    @Test("Sec-Fetch-Site says whose page sent the request, and Origin where a browser doesn't send that")
    func initiator() throws {
        for (site, origin, host, initiator) in [
            ("same-origin", nil, "shop.test", .sameOrigin), ("none", nil, "shop.test", .sameOrigin),
            ("same-site", nil, "shop.test", .sameSite), ("cross-site", nil, "shop.test", .crossSite),
            (" Cross-Site", nil, "shop.test", .crossSite), ("Same-Origin ", nil, "shop.test", .sameOrigin),
            ("", nil, "shop.test", .crossSite), ("same", nil, "shop.test", .crossSite),
            ("same-origin, cross-site", nil, "shop.test", .crossSite),
            // The browser's own word counts before the host, which a proxy may have changed.
            ("same-origin", "https://shop.test", "10.0.0.7:8080", .sameOrigin),
            ("cross-site", "https://shop.test", "shop.test", .crossSite),
            (nil, nil, "shop.test", .unknown), (nil, "https://shop.test", "shop.test", .sameOrigin),
            (nil, "HTTPS://Shop.test", "shop.TEST", .sameOrigin),
            (nil, "http://shop.test", "shop.test:80", .sameOrigin),
            (nil, "https://shop.test", "shop.test:443", .sameOrigin),
            (nil, "https://shop.test:8443", "shop.test:8443", .sameOrigin),
            (nil, "http://[::1]:8080", "[::1]:8080", .sameOrigin),
            (nil, "https://shop.test:443", "shop.test", .sameOrigin),
            (nil, "https://shop.test:8443", "shop.test", .crossSite),
            (nil, "https://shop.test", "shop.test:80", .crossSite),
            (nil, "https://evil.test", "shop.test", .crossSite),
            (nil, "https://evil-shop.test", "shop.test", .crossSite),
            (nil, "https://shop.test.evil.test", "shop.test", .crossSite), (nil, "null", "shop.test", .crossSite),
            (nil, "", "shop.test", .crossSite), (nil, "shop.test", "shop.test", .crossSite),
            (nil, "https://", "", .crossSite), (nil, "https://shop.test/", "shop.test", .crossSite),
            (nil, "https://shop.test", nil, .crossSite), (nil, "ftp://shop.test", "shop.test", .crossSite),
            (nil, "https://shop.test, https://shop.test", "shop.test", .crossSite),
        ] as [(String?, String?, String?, RequestInitiator)] {
            let request = try request(site, origin: origin, to: host)
            #expect(RequestInitiator(request) == initiator, "\(site ?? "-") \(origin ?? "-") to \(host ?? "-")")
        }
    }

    @Test("Only a request that asks for a change, from another site, may come without the visitor's cookie")
    func unsafe() throws {
        for (method, isUnsafe) in [
            (.get, false), (.head, false), (.options, false), (.trace, false), (.post, true), (.put, true),
            (.patch, true),
            (.delete, true), (.init("PURGE")!, true),
        ] as [(HTTPRequest.Method, Bool)] {
            for (site, origin) in [("cross-site", nil), (nil, "https://evil.test"), (nil, "null")]
                as [(String?, String?)]
            {
                #expect(
                    try request(site, origin: origin, method: method).isUnsafeFromAnotherSite == isUnsafe, "\(method)")
            }
            #expect(try !request("same-site", method: method).isUnsafeFromAnotherSite)
            #expect(try !request(nil, method: method).isUnsafeFromAnotherSite)
        }
    }

    @Test(
        "A forged form makes no visitor's session, whatever it writes", arguments: ["set", "update", "save", "flash"])
    func noVisitor(_ deed: String) async throws {
        for (site, method, isMade) in [
            ("cross-site", .post, false), ("cross-site", .get, true), ("same-site", .post, true),
            ("same-origin", .post, true), (nil, .post, true),
        ] as [(String?, HTTPRequest.Method, Bool)] {
            let bench = try Bench()
            let handle = try handle(bench, site, method: method)
            let session = try await handle.session()
            var code: SessionError.Code?
            do {
                try await write(deed, session)
            } catch let error as SessionError {
                code = error.code
                #expect(!error.publicMessage.contains("acceptCrossSite") && error.code.status == .forbidden)
            }
            #expect(code == (isMade ? nil : .crossSite), "\(site ?? "-") \(method)")
            #expect(await setCookies(handle).count == (isMade ? 1 : 0))
            #expect(bench.recording.calls.contains { $0.operation == .create } == isMade)
        }
    }

    @Test("What a forged form removes or takes is no write, and its sign-out leaves no message")
    func harmless() async throws {
        let bench = try Bench()
        let handle = try handle(bench, "cross-site")
        let session = try await handle.session()
        try session.remove(.a)
        #expect(try await session.take(.a) == nil)
        try await session.end(leaving: "You have signed out.")
        #expect(await setCookies(handle) == [])
        #expect(bench.recording.calls.isEmpty)
    }

    @Test(
        "A route that expects what other sites send asks for a visitor's session by name",
        arguments: ["set", "update", "save", "flash"])
    func asksForIt(_ deed: String) async throws {
        let bench = try Bench()
        let handle = try handle(bench, "cross-site")
        let session = try await handle.session()
        session.acceptCrossSite()
        try await write(deed, session)
        #expect(await setCookies(handle).count == 1)
    }

    @Test("A sign-in from another site deletes no cookie that did not come, and neither does a sign-out")
    func deletesNothing() async throws {
        let bench = try Bench()
        let signIn = try handle(bench, "cross-site")
        try await signIn.session().signIn(try Principal("ada"))
        let cookies = await setCookies(signIn)
        #expect(
            cookies.map { $0.prefix { $0 != "=" } } == ["__Host-Http-id"] && cookies[0].contains("Max-Age=0") == false)

        let signOut = try handle(bench, "cross-site")
        try await signOut.session().end()
        #expect(await setCookies(signOut) == [])

        let both = try handle(bench, "cross-site")
        try await both.session().signIn(try Principal("ada"))
        try await both.session().end()
        #expect(await setCookies(both) == [])
    }

    @Test("What comes with its cookies is used and deleted as ever")
    func withCookies() async throws {
        let bench = try Bench()
        let visitor = bench.visitor
        try await visitor.visit { try $0.set(.a, to: 1) }
        let signIn = try handle(bench, "cross-site", jar: visitor.jar)
        try await signIn.session().set(.b, to: 2)
        try await signIn.session().signIn(try Principal("ada"))
        let cookies = await setCookies(signIn)
        #expect(cookies.map { $0.prefix { $0 != "=" } } == ["__Host-Http-visitor", "__Host-Http-id"])
        var fields = HTTPFields()
        for cookie in cookies { fields.append(HTTPField(name: .setCookie, value: cookie)) }
        visitor.take(fields)
        var values: [Int?] = []
        try await visitor.visit { values = [try $0.value(.a), try $0.value(.b)] }
        #expect(values == [1, 2])
        let signOut = try handle(bench, "cross-site", jar: visitor.jar)
        try await signOut.session().end()
        #expect(await setCookies(signOut).map { $0.prefix { $0 != "=" } } == ["__Host-Http-id"])
    }
}
