import Foundation
import HTTPTypes
import ShopDriver
import Testing

extension ShopTests {
    @Suite("Session state", .timeLimit(.minutes(10))) struct StateTests {
        private let keys: Set = [
            "id", "principal", "createdAt", "lastUsedAt", "idleDeadline", "absoluteDeadline", "attributes", "ended",
        ]

        private func object(_ answer: Answer) throws -> [String: Any] {
            try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
        }

        @Test func aStrangerIsToldNothingAndGetsNoCookie() async throws {
            try await withShop { shop in
                let answer = try await Customer(at: shop).get("/session")
                #expect(answer.status == 200)
                #expect(answer["content-type"] == "application/json; charset=utf-8")
                #expect(answer["cache-control"] == "no-store")
                #expect(answer["vary"] == "Cookie")
                #expect(answer.setCookies == [])
                let object = try object(answer)
                #expect(Set(object.keys) == keys)
                for key in keys where key != "attributes" { #expect(object[key] is NSNull, "\(key)") }
                #expect(object["attributes"] as? [String] == [])
            }
        }

        @Test(arguments: ShopStore.allCases) func everyFieldOfASession(_ store: ShopStore) async throws {
            let arguments = ["--idle-timeout", "20m", "--absolute-timeout", "2h", "--touch-interval", "1ms"]
            try await withShop(
                store, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]
            ) {
                shop in
                let customer = Customer(at: shop)
                let before = Int64(Date().timeIntervalSince1970 * 1000)
                #expect(try await customer.visit() == 1)
                #expect(try await customer.visit() == 2)
                let answer = try await customer.get("/session")
                #expect(Set(try object(answer).keys) == keys)
                let state = try answer.decoded(as: SessionState.self)
                #expect(try #require(state.id).wholeMatch(of: /[0-9a-f]{32}/) != nil)
                #expect(state.principal == nil)
                #expect(state.attributes == ["shop.visits"])
                #expect(state.ended == nil)
                let created = try #require(state.createdAt), used = try #require(state.lastUsedAt)
                #expect(created >= before - 1)
                #expect(used >= created)
                #expect(state.absoluteDeadline == created + 2 * 3_600_000)
                // The touch interval is part of what a session may stay unused.
                #expect(try #require(state.idleDeadline) - used == 20 * 60_000 + 1)
                // Reading is a use.
                try await until("a later read shows a later use") {
                    (try await customer.session().lastUsedAt ?? 0) > used
                }
                #expect(try await customer.session().createdAt == created)
            }
        }

        @Test(arguments: ShopStore.allCases) func visitsOfManyTabsAreAllCounted(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let customer = Customer(at: shop)
                #expect(try await customer.visit() == 1)
                let seen = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<40 { group.addTask { try await customer.visit() } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(seen.sorted() == Array(2...41))
            }
        }

        @Test func health() async throws {
            try await withShop { shop in
                let answer = try await Customer(at: shop).get("/healthz")
                #expect(answer.status == 200)
                #expect(answer.setCookies == [])
                #expect(answer["cache-control"] == nil)
            }
        }

        @Test func unknownRoutesAreNotFoundAndTouchNothing() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                for path in [
                    "/nope", "/lab", "/lab/bare", "/lab/read", "/lab/attributes/x", "/lab/stream", "/session/x",
                    "/Cart",
                ] {
                    let answer = try await customer.get(path)
                    #expect(answer.status == 404, "\(path)")
                    #expect(answer.setCookies == [])
                }
                for path in ["/lab/renew", "/lab/fail", "/lab/end-then-throw", "/nope", "/session", "/account"] {
                    #expect(try await customer.post(path).status == 404, "\(path)")
                }
                // State changes by POST alone.
                for path in ["/sign-out", "/visits"] { #expect(try await customer.get(path).status == 404, "\(path)") }
                let page = try await customer.get("/nope", [.accept: "text/html"])
                #expect(page.status == 404)
                #expect(
                    page.body.contains("We can&#39;t find that page") || page.body.contains("We can't find that page"))
            }
        }

        @Test func insecureCookiesHaveOtherNamesAndNoSecure() async throws {
            try await withShop(.memory, "--insecure-cookies") { shop in
                let customer = Customer(at: shop)
                let visitor = try await customer.post("/visits")
                #expect(
                    try #require(visitor.setCookies.first).wholeMatch(
                        of: /visitor=[A-Za-z0-9_-]{64}; Path=\/; HttpOnly; SameSite=Lax/) != nil)
                let signIn = try await customer.signIn()
                #expect(
                    try #require(signIn.setCookies.last).wholeMatch(
                        of: /id=[A-Za-z0-9_-]{64}; Path=\/; HttpOnly; SameSite=Lax/) != nil)
                #expect(try await customer.session().principal == "ada")
                #expect(
                    try await customer.signOut().setCookies == [
                        "id=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax"
                    ])
            }
        }
    }
}
