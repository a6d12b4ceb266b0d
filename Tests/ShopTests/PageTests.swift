import Foundation
import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("Pages", .timeLimit(.minutes(10))) struct PageTests {
        private let visitorCookie = /__Host-Http-visitor=[A-Za-z0-9_-]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax/
        private let signedInCookie = /__Host-Http-id=[A-Za-z0-9_-]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax/
        private let gone = "; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Secure; HttpOnly; SameSite=Lax"

        @Test(arguments: ShopStore.allCases) func theShelfMakesNoSession(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let customer = Customer(at: shop)
                for path in ["/", "/cart", "/sign-in"] {
                    let answer = try await customer.get(path)
                    #expect(answer.status == 200)
                    #expect(answer["content-type"] == "text/html; charset=utf-8")
                    // The shelf says that caches may keep what strangers see of it.
                    #expect(answer["cache-control"] == (path == "/" ? nil : "no-store"))
                    #expect(answer["vary"] == "Cookie")
                    #expect(answer.setCookies == [])
                    #expect(!answer.body.contains("class=\"notice\""), "there is nothing to tell a stranger on \(path)")
                    #expect(answer.body.contains("action=\"/sign-out\""), "A-7.4.4: sign-out on \(path)")
                }
                let account = try await customer.get("/account")
                #expect(account.status == 303)
                #expect(account.location == "/sign-in")
                #expect(account.setCookies == [])
            }
        }

        @Test("A page shows nothing but itself and pictures, sends forms to the shop alone, and has no other base")
        func policy() async throws {
            try await withShop { shop in
                for path in ["/", "/cart", "/sign-in", "/admin/sign-in", "/nowhere"] {
                    let answer = try await Customer(at: shop).get(path, [.accept: "text/html"])
                    let policy = try #require(answer["content-security-policy"], "\(path)")
                    let parts = policy.split(separator: ";").map { $0.drop { $0 == " " } }
                    #expect(
                        parts.filter { !$0.hasPrefix("style-src 'sha256-") } == [
                            "default-src 'none'", "img-src data:", "form-action 'self'", "frame-ancestors 'none'",
                            "base-uri 'none'",
                        ], "\(path)")
                    #expect(parts.count == 6, "\(path)")
                }
            }
        }

        @Test func anErrorPageHasNoBodyInAnAnswerToHEAD() async throws {
            try await withShop { shop in
                for accept in ["text/html", "application/json"] {
                    let fields = "Host: localhost\r\nConnection: close\r\nAccept: \(accept)\r\n"
                    let requests = ["GET", "HEAD"].map { Array("\($0) /nowhere HTTP/1.1\r\n\(fields)\r\n".utf8) }
                    let answers = try await RawClient.answers(to: requests, from: shop.address)
                    #expect(answers.map { $0?.status } == [404, 404])
                    #expect(answers[0]?.body != "" && answers[1]?.body == "")
                }
            }
        }

        @Test(arguments: ShopStore.allCases) func theCartAndItsMessage(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let customer = Customer(at: shop)
                let first = try await customer.post("/cart", "product=tea&quantity=2")
                #expect(first.status == 303)
                #expect(first.location == "/cart")
                #expect(first.setCookies.count == 1)
                #expect(first.setCookies.first?.wholeMatch(of: visitorCookie) != nil, "\(first.setCookies)")
                #expect(first.refusals == [])
                let token = customer.browser.visitorToken

                // HEAD reads the page and leaves the message for who sees it.
                _ = try await customer.browser.send(.head, shop.address + "/cart")
                let page = try await customer.get("/cart")
                #expect(page.body.contains("Added 2 × Darjeeling tea to your cart."))
                #expect(page.setCookies == [])
                #expect(try await customer.cart() == Cart(items: ["tea": 2], flash: []))

                try await customer.post("/cart", "product=tea&quantity=1").expect(303)
                try await customer.post("/cart", "quantity=1&product=honey").expect(303)
                #expect(
                    try await customer.cart()
                        == Cart(
                            items: ["tea": 3, "honey": 1],
                            flash: [
                                "Added 1 × Darjeeling tea to your cart.", "Added 1 × Lime-blossom honey to your cart.",
                            ]))
                #expect(try await customer.cart().flash == [])
                #expect(customer.browser.visitorToken == token)
            }
        }

        @Test(arguments: ShopStore.allCases) func ofManyTabsOneSeesTheMessage(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=cup&quantity=1").expect(303)
                let messages = try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<8 { group.addTask { try await customer.cart().flash.count } }
                    return try await group.reduce(0, +)
                }
                #expect(messages == 1)
            }
        }

        @Test(arguments: ShopStore.allCases) func aSignInKeepsTheCartAndMovesTheSession(_ store: ShopStore) async throws
        {
            try await withShop(store) { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=pot&quantity=1").expect(303)
                let old = Customer(at: shop, customer.browser.copy())
                let visitor = try await customer.session()
                let answer = try await customer.signIn()
                #expect(answer.status == 303)
                #expect(answer.location == "/account")
                #expect(answer.setCookies.count == 2)
                // The token last, for gateways that keep one Set-Cookie alone.
                #expect(answer.setCookies.first == "__Host-Http-visitor=" + gone)
                #expect(answer.setCookies.last?.wholeMatch(of: signedInCookie) != nil, "\(answer.setCookies)")
                #expect(customer.browser.visitorToken == nil)
                #expect(try await customer.cart().items == ["pot": 1])
                let state = try await customer.session()
                #expect(state.id == visitor.id)
                #expect(state.principal == "ada")

                // G2: the visitor's token is dead at once.
                let look = try await old.get("/session")
                #expect(try look.decoded(as: SessionState.self).id == nil)
                #expect(look.setCookies == [])
                let write = try await old.post("/visits")
                #expect(write.status == 409)
                #expect(write.setCookies == [])
                #expect(try await old.get("/account").location == "/sign-in")

                let account = try await customer.get("/account")
                #expect(account.status == 200)
                #expect(!account.body.contains("You have been here"))
                // Only what says so counts: a page that is looked at changes nothing.
                for (count, text) in [(1, "You have been here once."), (2, "You have been here 2 times.")] {
                    #expect(try await customer.visit() == count)
                    for method in [HTTPRequest.Method.get, .head, .get] {
                        let page = try await customer.browser.send(method, shop.address + "/account")
                        #expect(page.status == 200 && (method == .head || page.body.contains(text)))
                    }
                }
                #expect(account.body.contains("Signed in as <strong>ada</strong>"))
                #expect(!holdsToken(account.body))
                #expect(try await customer.get("/sign-in").location == "/account")
            }
        }

        @Test func rememberedMeansAnAge() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                let answer = try await customer.signIn("grace", remember: true)
                let cookie = try #require(answer.setCookies.first)
                let age = try #require(cookie.firstMatch(of: /; Max-Age=(\d+);/)?.1)
                #expect(try #require(Int(age)) > 29 * 86_400)
                #expect(try #require(Int(age)) <= 30 * 86_400)
                customer.browser.jar.closeBrowser()
                #expect(try await customer.session().principal == "grace")
                let other = Customer(at: shop)
                try await other.signIn()
                other.browser.jar.closeBrowser()
                #expect(try await other.session().principal == nil)
            }
        }

        @Test func aWrongNameAndAWrongPasswordGetTheSameBytes() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                let name = try await customer.post("/sign-in", "name=eve&password=lovelace")
                let password = try await customer.post("/sign-in", "name=ada&password=wrong")
                #expect(name.status == 401)
                #expect(password.status == 401)
                // The form shows the name again that was typed: nothing else may differ.
                #expect(name.body.contains("value=\"eve\""))
                #expect(name.body.replacing("value=\"eve\"", with: "value=\"ada\"") == password.body)
                #expect(name.fieldsWithoutDate == password.fieldsWithoutDate)
                #expect(name.setCookies == [])
                let swapped = try await customer.post("/sign-in", "name=ada&password=hopper")
                #expect(swapped.body == password.body)
                let empty = try await customer.post("/sign-in", "name=&password=")
                #expect(empty.status == 401)
                let markup = try await customer.post("/sign-in", "name=%22%3E%3Cscript%3E&password=x")
                #expect(!markup.body.contains("<script>"))
            }
        }

        @Test(arguments: ShopStore.allCases) func aSignOutIsTheEnd(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=pot&quantity=1").expect(303)
                try await customer.signIn()
                let id = try await customer.session().id
                let thief = Customer(at: shop, customer.browser.copy())
                let answer = try await customer.signOut()
                #expect(answer.status == 303)
                #expect(answer.location == "/?signed-out")
                #expect(answer.setCookies == ["__Host-Http-id=" + gone])
                #expect(answer["clear-site-data"] == "\"cache\", \"storage\"")
                #expect(customer.browser.jar.cookies.isEmpty)
                #expect(try await customer.session().id == nil)

                // G3, A-7.4.1: the old token is dead, and its holder is told why.
                let look = try await thief.get("/session")
                let state = try look.decoded(as: SessionState.self)
                #expect(state.id == nil)
                #expect(state.principal == nil)
                #expect(state.ended?.reason == "signed-out")
                #expect(look.setCookies == [])
                #expect(try await thief.get("/account").location == "/sign-in")
                #expect(try await thief.get("/sign-in").body.contains("You have signed out."))
                // What it writes now is another visitor's.
                #expect(try await thief.visit() == 1)
                #expect(try await thief.session().id != id)
                #expect(try await thief.cart().items == [:])
            }
        }

        @Test func aVisitorCanBeForgottenAndAStrangerCostsNothing() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                let nobody = try await customer.signOut()
                #expect(nobody.status == 303)
                #expect(nobody.setCookies == [])
                #expect(nobody["clear-site-data"] == nil)
                try await customer.visit()
                #expect(try await customer.signOut().setCookies == ["__Host-Http-visitor=" + gone])
                #expect(customer.browser.jar.cookies.isEmpty)
            }
        }

        @Test("A-3.7.2: no redirect of the shop goes where a request says")
        func redirects() async throws {
            try await withShop { shop in
                let names = ["return", "returnTo", "return_to", "next", "url", "redirect", "continue"]
                for target in [
                    "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "/%0d%0aX: y",
                ] {
                    let customer = Customer(at: shop)
                    let value = try #require(target.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
                    let query = names.map { "\($0)=\(value)" }.joined(separator: "&")
                    var fields: HTTPFields = [.referer: "https://evil.example/"]
                    fields[HTTPField.Name("X-Forwarded-Host")!] = "evil.example"
                    let bought = try await customer.post("/cart?\(query)", "product=cup&quantity=1", fields)
                    let form = "name=ada&password=lovelace&return=\(value)"
                    let signedIn = try await customer.post("/sign-in?\(query)", form, fields)
                    let signedOut = try await customer.post("/sign-out?\(query)", "", fields)
                    #expect(
                        [bought, signedIn, signedOut].map(\.location) == ["/cart", "/account", "/?signed-out"],
                        "\(target)")
                }
            }
        }

        @Test func anotherUserAtTheSameBrowserGetsNothingOfTheFirst() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.signIn("ada")
                try await customer.post("/cart", "product=pot&quantity=1").expect(303)
                let old = Customer(at: shop, customer.browser.copy())
                try await customer.signIn("grace").expect(303)
                #expect(try await customer.session().principal == "grace")
                #expect(try await customer.cart() == Cart(items: [:], flash: []))
                #expect(try await old.session().ended?.reason == "signed-out")
            }
        }
    }
}

extension Answer {
    @discardableResult
    func expect(_ status: Int, sourceLocation: SourceLocation = #_sourceLocation) -> Answer {
        #expect(self.status == status, "\(body.prefix(200))", sourceLocation: sourceLocation)
        return self
    }

    var fieldsWithoutDate: HTTPFields {
        var fields = fields
        fields[.date] = nil
        return fields
    }
}
