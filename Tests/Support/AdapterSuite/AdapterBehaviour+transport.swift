import HTTPTypes
import Sessions
import SessionsTesting
import ShopDriver
import Testing

extension AdapterBehaviour {
    static let transport = [
        AdapterBehaviour(
            "A trusted proxy's word on TLS decides, and of several words the last", configuration: .proxied
        ) {
            shop, visitor in
            let overHTTP: [HTTPFields] = [words("http"), words("https", "http")]
            let overTLS: [HTTPFields] = [words("https"), words("http", "https")]
            for fields in overHTTP {
                let answer = try await visitor.post("/n", "", fields)
                #expect(answer.status == 403 && answer.setCookies == [], "\(fields)")
            }
            for fields in overTLS {
                let answer = try await Customer(at: visitor.address).post("/n", "", fields)
                #expect(answer.status == 200 && answer.setCookies.count == 1, "\(fields)")
            }
            // Once a minute the log names what is wrong with the proxy.
            #expect(shop.log.lines.count == 1)
            let line = shop.log.lines.first ?? ""
            #expect(line.contains("127.0.0.1") && line.contains("X-Forwarded-Proto says plain HTTP"), "\(line)")
        },
        AdapterBehaviour("A token that came over plain HTTP is not looked up", configuration: .proxied) {
            shop, visitor in
            try await visitor.post("/n", "", words("https"))
            #expect(visitor.browser.visitorToken != nil)
            shop.store.follow { _, _ in .fail }
            let answer = try await visitor.get("/n", words("http"))
            #expect(answer.status == 200 && answer.body == "0" && answer.setCookies == [])
        },
        AdapterBehaviour("A program's token travels in Authorization, and no cookie is set", configuration: .bearer) {
            shop, visitor in
            let signedIn = try await visitor.post("/token", "", [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"])
            #expect(signedIn.status == 200 && signedIn.setCookies == [])
            #expect(signedIn["Session-Token"] == signedIn.body && signedIn.body.utf8.count == 64)
            #expect(signedIn["Cache-Control"] == "no-store" && signedIn["Vary"] == "Authorization")
            let bearer: HTTPFields = [.authorization: "Bearer \(signedIn.body)"]
            try await visitor.post("/n", "", bearer)
            #expect(try await visitor.get("/n", bearer).body == "1")
            #expect(try await visitor.get("/n").body == "0")
            #expect(try await visitor.get("/n", [.cookie: "__Host-Http-id=\(signedIn.body)"]).body == "0")
            let both: HTTPFields = [.authorization: "Bearer \(signedIn.body)", .cookie: "__Host-Http-id=x"]
            #expect(try await visitor.get("/n", both).body == "0")
            #expect(shop.events.take().map(\.kind) == [.created, .signedIn, .tokenRefused(.ambiguous)])
        },
        AdapterBehaviour("That a client came over plain HTTP is believed from every address") { _, visitor in
            let refused = try await visitor.post("/n", "", words("http"))
            #expect(refused.status == 403 && refused.setCookies == [])
            let taken = try await visitor.post("/n", "", words("https"))
            #expect(taken.status == 200 && taken.setCookies.count == 1)
        },
    ]

    private static func words(_ schemes: String...) -> HTTPFields {
        var fields = HTTPFields()
        for scheme in schemes { fields.append(HTTPField(name: HTTPField.Name("X-Forwarded-Proto")!, value: scheme)) }
        return fields
    }
}

extension SessionConfiguration {
    fileprivate static let bearer = {
        var configuration = SessionConfiguration()
        configuration.transport = .bearer
        return configuration
    }()

    /// This machine is a proxy whose word is believed.
    fileprivate static let proxied = {
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [try! AddressRange("127.0.0.0/8"), try! AddressRange("::1/128")]
        return configuration
    }()
}
