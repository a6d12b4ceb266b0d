import Foundation
import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("The shop without cookies", .timeLimit(.minutes(10))) struct URLTokenTests {
        /// A browser whose cookies are switched off: it goes where links, forms and redirects lead.
        private final class Walker {
            let customer: Customer
            private(set) var answer: Answer?
            /// The address that the user sees.
            private(set) var path = "/"
            /// Every request's path, as a log would have it.
            private(set) var paths: [String] = []

            init(at shop: ShopProcess) { customer = Customer(at: shop) }

            var body: String { answer?.body ?? "" }
            var sid: String { path.split(separator: "sid=").dropFirst().first.map(String.init) ?? "" }

            func go(_ path: String) async throws {
                try await follow(try await customer.get(path, [.accept: "text/html"], keeps: false), from: path)
            }

            func submit(_ action: String, _ form: String) async throws {
                let fields: HTTPFields = [HTTPField.Name("Sec-Fetch-Site")!: "same-origin", .origin: "null"]
                try await follow(try await customer.post(action, form, fields, keeps: false), from: action)
            }

            private func follow(_ first: Answer, from start: String) async throws {
                (answer, path) = (first, start)
                paths.append(start)
                for _ in 0..<5 {
                    guard let location = answer?.location else { return }
                    (answer, path) = (try await customer.get(location, keeps: false), location)
                    paths.append(location)
                }
            }

            /// Where a link or a form leads whose target begins so, as the page has it.
            func target(_ beginning: String, _ attribute: String = "href") throws -> String {
                let marked = body.components(separatedBy: "\(attribute)=\"\(beginning)").dropFirst()
                let rests: [Substring] = marked.map { rest in rest.prefix { $0 != "\"" } }
                let rest = rests.first { rest in rest.isEmpty || rest.hasPrefix("?") }
                let target = beginning + (try #require(rest, "\(beginning)"))
                return target.replacingOccurrences(of: "&amp;", with: "&")
            }
        }

        @Test(
            "U-3, U-5, U-9: without cookies the shop has a cart, a sign-in of low privilege, and a sign-out",
            arguments: ShopStore.allCases)
        func whole(_ store: ShopStore) async throws {
            try await withShop(store, "--url-tokens") { shop in
                let walker = Walker(at: shop)
                try await walker.go("/")
                #expect(try walker.target("/cart") == "/cart")
                try await walker.submit(try walker.target("/cart", "action"), "product=pot&quantity=2")
                let cart = walker.sid
                #expect(walker.path == "/cart?sid=\(cart)" && cart.utf8.count == 64)
                #expect(walker.body.contains("Added 2 ×"))
                // Every link and every form of the page keeps the session.
                for beginning in ["/", "/cart", "/account", "/sign-in"] {
                    #expect(try walker.target(beginning) == "\(beginning)?sid=\(cart)")
                }
                try await walker.go(try walker.target("/"))
                try await walker.submit(try walker.target("/cart", "action"), "product=cup&quantity=1")
                #expect(walker.path == "/cart?sid=\(cart)" && walker.body.contains("Added 1 ×"))

                try await walker.go(try walker.target("/sign-in"))
                #expect(walker.body.contains("keeps no cookies") && !walker.body.contains("name=\"remember\""))
                let action = try walker.target("/sign-in", "action")
                try await walker.submit(action, "name=ada&password=wrong")
                #expect(walker.answer?.status == 401 && walker.body.contains("keeps no cookies"))
                try await walker.submit(action, "name=ada&password=lovelace")
                let signedIn = walker.sid
                #expect(walker.path == "/account?sid=\(signedIn)" && signedIn != cart && signedIn.utf8.count == 64)
                #expect(walker.body.contains("Hello, ada") && walker.body.contains("part of the page's address"))
                #expect(walker.answer?["Referrer-Policy"] == "no-referrer")
                try await walker.go(try walker.target("/cart"))
                #expect(walker.body.contains("Signed in as") && !walker.body.contains("There is nothing in it yet"))
                // What was a link before is dead.
                #expect(try await walker.customer.get("/account?sid=\(cart)", keeps: false).location == "/sign-in")

                // An error page doesn't lose the session either.
                try await walker.go("/nowhere?sid=\(signedIn)")
                #expect(try walker.target("/cart") == "/cart?sid=\(signedIn)")
                // U-8: nor does it tell its address.
                #expect(walker.answer?.status == 404 && walker.answer?["Referrer-Policy"] == "no-referrer")
                #expect(walker.answer?["Cache-Control"] == "no-store" && walker.answer?["X-Robots-Tag"] == "noindex")
                try await walker.go(try walker.target("/account"))
                try await walker.submit(try walker.target("/sign-out", "action"), "")
                #expect(walker.path == "/?signed-out" && !walker.body.contains("sid="))
                #expect(try await walker.customer.get("/account?sid=\(signedIn)", keeps: false).location == "/sign-in")

                // U-11: nothing that the shop has written to its logs holds a token or a code.
                let logs = shop.output + shop.errors
                for path in walker.paths {
                    for part in path.split(whereSeparator: { "?&=".contains($0) }) where part.utf8.count == 64 {
                        #expect(!logs.contains(part))
                    }
                }
                #expect(logs.contains("urlTokens is on"))
            }
        }

        @Test(
            "A browser with cookies never has a token in its URL, and its forms and links are as without --url-tokens")
        func withCookies() async throws {
            try await withShop(.memory, "--url-tokens") { shop in
                let customer = Customer(at: shop)
                let probe = try await customer.post("/cart", "product=pot&quantity=1")
                #expect(probe.location?.hasPrefix("/cart?sid-code=") == true)
                #expect(try await customer.get(try #require(probe.location)).location == "/cart")
                let page = try await customer.get("/cart")
                #expect(page.body.contains("Added 1 ×") && !page.body.contains("sid"))
                #expect(try await customer.signIn(remember: true).location == "/account")
                #expect(try await !customer.get("/account").body.contains("keeps no cookies"))
                #expect(try await customer.signOut().location == "/?signed-out")
            }
        }

        @Test("U-5: a session in a URL sees no devices, signs none out and changes no password")
        func lowPrivilege() async throws {
            try await withShop(.memory, "--url-tokens") { shop in
                let other = Customer(at: shop)
                let probe = try await other.signIn()
                _ = try await other.get(try #require(probe.location))
                let walker = Walker(at: shop)
                try await walker.submit("/cart", "product=pot&quantity=2")
                try await walker.submit("/sign-in?sid=\(walker.sid)", "name=ada&password=lovelace")
                #expect(walker.body.contains("Hello, ada"))
                let sid = walker.sid
                for path in ["/account/sessions", "/account/confirm", "/account/password"] {
                    try await walker.go("\(path)?sid=\(sid)")
                    #expect(walker.answer?.status == 403, "\(path)")
                }
                for (path, form) in [
                    ("/account/sessions/end-others", ""), ("/account/confirm", "password=lovelace"),
                    ("/account/password", "new-password=enchantress"),
                ] {
                    try await walker.submit("\(path)?sid=\(sid)", form)
                    #expect(walker.answer?.status == 403, "\(path)")
                }
                #expect(try await other.session().principal == "ada")
            }
        }

        @Test("With form tokens the shop is whole without cookies as well")
        func formTokens() async throws {
            try await withShop(.memory, "--url-tokens", "--form-tokens") { shop in
                let walker = Walker(at: shop)
                try await walker.go("/")
                #expect(walker.path.hasPrefix("/?sid="))
                let field = walker.body.components(separatedBy: "name=\"forgery-token\" value=\"").dropFirst().first
                let token = try #require(field?.prefix { $0 != "\"" })
                try await walker.submit(
                    try walker.target("/cart", "action"), "product=pot&quantity=2&forgery-token=\(token)")
                #expect(walker.body.contains("Added 2 ×"))
            }
        }

        @Test("Without --url-tokens a token in the URL is nothing")
        func off() async throws {
            try await withShop(.memory) { shop in
                let answer = try await Customer(at: shop).post("/cart", "product=pot&quantity=1")
                #expect(answer.location == "/cart" && answer.setCookies.count == 1)
            }
        }
    }
}
