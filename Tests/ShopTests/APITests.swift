import Foundation
import HTTPTypes
import ShopDriver
import Testing

extension ShopTests {
    @Suite("The API", .timeLimit(.minutes(10))) struct APITests {
        private struct Token: Decodable { let token: String }

        private func signIn(_ customer: Customer, _ body: String, _ fields: HTTPFields = [:]) async throws -> Answer {
            var fields = fields
            fields[.contentType] = "application/json"
            return try await customer.post("/api/sign-in", body, fields)
        }

        private func session(_ customer: Customer, _ token: String) async throws -> SessionState {
            try await customer.get("/api/session", [.authorization: "Bearer \(token)"]).decoded()
        }

        @Test(
            "A program signs in with JSON, uses its token in Authorization, and signs out",
            arguments: ShopStore.allCases)
        func roundTrip(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let program = Customer(at: shop)
                let answer = try await signIn(
                    program, #"{"name": "ada", "password": "lovelace"}"#,
                    [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"])
                #expect(answer.status == 200 && answer.setCookies == [] && answer["Cache-Control"] == "no-store")
                let token = try answer.decoded(as: Token.self).token
                #expect(token.utf8.count == 64)
                #expect(try await session(program, token).principal == "ada")
                // The token is nothing as a cookie, and the pages know nothing of it.
                for name in ["__Host-Http-id", "__Host-Http-visitor"] {
                    let page = try await program.get("/session", [.cookie: "\(name)=\(token)"])
                    #expect(try page.decoded(as: SessionState.self).id == nil)
                }
                let pages = try await program.get("/session", [.authorization: "Bearer \(token)"])
                #expect(try pages.decoded(as: SessionState.self).id == nil)
                // … and a browser's cookie is nothing to the API, nor a token beside it.
                let browser = Customer(at: shop)
                try await browser.signIn()
                let cookie = try #require(browser.browser.signedInToken)
                #expect(try await browser.get("/api/session").decoded(as: SessionState.self).id == nil)
                #expect(try await session(program, cookie).id == nil)
                #expect(try await session(browser, token).id == nil)

                let out = try await program.post("/api/sign-out", "", [.authorization: "Bearer \(token)"])
                #expect(out.status == 204 && out.setCookies == [] && out["Clear-Site-Data"] == nil)
                let ended = try await session(program, token)
                #expect(ended.principal == nil && ended.ended?.reason == "signed-out")
                #expect(try await browser.session().principal == "ada")
            }
        }

        @Test("A wrong password, what is no JSON, and a shop without --lab get no token")
        func refused() async throws {
            try await withShop(.memory, "--lab") { shop in
                let program = Customer(at: shop)
                for (body, status) in [
                    (#"{"name": "ada", "password": "hopper"}"#, 401), (#"{"name": "nobody", "password": "x"}"#, 401),
                    (#"{"name": "ada"}"#, 400), ("name=ada", 400), ("", 400),
                ] {
                    let answer = try await signIn(program, body)
                    #expect(answer.status == status && answer.setCookies == [], "\(body)")
                    #expect(answer["Session-Token"] == nil && !holdsToken(answer.body))
                }
                #expect(try await program.post("/api/sign-out").status == 204)
            }
            try await withShop { shop in
                let answer = try await signIn(Customer(at: shop), #"{"name": "ada", "password": "lovelace"}"#)
                #expect(answer.status == 404)
            }
        }

        @Test("DET-1: a program's tries count as a page's do, and after too many even the right password is 429")
        func guessing() async throws {
            try await withShop(.memory, "--lab", "--sign-in-tries", "2") { shop in
                let program = Customer(at: shop)
                for _ in 1...2 {
                    #expect(try await signIn(program, #"{"name": "ada", "password": "x"}"#).status == 401)
                }
                for password in ["x", "lovelace"] {
                    let refused = try await signIn(program, #"{"name": "ada", "password": "\#(password)"}"#)
                    #expect(refused.status == 429 && refused["retry-after"] != nil && !holdsToken(refused.body))
                }
                #expect(try await program.signIn().status == 429)
            }
        }

        @Test("A renewal reaches a program in the field Session-Token")
        func renewal() async throws {
            try await withShop(.memory, "--lab", "--renewal-interval", "1ms", "--renewal-settle", "0ms") { shop in
                let program = Customer(at: shop)
                let first = try await signIn(program, #"{"name": "ada", "password": "lovelace"}"#).decoded(
                    as: Token.self
                ).token
                var second: String?
                try await until("a renewal is due") {
                    let answer = try await program.get("/api/session", [.authorization: "Bearer \(first)"])
                    #expect(answer.setCookies == [])
                    second = answer["Session-Token"]
                    return second != nil
                }
                #expect(second != first)
                #expect(try await session(program, try #require(second)).principal == "ada")
            }
        }
    }
}
