public import HTTPTypes
import SessionsTesting

/// A browser at one shop, with the shop's routes as verbs.
public struct Customer: Sendable {
    public let address: String
    public let browser: Browser

    public init(at shop: ShopProcess, _ browser: Browser = Browser()) {
        self.init(at: shop.address, browser)
    }

    public init(at address: String, _ browser: Browser = Browser()) {
        self.address = address
        self.browser = browser
    }

    /// The same browser at another shop.
    public func moved(to shop: ShopProcess) -> Customer { Customer(at: shop, browser) }

    public func get(_ path: String, _ fields: HTTPFields = [:], keeps: Bool = true) async throws -> Answer {
        try await browser.send(.get, address + path, fields, keeps: keeps)
    }

    @discardableResult
    public func post(
        _ path: String, _ form: String = "", _ fields: HTTPFields = [:], keeps: Bool = true
    ) async throws -> Answer {
        var fields = fields
        if fields[.contentType] == nil { fields[.contentType] = "application/x-www-form-urlencoded" }
        return try await browser.send(.post, address + path, fields, body: form, keeps: keeps)
    }

    public func put(_ name: String, _ json: String, query: String = "") async throws -> Answer {
        try await browser.send(
            .put, address + "/lab/attributes/\(name)\(query)", [.contentType: "application/json"], body: json)
    }

    public func attribute(_ name: String) async throws -> String? {
        let answer = try await get("/lab/attributes/\(name)")
        guard answer.status == 200 else { return nil }
        return answer.body
    }

    @discardableResult
    public func signIn(_ name: String = "ada", remember: Bool = false, keeps: Bool = true) async throws -> Answer {
        let password = name == "ada" ? "lovelace" : "hopper"
        return try await post(
            "/sign-in", "name=\(name)&password=\(password)\(remember ? "&remember=on" : "")", keeps: keeps)
    }

    @discardableResult
    public func signOut(keeps: Bool = true) async throws -> Answer { try await post("/sign-out", keeps: keeps) }

    @discardableResult
    public func visit() async throws -> Int { try await post("/visits").decoded(as: Visits.self).visits }

    public func session() async throws -> SessionState { try await get("/session").decoded() }

    public func cart() async throws -> Cart { try await get("/cart", [.accept: "application/json"]).decoded() }

    struct Visits: Decodable { let visits: Int }
}

/// What `GET /session` says.
public struct SessionState: Decodable, Sendable {
    public struct Ended: Decodable, Sendable {
        public let reason: String
        public let at: Int64
    }

    public let id: String?
    public let principal: String?
    public let createdAt, lastUsedAt, idleDeadline, absoluteDeadline: Int64?
    public let attributes: [String]
    public let ended: Ended?
}

/// What `GET /cart` says to a script.
public struct Cart: Decodable, Sendable, Equatable {
    public let items: [String: Int]
    public let flash: [String]

    public init(items: [String: Int], flash: [String]) {
        self.items = items
        self.flash = flash
    }
}
