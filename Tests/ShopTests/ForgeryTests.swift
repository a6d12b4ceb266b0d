import Foundation
import HTTPTypes
import ShopDriver
import Testing

extension ShopTests {
    @Suite("Forged requests", .timeLimit(.minutes(10))) struct ForgeryTests {
        private func from(_ site: String?, _ origin: String? = "https://evil.example") -> HTTPFields {
            var fields = HTTPFields()
            fields[HTTPField.Name("Sec-Fetch-Site")!] = site
            fields[.origin] = origin
            return fields
        }

        @Test("W-05: another site can neither sign a customer out or in nor fill the cart, and the page says why")
        func forged() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=cup&quantity=2")
                try await customer.signIn()
                let id = try await customer.session().id
                for fields in [from("cross-site"), from("same-site"), from(nil)] {
                    for (path, form) in [
                        ("/sign-out", ""), ("/cart", "product=cup&quantity=1"), ("/visits", ""),
                        ("/sign-in", "name=grace&password=hopper"),
                    ] {
                        let answer = try await customer.post(path, form, fields)
                        #expect(answer.status == 403 && answer.setCookies == [], "\(path) \(fields)")
                        #expect(answer["Clear-Site-Data"] == nil)
                    }
                }
                let session = try await customer.session()
                #expect(session.id == id && session.principal == "ada")
                #expect(try await customer.cart().items == ["cup": 2])
                var fields = from("cross-site")
                fields[.accept] = "text/html"
                let page = try await customer.post("/sign-out", "", fields).body
                #expect(page.contains("possible here") && page.contains("on its own pages"))

                // A stranger is not signed in to the attacker's account either: no session protects that form yet.
                let stranger = Customer(at: shop)
                let answer = try await stranger.post("/sign-in", "name=grace&password=hopper", from("cross-site"))
                #expect(answer.status == 403 && stranger.browser.signedInToken == nil)
            }
        }

        @Test("The shop's own pages and programs work as ever")
        func own() async throws {
            try await withShop { shop in
                for fields in [
                    from("same-origin", shop.address), from("none", nil), from(nil, shop.address), from(nil, nil),
                ] {
                    let customer = Customer(at: shop)
                    let answer = try await customer.post("/sign-in", "name=ada&password=lovelace", fields)
                    #expect(answer.location == "/account")
                    #expect(try await customer.post("/sign-out", "", fields).location == "/?signed-out")
                    #expect(try await customer.session().principal == nil)
                }
            }
        }

        /// The token in the forms of a page.
        private func token(on page: String) throws -> String {
            let tokens = page.components(separatedBy: "name=\"forgery-token\" value=\"").dropFirst().map {
                $0.prefix { $0 != "\"" }
            }
            let forms = page.components(separatedBy: "<form ").count - 1
            #expect(tokens.count == forms && forms > 0 && Set(tokens).count == 1, "every form has the token")
            return String(try #require(tokens.first))
        }

        @Test("F-6, F-7, N-10: with --form-tokens every form has a token, and only a page of the session can be sent")
        func tokens() async throws {
            try await withShop(.memory, "--form-tokens") { shop in
                let (ada, eve) = (Customer(at: shop), Customer(at: shop))
                let evil = try token(on: try await eve.get("/").body)
                let shelf = try token(on: try await ada.get("/").body)
                for wrong in ["", "&forgery-token=", "&forgery-token=\(evil)", "&forgery-token=x"] {
                    #expect(try await ada.post("/cart", "product=cup&quantity=1\(wrong)").status == 403)
                    #expect(try await ada.post("/sign-in", "name=ada&password=lovelace\(wrong)").status == 403)
                    #expect(try await ada.post("/sign-out", String(wrong.dropFirst())).status == 403)
                }
                #expect(try await ada.cart().items == [:])
                let bought = try await ada.post("/cart", "product=cup&quantity=1&forgery-token=\(shelf)")
                #expect(bought.location == "/cart")
                let form = try token(on: try await ada.get("/sign-in").body)
                let signedIn = try await ada.post("/sign-in", "name=ada&password=lovelace&forgery-token=\(form)")
                #expect(signedIn.location == "/account")
                // The page from before the sign-in is outdated.
                #expect(try await ada.post("/sign-out", "forgery-token=\(shelf)").status == 403)
                let account = try token(on: try await ada.get("/account").body)
                #expect(try await ada.session().principal == "ada")
                // A script sends it in a field.
                #expect(try await ada.post("/visits").status == 403)
                #expect(try await ada.post("/visits", "", [HTTPField.Name("X-CSRF-Token")!: account]).status == 200)
                #expect(try await ada.post("/sign-out", "forgery-token=\(account)").location == "/?signed-out")
                #expect(try await ada.session().principal == nil)
                // A page that could hold no token has no form that would be refused.
                let missing = try await ada.get("/nowhere", [.accept: "text/html"]).body
                #expect(missing.contains("find that page") && !missing.contains("<form"))
            }
        }

        @Test("With --form-tokens no form of a user's is taken without its token, whatever it would change")
        func everyForm() async throws {
            try await withShop(.memory, "--form-tokens") { shop in
                let ada = Customer(at: shop)
                let shelf = try token(on: try await ada.get("/").body)
                try await ada.post("/cart", "product=cup&quantity=1&forgery-token=\(shelf)").expect(303)
                let form = try token(on: try await ada.get("/sign-in").body)
                try await ada.post("/sign-in", "name=ada&password=lovelace&forgery-token=\(form)").expect(303)
                let before = try await ada.session()
                let id = try #require(before.id)
                for (path, form) in [
                    ("/cart/change", "product=cup&quantity=3"), ("/checkout", ""),
                    ("/account/confirm", "password=lovelace"), ("/account/password", "new-password=enchantress"),
                    ("/account/sessions/end-others", ""), ("/account/sessions/\(id)/end", ""),
                ] {
                    let refused = try await ada.post(path, form)
                    #expect(refused.status == 403, "\(path)")
                }
                let (after, cart) = (try await ada.session(), try await ada.cart())
                #expect(after.id == id && after.principal == "ada" && cart.items == ["cup": 1])
            }
        }

        @Test("Without --form-tokens no page has a token, and a look at the sign-in form makes no session")
        func noTokens() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                for path in ["/", "/cart", "/sign-in"] {
                    let page = try await customer.get(path)
                    #expect(page.setCookies == [] && page.body.contains("<form"), "\(path)")
                    #expect(!page.body.contains("forgery-token"))
                }
            }
        }
    }
}
