import Foundation
import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("A-7.5.1, N-7: what matters asks for the password again", .timeLimit(.minutes(10))) struct ConfirmTests {
        /// Two shops on one file, the second one's clock ahead by this much.
        private func withShops(ahead offset: String, _ body: (ShopProcess, ShopProcess) async throws -> Void)
            async throws
        {
            try await withDirectory { directory in
                let store = ["--store", "sqlite:\(directory)/shop.db", "--lab"]
                try await withShop(running: store) { now in
                    // Not through the turnstile: this test holds a place there already.
                    let later = try await ShopProcess.open(store + ["--clock-offset", offset])
                    defer { later.signal(SIGKILL) }
                    try await body(now, later)
                }
            }
        }

        @Test("Of changes of a password at once one counts: that of the request which is told so")
        func changesAtOnce() async throws {
            // A request that loads its session when another one's change is done finds none. Where that is so of all, it is
            // played again.
            var refused = 0
            for _ in 0..<10 where refused == 0 {
                try await withShop { shop in
                    let customer = Customer(at: shop)
                    try await customer.signIn().expect(303)
                    let token = try #require(customer.browser.signedInToken)
                    let answers = try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
                        for number in 0..<4 {
                            group.addTask {
                                let form = "new-password=password-\(number)"
                                let fields: HTTPFields = [.cookie: "__Host-Http-id=\(token)"]
                                return (number, try await Customer(at: shop).post("/account/password", form, fields))
                            }
                        }
                        return try await group.reduce(into: [Int: Answer]()) { $0[$1.0] = $1.1 }
                    }
                    var told: [Int] = []
                    for (number, answer) in answers {
                        switch (answer.status, answer.location) {
                        case (303, "/account/sessions"): told.append(number)
                        case (409, _): refused += 1
                        default: #expect(answer.location == "/sign-in?return=/account/password", "\(answer.status)")
                        }
                    }
                    #expect(told.count == 1 && answers.count == 4)
                    for number in 0..<4 {
                        let form = "name=ada&password=password-\(number)"
                        let status = try await Customer(at: shop).post("/sign-in", form).status
                        #expect(status == (told == [number] ? 303 : 401))
                    }
                }
            }
            #expect(refused > 0)
        }

        @Test("A password that is accepted is good for a sign-in, to the byte")
        func longPasswords() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.signIn().expect(303)
                let (longest, longer) = (
                    String(repeating: "%C3%A9", count: 2000), String(repeating: "%C3%A9", count: 2001)
                )
                #expect(try await customer.post("/account/password", "new-password=\(longer)").status == 422)
                #expect(try await customer.post("/account/password", "new-password=\(longest)").status == 303)
                #expect(try await Customer(at: shop).post("/sign-in", "name=ada&password=\(longest)").status == 303)
            }
        }

        @Test(
            "A change of password needs a fresh one, changes the token, and signs out everywhere else, where it says so"
        )
        func password() async throws {
            try await withShops(ahead: "6m") { shop, later in
                let (home, other) = (Customer(at: shop), Customer(at: shop))
                try await home.signIn().expect(303)
                try await other.signIn().expect(303)
                #expect(try await home.get("/account/password").status == 200)
                // Six minutes later the password has to be typed again.
                let aged = home.moved(to: later)
                let detour = try await aged.get("/account/password")
                #expect(detour.status == 303 && detour.location == "/account/confirm?return=/account/password")
                let early = try await aged.post("/account/password", "new-password=countess+of")
                #expect(early.location == "/account/confirm?return=/account/password")
                let page = try await aged.get("/account/confirm?return=/account/password").body
                #expect(page.contains("name=\"return\" value=\"/account/password\""))
                let wrong = try await aged.post("/account/confirm", "password=x&return=/account/password")
                #expect(wrong.status == 401 && wrong.body.contains("That isn't your password."))
                let token = aged.browser.signedInToken
                let right = try await aged.post("/account/confirm", "password=lovelace&return=/account/password")
                #expect(right.status == 303 && right.location == "/account/password")
                #expect(aged.browser.signedInToken != token)

                let short = try await aged.post("/account/password", "new-password=1234567")
                #expect(short.status == 422 && short.body.contains("8 characters"))
                let before = aged.browser.signedInToken
                let changed = try await aged.post("/account/password", "new-password=12345678")
                #expect(changed.status == 303 && changed.location == "/account/sessions")
                #expect(aged.browser.signedInToken != before)
                let devices = try await aged.get("/account/sessions").body
                #expect(devices.contains("Your password is changed. One other device was signed out."))
                #expect(devices.contains("Ended when you changed your password here,"))
                let bounced = try await other.moved(to: later).get("/sign-in").body
                #expect(bounced.contains("Your password was changed on An unknown device, which ended this session."))
                let fresh = Customer(at: later)
                #expect(try await fresh.post("/sign-in", "name=ada&password=lovelace").status == 401)
                #expect(try await fresh.post("/sign-in", "name=ada&password=12345678").status == 303)
            }
        }

        @Test("A user who is only remembered types the password before the checkout, the password and the devices")
        func remembered() async throws {
            try await withShops(ahead: "13h") { shop, later in
                let customer = Customer(at: shop)
                try await customer.signIn(remember: true).expect(303)
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                let aged = customer.moved(to: later)
                for (path, back) in [("/checkout", "/checkout"), ("/account/password", "/account/password")] {
                    #expect(try await aged.get(path).location == "/account/confirm?return=\(back)")
                }
                let id = try #require(try await aged.session().id)
                for path in ["/account/sessions/\(id)/end", "/account/sessions/end-others"] {
                    #expect(try await aged.post(path).location == "/account/confirm?return=/account/sessions")
                }
                #expect(try await aged.session().principal == "ada")
                #expect(try await aged.get("/account/sessions").status == 200)
                try await aged.post("/account/confirm", "password=lovelace").expect(303)
                #expect(try await aged.post("/account/sessions/end-others").location == "/account/sessions")
            }
        }

        @Test("The checkout sends a visitor to the sign-in and back, and an order empties the cart once")
        func checkout() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                #expect(try await customer.get("/checkout").location == "/cart")
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                _ = try await customer.cart()
                #expect(try await customer.get("/checkout").location == "/sign-in?return=/checkout")
                #expect(try await customer.post("/checkout").location == "/sign-in?return=/checkout")
                // A slip of the finger keeps the way back.
                let wrong = try await customer.post("/sign-in", "name=ada&password=x&return=/checkout")
                #expect(wrong.status == 401 && wrong.body.contains("name=\"return\" value=\"/checkout\""))
                let back = try await customer.post("/sign-in", "name=ada&password=lovelace&return=/checkout")
                #expect(back.location == "/checkout")
                let page = try await customer.get("/checkout").body
                #expect(page.contains("2 × Darjeeling tea") && page.contains("€ 25.00"))
                #expect(try await customer.post("/checkout").location == "/cart")
                let cart = try await customer.cart()
                #expect(cart.items == [:] && cart.flash.count == 1 && cart.flash[0].hasPrefix("Thank you!"))
                #expect(try await customer.post("/checkout").location == "/cart")
                #expect(try await customer.cart().flash == [])
            }
        }

        @Test("An order needs a password of the last quarter of an hour, to look at it and to send it")
        func freshOrder() async throws {
            try await withShops(ahead: "16m") { shop, later in
                let customer = Customer(at: shop)
                try await customer.signIn().expect(303)
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                try await customer.get("/checkout").expect(200)
                let aged = customer.moved(to: later)
                let confirm = "/account/confirm?return=/checkout"
                #expect(try await aged.get("/checkout").location == confirm)
                #expect(try await aged.post("/checkout").location == confirm)
                #expect(try await aged.cart().items == ["tea": 2])
                let back = try await aged.post("/account/confirm", "password=lovelace&return=/checkout")
                #expect(back.location == "/checkout")
                #expect(try await aged.post("/checkout").location == "/cart")
                #expect(try await aged.cart().items == [:])
            }
        }

        @Test("The confirmation leads nowhere but on this host, is limited like the sign-in, and needs a user")
        func confirmation() async throws {
            try await withShop(.memory, "--sign-in-tries", "2") { shop in
                let customer = Customer(at: shop)
                #expect(try await customer.get("/account/confirm").status == 303)
                #expect(try await customer.post("/account/confirm", "password=x").status == 401)
                try await customer.signIn().expect(303)
                let away = try await customer.post("/account/confirm", "password=lovelace&return=https://evil.example")
                #expect(away.location == "/account")
                for _ in 1...2 { #expect(try await customer.post("/account/confirm", "password=x").status == 401) }
                #expect(try await customer.post("/account/confirm", "password=lovelace").status == 429)
                #expect(try await customer.session().principal == "ada")
            }
        }
    }
}
