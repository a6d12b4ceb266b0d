import HTTPTypes
import Sessions
import SessionsTesting
import ShopDriver
import Testing

extension AdapterBehaviour {
    static let urls = [
        AdapterBehaviour("U-1: without urlTokens the URL is not looked at") { shop, visitor in
            let url = "/target?sid=\(String(repeating: "A", count: 64))&sid-code=x"
            let answer = try await visitor.get(url)
            #expect(answer.body == "0 \(url)" && answer["Referrer-Policy"] == nil)
            #expect(try await visitor.post("/fill").location == "/target?a=1")
            #expect(shop.events.take().map(\.kind) == [.created])
        },
        AdapterBehaviour("U-3: a browser with cookies is probed once, and its URL is clean", configuration: .urls) {
            shop, visitor in
            for answer in [try await visitor.post("/fill"), try await Customer(at: visitor.address).get("/fill")] {
                #expect(
                    answer.status == 303 && answer.setCookies.count == 1 && answer["Referrer-Policy"] == "no-referrer")
                #expect(parameter("sid-code", answer)?.utf8.count == 64 && parameter("sid", answer) == nil)
            }
            let first = try await Customer(at: visitor.address).get("/fill")
            #expect(first.body == "" && first.location?.hasPrefix("/fill?sid-code=") == true)
            let browser = Customer(at: visitor.address)
            let probe = try await browser.post("/fill")
            let back = try await browser.get(try #require(probe.location))
            #expect(back.status == 303 && back.location == "/target?a=1" && back.setCookies == [])
            #expect(try await browser.get("/target?a=1").body == "6 /target?a=1")
            #expect(try await browser.post("/fill").location == "/target?a=1")
            #expect(shop.events.take().allSatisfy { $0.kind == .created })
        },
        AdapterBehaviour("U-3, U-8: a browser without cookies goes on with a token in its URL", configuration: .urls) {
            shop, visitor in
            let probe = try await visitor.post("/fill", keeps: false)
            let back = try await visitor.get(try #require(probe.location))
            let sid = try #require(parameter("sid", back))
            #expect(back.status == 303 && back.location == "/target?a=1&sid=\(sid)" && back.setCookies == [])
            // U-11: neither the handler nor a log sees the token.
            let page = try await visitor.get(try #require(back.location))
            #expect(page.status == 200 && page.body == "6 /target?a=1" && page.setCookies == [])
            #expect(shop.log.lines.count == 1 && !shop.log.lines.joined().contains(sid))
            #expect(page["Referrer-Policy"] == "no-referrer" && page["X-Robots-Tag"] == "noindex")
            #expect(page["Cache-Control"] == "no-store")
            // U-10: another origin gets no token, this one does.
            #expect(try await visitor.post("/leave?sid=\(sid)").location == "https://other.example/")
            #expect(try await visitor.post("/fill?sid=\(sid)").location == "/target?a=1&sid=\(sid)")
            // U-2: beside a cookie it is nothing.
            let both = try await visitor.get("/target?sid=\(sid)", [.cookie: "theme=dark"])
            #expect(both.body == "0 /target")
            #expect(shop.events.take().last?.kind == .tokenRefused(.outranked))
            // U-6: nor from another client, which ends it.
            let agent: HTTPFields = [.userAgent: "another"]
            #expect(try await visitor.get("/target?sid=\(sid)", agent).body == "0 /target")
            #expect(try await visitor.get("/target?sid=\(sid)").body == "0 /target")
        },
        AdapterBehaviour("U-4: the second use of a code ends what the first one made", configuration: .urls) {
            shop, visitor in
            let probe = try await visitor.post("/fill", keeps: false)
            let url = try #require(probe.location)
            let page = try #require(try await visitor.get(url).location)
            #expect(try await visitor.get(page).body == "6 /target?a=1")
            let second = try await visitor.get(url)
            #expect(second.status == 303 && second.location == "/target?a=1" && second.setCookies == [])
            #expect(try await visitor.get(page).body == "0 /target?a=1")
            #expect(shop.events.take().map(\.kind).contains(.ended(.suspectedTheft)))
        },
        AdapterBehaviour("U-4: a redirect hands a session over to another host", configuration: .urls) { _, visitor in
            let sent = try await visitor.post("/hand-over")
            #expect(sent.status == 303 && sent.setCookies.count == 1 && parameter("sid-code", sent)?.utf8.count == 64)
            let url = try #require(sent.location)
            #expect(url.hasPrefix("https://pay.example/target?sid-code="))
            // This is not the other host: its handler answers, and the code is void.
            let wrong = try await Customer(at: visitor.address).get(
                String(url.dropFirst("https://pay.example".count)))
            #expect(wrong.status == 200 && wrong.body == "0 /target")
        },
        AdapterBehaviour("U-8: an error of a handler that uses no session hides its URL", configuration: .urls) {
            _, visitor in
            for path in ["/nowhere?sid=x", "/nowhere?sid-code=x"] {
                let answer = try await visitor.get(path)
                #expect(answer.status == 404 && answer["Referrer-Policy"] == "no-referrer")
                #expect(answer["Cache-Control"] == "no-store" && answer["X-Robots-Tag"] == "noindex")
            }
            #expect(try await visitor.get("/nowhere?id=x")["Referrer-Policy"] == nil)
        },
        AdapterBehaviour("Routes that need a fresh sign-in answer a stranger with 401", configuration: .fresh) {
            _, visitor in
            let answer = try await visitor.get("/n")
            #expect(answer.status == 401)
        },
    ]

    private static func parameter(_ name: String, _ answer: Answer) -> String? {
        let query = answer.location?.split(separator: "?").dropFirst().first?.split(separator: "&") ?? []
        return query.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }
}

extension SessionConfiguration {
    fileprivate static let urls = {
        var configuration = SessionConfiguration()
        var tokens = URLTokens()
        tokens.origins = [try! WebOrigin("https://pay.example")]
        configuration.urlTokens = tokens
        return configuration
    }()

    fileprivate static let fresh = {
        var configuration = SessionConfiguration()
        configuration.authenticationAge = .minutes(5)
        return configuration
    }()
}
