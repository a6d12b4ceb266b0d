package import HTTPTypes
import SessionsTesting

/// A browser at one shop, with the shop's routes as verbs.
package struct Customer: Sendable {
    package let address: String
    package let browser: Browser

    package init(at shop: ShopProcess, _ browser: Browser = Browser()) {
        self.init(at: shop.address, browser)
    }

    package init(at address: String, _ browser: Browser = Browser()) {
        self.address = address
        self.browser = browser
    }

    /// The same browser at another shop.
    package func moved(to shop: ShopProcess) -> Customer { Customer(at: shop, browser) }

    package func get(_ path: String, _ fields: HTTPFields = [:], keeps: Bool = true) async throws -> Answer {
        try await browser.send(.get, address + path, fields, keeps: keeps)
    }

    @discardableResult
    package func post(
        _ path: String, _ form: String = "", _ fields: HTTPFields = [:], keeps: Bool = true
    ) async throws -> Answer {
        var fields = fields
        if fields[.contentType] == nil { fields[.contentType] = "application/x-www-form-urlencoded" }
        return try await browser.send(.post, address + path, fields, body: form, keeps: keeps)
    }

    package func put(_ name: String, _ json: String, query: String = "") async throws -> Answer {
        try await browser.send(
            .put, address + "/lab/attributes/\(name)\(query)", [.contentType: "application/json"], body: json)
    }

    package func attribute(_ name: String) async throws -> String? {
        let answer = try await get("/lab/attributes/\(name)")
        guard answer.status == 200 else { return nil }
        return answer.body
    }

    @discardableResult
    package func signIn(_ name: String = "ada", remember: Bool = false, keeps: Bool = true) async throws -> Answer {
        let password = name == "ada" ? "lovelace" : "hopper"
        return try await post(
            "/sign-in", "name=\(name)&password=\(password)\(remember ? "&remember=on" : "")", keeps: keeps)
    }

    @discardableResult
    package func signOut(keeps: Bool = true) async throws -> Answer { try await post("/sign-out", keeps: keeps) }

    @discardableResult
    package func visit() async throws -> Int { try await post("/visits").decoded(as: Visits.self).visits }

    package func session() async throws -> SessionState { try await get("/session").decoded() }

    /// When the session was used last, by a look, which is no use of it.
    package func lastUse() async throws -> Int64? {
        try await get("/session?peek").decoded(as: SessionState.self).lastUsedAt
    }

    package func cart() async throws -> Cart { try await get("/cart", [.accept: "application/json"]).decoded() }

    struct Visits: Decodable { let visits: Int }
}

/// What `GET /session` says.
package struct SessionState: Decodable, Sendable {
    package struct Ended: Decodable, Sendable {
        package let reason: String
        package let at: Int64
    }

    package let id: String?
    package let principal: String?
    package let createdAt, lastUsedAt, idleDeadline, absoluteDeadline: Int64?
    package let attributes: [String]
    package let ended: Ended?
}

/// What `GET /cart` says to a script.
package struct Cart: Decodable, Sendable, Equatable {
    package let items: [String: Int]
    package let flash: [String]

    package init(items: [String: Int], flash: [String]) {
        self.items = items
        self.flash = flash
    }
}
