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
            #expect(shop.log.lines == [])
        },
        AdapterBehaviour("A token that came over plain HTTP is not looked up", configuration: .proxied) {
            shop, visitor in
            try await visitor.post("/n", "", words("https"))
            #expect(visitor.browser.visitorToken != nil)
            shop.store.follow { _, _ in .fail }
            let answer = try await visitor.get("/n", words("http"))
            #expect(answer.status == 200 && answer.body == "0" && answer.setCookies == [])
        },
        AdapterBehaviour("Every client is believed that it came over plain HTTP") { _, visitor in
            let answer = try await visitor.post("/n", "", words("http"))
            #expect(answer.status == 403 && answer.setCookies == [])
            #expect(try await visitor.post("/n").status == 200)
        },
    ]

    private static func words(_ schemes: String...) -> HTTPFields {
        var fields = HTTPFields()
        for scheme in schemes { fields.append(HTTPField(name: HTTPField.Name("X-Forwarded-Proto")!, value: scheme)) }
        return fields
    }
}

extension SessionConfiguration {
    /// This machine is a proxy whose word is believed.
    fileprivate static let proxied = {
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [try! AddressRange("127.0.0.0/8"), try! AddressRange("::1/128")]
        return configuration
    }()
}
