import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

/// With a real nginx in front.
extension AdapterBehaviour {
    static let caches = [
        AdapterBehaviour("CACHE-1: a cache in front keeps pages that use no session, and no response that used one") {
            shop, visitor in
            let proxy = try await CachingProxy(of: visitor.address)
            for address in [proxy.address, proxy.carelessAddress] {
                // Else nothing below would show anything.
                #expect(try await statuses(of: .get, "/bare", at: address) == ["MISS", "HIT", "HIT", "HIT"])
                #expect(try await statuses(of: .get, "/nowhere", at: address) == ["MISS", "HIT", "HIT", "HIT"])
                for (method, path) in uses {
                    #expect(
                        try await statuses(of: method, path, at: address) == Array(repeating: "MISS", count: 4),
                        "\(method) \(path)")
                }
            }
            #expect(uses.count == 10)
        },
        AdapterBehaviour("CACHE-1: a cache in front keeps no answer of a store that is down, and no refused request") {
            shop, visitor in
            let proxy = try await CachingProxy(of: visitor.address)
            for address in [proxy.address, proxy.carelessAddress] {
                let customer = Customer(at: address)
                try await customer.post("/n")
                shop.store.follow { _, _ in .fail }
                for _ in 0..<2 {
                    let answer = try await customer.get("/n")
                    #expect(answer.status == 503 && answer["X-Cache-Status"] == "MISS")
                }
                shop.store.follow { _, _ in .pass }
                let forged = try await customer.post("/n", "", [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"])
                #expect(forged.status == 403 && forged["X-Cache-Status"] == "MISS")
                let own = try await customer.post("/n", "", [HTTPField.Name("Sec-Fetch-Site")!: "same-origin"])
                #expect(own.status == 200 && own["X-Cache-Status"] == "MISS")
                let large = try await customer.get("/n", [.cookie: String(repeating: "a=;", count: 300)])
                #expect(large.status == 431 && large["X-Cache-Status"] == "MISS")
                #expect(try await customer.get("/n").body == "1")
            }
        },
    ]

    /// Every way to use a session, with every kind of response.
    private static let uses: [(HTTPRequest.Method, String)] = [
        (.get, "/n"), (.head, "/n"), (.post, "/n"), (.get, "/public"), (.get, "/not-modified"), (.get, "/stream"),
        (.post, "/n-then-404"), (.post, "/n-then-500"), (.post, "/sign-in"), (.post, "/end-then-500"),
    ]

    /// What the cache says to a stranger, to a client with a session, to the same once more, and to another client.
    private static func statuses(
        of method: HTTPRequest.Method, _ path: String, at address: String
    ) async throws -> [String?] {
        let (one, two) = (Customer(at: address), Customer(at: address))
        for customer in [one, two] { try await customer.post("/n") }
        var found: [String?] = []
        for customer in [Customer(at: address), one, one, two] {
            let answer = try await customer.browser.send(method, address + path, [.ifNoneMatch: "\"1\""])
            found.append(answer["X-Cache-Status"])
        }
        return found
    }
}
