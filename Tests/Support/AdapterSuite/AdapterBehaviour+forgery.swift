import HTTPTypes
import Sessions
import SessionsTesting
import ShopDriver
import Testing

extension AdapterBehaviour {
    static let forgery = [
        AdapterBehaviour("F-1: what a page of another site sends is refused before its handler, and the session stays")
        {
            shop, visitor in
            try await visitor.post("/sign-in")
            try await visitor.post("/n")
            _ = shop.events.take()
            let token = try #require(visitor.browser.signedInToken)
            for fields in [from("cross-site"), from("same-site"), from("cross-site", "null"), from(nil, "null")] {
                for path in ["/n-then-404", "/n-then-500", "/end-then-500", "/sign-in", "/nowhere"] {
                    let answer = try await visitor.post(path, "", fields)
                    #expect(answer.status == 403 && answer.setCookies == [], "\(path) \(fields)")
                    #expect(answer.body.contains("another site") && !answer.body.contains("forgeryProtection"))
                    #expect(answer["Vary"] == "Sec-Fetch-Site, Origin" && answer["Cache-Control"] == "no-store")
                }
            }
            let kinds = shop.events.take().map(\.kind)
            #expect(kinds.count == 20 && Set(kinds) == [.forgeryRefused(.crossSite), .forgeryRefused(.sameSite)])
            #expect(visitor.browser.signedInToken == token && shop.log.lines == [])
            #expect(try await visitor.get("/n").body == "1")
        },
        AdapterBehaviour("F-1, F-2: a request of a page of this server, of a user or of a program passes") {
            shop, visitor in
            let own = visitor.address
            for fields in [from("same-origin"), from("none"), from("same-origin", "null"), from(nil, own), [:]] {
                let answer = try await visitor.post("/n", "", fields)
                #expect(answer.status == 200 && answer["Vary"] == "Cookie", "\(fields)")
            }
            // The same host at another port is another origin.
            #expect(try await visitor.post("/n", "", from(nil, own + "1")).status == 403)
            #expect(try await visitor.get("/n", from("cross-site", "https://evil.example")).body == "1")
        },
        AdapterBehaviour("A-4.4.2: a WebSocket that another site's page opens is refused before its handler") {
            shop, visitor in
            try await visitor.post("/sign-in")
            try await visitor.post("/n")
            _ = shop.events.take()
            for (origin, status) in [("https://evil.example", 403), ("null", 403), (visitor.address, 200)] {
                var fields = from(nil, origin)
                fields[.upgrade] = "websocket"
                let answer = try await visitor.get("/n", fields)
                #expect(answer.status == status, "\(origin)")
                #expect((answer.body == "1") == (status == 200))
            }
            let kinds = shop.events.take().map(\.kind)
            #expect(kinds == [.forgeryRefused(.crossSite), .forgeryRefused(.crossSite)])
        },
        AdapterBehaviour("F-7: a sign-in form is checked although no session protects it yet") { shop, visitor in
            let answer = try await visitor.post("/sign-in", "", from("cross-site", "https://evil.example"))
            #expect(answer.status == 403 && answer.setCookies == [])
            #expect(visitor.browser.signedInToken == nil)
            #expect(shop.events.take().map(\.kind) == [.forgeryRefused(.crossSite)])
        },
        AdapterBehaviour("F-5: a method override makes no safe request of a forged one") { _, visitor in
            var fields = from("cross-site")
            fields[HTTPField.Name("X-HTTP-Method-Override")!] = "GET"
            let answer = try await visitor.post("/n?_method=GET", "_method=GET", fields)
            #expect(answer.status == 403 && answer.setCookies == [])
        },
        AdapterBehaviour(
            "F-8: a cookie that comes along from everywhere makes no difference", configuration: .sameSiteNone
        ) {
            _, visitor in
            try await visitor.post("/sign-in")
            #expect(try await visitor.post("/end-then-500", "", from("cross-site")).status == 403)
            #expect(try await visitor.post("/n", "", from("same-origin")).status == 200)
        },
        AdapterBehaviour(
            "F-3: a trusted origin and an exempt route pass, and nothing beside them", configuration: .trusting
        ) {
            shop, visitor in
            for (path, fields, status) in [
                ("/n", from("cross-site", "https://pay.example"), 200), ("/n", from(nil, "https://pay.example"), 200),
                ("/n", from("cross-site", "http://pay.example"), 403), ("/n", from("cross-site"), 403),
                ("/sign-in", from("cross-site"), 200), ("/sign-in?a=b", from("cross-site"), 200),
                ("/sign-in/", from("cross-site"), 403), ("/n", from("same-origin"), 200),
            ] as [(String, HTTPFields, Int)] {
                try await visitor.post("/n")
                #expect(try await visitor.post(path, "", fields).status == status, "\(path) \(fields)")
            }
            #expect(shop.events.take().filter { $0.kind == .forgeryRefused(.crossSite) }.count == 3)
        },
        AdapterBehaviour("F-10: on trial a forged request is reported and passes", configuration: .onTrial) {
            shop, visitor in
            try await visitor.post("/n")
            _ = shop.events.take()
            let answer = try await visitor.post("/sign-in", "", from("cross-site"))
            #expect(answer.status == 200 && visitor.browser.signedInToken != nil)
            #expect(shop.events.take().map(\.kind) == [.forgeryReported(.crossSite), .signedIn])
        },
        AdapterBehaviour("A stricter server refuses what doesn't say where it comes from", configuration: .strict) {
            shop, visitor in
            for fields in [[:], from(nil, visitor.address)] {
                let answer = try await visitor.post("/n", "", fields)
                #expect(answer.status == 403 && answer.setCookies == [])
            }
            #expect(try await visitor.post("/n", "", from("same-origin")).status == 200)
            #expect(try await visitor.get("/n").body == "1")
            #expect(shop.events.take().map(\.kind).filter { $0 == .forgeryRefused(.unknownOrigin) }.count == 2)
        },
        AdapterBehaviour("The application's own error page answers a forged request", errorPage: "Come back later.") {
            _, visitor in
            let answer = try await visitor.post("/n", "", from("cross-site"))
            #expect(answer.status == 418 && answer.body == "Come back later.")
            #expect(answer["Vary"] == "Sec-Fetch-Site, Origin" && answer["Cache-Control"] == "no-store")
        },
    ]

    private static func from(_ site: String?, _ origin: String? = nil) -> HTTPFields {
        var fields = HTTPFields()
        fields[HTTPField.Name("Sec-Fetch-Site")!] = site
        fields[.origin] = origin
        return fields
    }
}

extension SessionConfiguration {
    private static func with(_ change: (inout SessionConfiguration) -> Void) -> SessionConfiguration {
        var configuration = SessionConfiguration()
        change(&configuration)
        return configuration
    }

    fileprivate static let sameSiteNone = with { $0.cookies.scope.sameSite = .none }
    fileprivate static let onTrial = with { $0.forgeryProtection.mode = .report }
    fileprivate static let strict = with { $0.forgeryProtection.requiresFetchMetadata = true }
    fileprivate static let trusting = with {
        $0.forgeryProtection.trustedOrigins = [try! WebOrigin("https://pay.example")]
        $0.forgeryProtection.exemptions = [try! .init(.post, "/sign-in")]
    }
}
