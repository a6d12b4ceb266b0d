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

        @Test("A try of a name comes back after 15 minutes, and one of an address after a third of that")
        func waits() async throws {
            try await withShop(.memory, "--sign-in-tries", "1") { shop in
                let (customer, start) = (Customer(at: shop), ContinuousClock.now)
                func wait(_ name: String) async throws -> Int {
                    let refused = try await customer.post("/sign-in", "name=\(name)&password=wrong")
                    #expect(refused.status == 429)
                    return try #require(refused["retry-after"].flatMap { Int($0) })
                }
                #expect(try await customer.post("/sign-in", "name=eve&password=wrong").status == 401)
                let ofName = try await wait("eve")
                #expect(try await customer.post("/sign-in", "name=oscar&password=wrong").status == 401)
                let ofAddress = try await wait("trudy")
                // What has passed since the first try, and what a clock is set by meanwhile.
                let passed = Int((ContinuousClock.now - start).components.seconds) + 2
                #expect((900 - passed...900).contains(ofName) && (300 - passed...300).contains(ofAddress))
            }
        }

        @Test("Names that begin with the same 254 characters, as many as an e-mail address has, count as one")
        func longNames() async throws {
            try await withShop(.memory, "--sign-in-tries", "2") { shop in
                let customer = Customer(at: shop)
                let (whole, shorter) = (String(repeating: "x", count: 254), String(repeating: "x", count: 253))
                for (name, status) in [
                    (whole + "a", 401), (whole + "b", 401), (whole + "c", 429), (whole, 429), (shorter + "a", 401),
                ] as [(String, Int)] {
                    let answer = try await customer.post("/sign-in", "name=\(name)&password=wrong")
                    #expect(answer.status == status)
                }
            }
        }

        @Test("Guessing of customers', operators' and programs' tokens is logged with the address; a few are none")
        func alarm() async throws {
            for (path, fields, status) in [
                ("/account", [.cookie: "__Host-Http-id=x"], 303), ("/admin", [.cookie: "__Http-admin=x"], 303),
                ("/api/session", [.authorization: "Bearer \(String(repeating: "A", count: 64))"], 200),
            ] as [(String, HTTPFields, Int)] {
                try await withShop(.memory, "--lab") { shop in
                    let client = Customer(at: shop)
                    func guess() async throws {
                        for _ in 0..<50 { try await client.get(path, fields).expect(status) }
                    }
                    try await guess()
                    #expect(!shop.errors.contains("A client guesses"), "\(path)")
                    // Refusals are forgotten as time passes, so a slow machine takes more of them.
                    try await until("the shop says that a client guesses") {
                        try await guess()
                        return shop.errors.contains("A client guesses")
                    }
                    let line = try #require(shop.errors.split(separator: "\n").first { $0.contains("guesses") })
                    #expect(line.contains(" warning ") && line.contains("client=127.0.0.1"), "\(line)")
                }
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
