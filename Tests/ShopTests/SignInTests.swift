import HTTPTypes
import ShopDriver
import Testing

extension ShopTests {
    @Suite("DET-1: passwords can't be guessed in numbers", .timeLimit(.minutes(10))) struct SignInTests {
        @Test("After ten wrong passwords for a name even the right one is 429 with Retry-After; other names go on")
        func byName() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                for _ in 1...10 {
                    #expect(try await customer.post("/sign-in", "name=ada&password=wrong").status == 401)
                }
                for password in ["wrong", "lovelace"] {
                    let refused = try await customer.post("/sign-in", "name=ada&password=\(password)")
                    #expect(refused.status == 429)
                    // A try comes back every 90 seconds.
                    let wait = try #require(refused["retry-after"].flatMap { Int($0) })
                    #expect((1...90).contains(wait))
                    #expect(refused.setCookies == [])
                }
                let page = try await customer.post(
                    "/sign-in", "name=ada&password=wrong", [.accept: "text/html"])
                #expect(page.status == 429 && page.body.contains("That was too often"))
                #expect(try await customer.signIn("grace").status == 303)
            }
        }

        @Test("An address may try three times as many names' passwords, and right ones don't count")
        func byAddress() async throws {
            try await withShop(.memory, "--sign-in-tries", "1") { shop in
                let customer = Customer(at: shop)
                for _ in 1...4 { #expect(try await customer.signIn().status == 303) }
                for name in ["eve", "mallory", "oscar"] {
                    #expect(try await customer.post("/sign-in", "name=\(name)&password=wrong").status == 401)
                }
                let refused = try await customer.post("/sign-in", "name=trudy&password=wrong")
                #expect(refused.status == 429 && refused["retry-after"] != nil)
            }
        }

        @Test("Without a limit no password is refused unread")
        func unlimited() async throws {
            try await withShop(.memory, "--sign-in-tries", "0") { shop in
                let customer = Customer(at: shop)
                for _ in 1...12 {
                    let refused = try await customer.post("/sign-in", "name=ada&password=wrong")
                    #expect(refused.status == 401)
                }
                let accepted = try await customer.signIn()
                #expect(accepted.status == 303)
            }
        }
    }
}
