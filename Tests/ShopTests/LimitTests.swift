import Foundation
import HTTPTypes
import Processes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("A-7.1.2: a user's sessions over the limit", .timeLimit(.minutes(10))) struct LimitTests {
        private func browsers(_ count: Int, at shop: ShopProcess) -> [Customer] {
            (0..<count).map { _ in Customer(at: shop) }
        }

        @Test("By default a further sign-in ends the session that was not used for longest, and it says so")
        func ends() async throws {
            try await withShop(.memory, "--limit", "1") { shop in
                let (first, second) = (Customer(at: shop), Customer(at: shop))
                try await first.signIn().expect(303)
                try await second.signIn().expect(303)
                #expect(try await first.session().ended?.reason == "limit")
                let page = try await first.get("/sign-in").body
                #expect(page.contains("You can be signed in on one device at a time, so this session was ended."))
                #expect(try await second.get("/account/sessions").body.contains("you signed in on another device"))
            }
        }

        @Test(
            "To ask, a right password gets a page of the user's devices; the one that is chosen ends, and the cart stays",
            arguments: ShopStore.allCases)
        func asks(_ store: ShopStore) async throws {
            try await withShop(store, "--limit", "2:ask") { shop in
                let users = browsers(2, at: shop)
                for user in users { try await user.signIn().expect(303) }
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                let wrong = try await customer.post("/sign-in", "name=ada&password=wrong&end=x")
                #expect(wrong.status == 401 && !wrong.body.contains("Which one shall we sign out?"))
                let asked = try await customer.post("/sign-in", "name=ada&password=lovelace&return=/cart")
                #expect(asked.status == 409 && asked.body.contains("Which one shall we sign out?"))
                let ids = [
                    try #require(try await users[0].session().id), try #require(try await users[1].session().id),
                ]
                #expect(ids.allSatisfy { asked.body.contains("value=\"\($0)\"") })
                #expect(asked.body.contains("name=\"return\" value=\"/cart\""))
                #expect(asked.setCookies == [])
                #expect(try await customer.cart().items == ["tea": 2])
                // What isn't this user's stays.
                let grace = Customer(at: shop)
                try await grace.signIn("grace").expect(303)
                let others = try #require(try await grace.session().id)
                #expect(try await customer.post("/sign-in", "name=ada&password=lovelace&end=\(others)").status == 409)
                #expect(try await grace.session().principal == "grace")
                let wrongAgain = try await customer.post("/sign-in", "name=ada&password=wrong&end=\(ids[0])")
                #expect(wrongAgain.status == 401)
                #expect(try await users[0].session().principal == "ada")

                let chosen = try await customer.post(
                    "/sign-in", "name=ada&password=lovelace&end=\(ids[0])&return=/cart")
                #expect(chosen.status == 303 && chosen.location == "/cart")
                #expect(try await customer.cart().items == ["tea": 2])
                #expect(try await users[0].session().ended?.reason == "ended-by-user")
                #expect(try await users[1].session().principal == "ada")
            }
        }

        @Test("Who asked to be remembered is, also behind the page that asks which session to end, and nobody else is")
        func remembers() async throws {
            try await withShop(.memory, "--limit", "1:ask") { shop in
                try await Customer(at: shop).signIn().expect(303)
                for isRemembered in [true, false] {
                    let customer = Customer(at: shop)
                    let asked = try await customer.signIn(remember: isRemembered)
                    #expect(asked.status == 409)
                    let id = try #require(asked.body.firstMatch(of: /name="end" value="([0-9a-f]{32})"/)?.1)
                    // As a browser does, what the page holds is sent with the choice.
                    let isHeld = asked.body.contains("<input type=\"hidden\" name=\"remember\" value=\"on\">")
                    #expect(isHeld == isRemembered)
                    let rest = isHeld ? "&remember=on" : ""
                    try await customer.post("/sign-in", "name=ada&password=lovelace&end=\(id)\(rest)").expect(303)
                    customer.browser.jar.closeBrowser()
                    #expect(try await customer.session().principal == (isRemembered ? "ada" : nil))
                }
            }
        }

        @Test("To refuse, a further sign-in changes nothing, for a browser and for a program")
        func refuses() async throws {
            try await withShop(.memory, "--limit", "1:refuse", "--lab") { shop in
                try await Customer(at: shop).signIn().expect(303)
                let customer = Customer(at: shop)
                let refused = try await customer.signIn()
                #expect(refused.status == 409 && refused.setCookies == [])
                #expect(refused.body.contains("Sign out on another device") && !refused.body.contains("type=\"radio\""))
                let program = try await customer.post(
                    "/api/sign-in", #"{"name":"ada","password":"lovelace"}"#, [.contentType: "application/json"])
                #expect(program.status == 409 && !holdsToken(program.body))
            }
        }

        @Test("Of ten sign-ins at once exactly as many stand as may", arguments: ShopStore.allCases)
        func atOnce(_ store: ShopStore) async throws {
            for action in ["refuse", "end"] {
                try await withShop(store, "--limit", "3:\(action)") { shop in
                    let users = browsers(10, at: shop)
                    let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                        for user in users { group.addTask { try await user.signIn().status } }
                        return try await group.reduce(into: [Int]()) { $0.append($1) }
                    }
                    var standing = 0
                    for user in users where try await user.session().principal == "ada" { standing += 1 }
                    #expect(standing <= 3 && standing >= 1, "\(action): \(standing) of \(statuses)")
                    if action == "end" { #expect(standing == 3) }
                    // A sign-in that another one ends is told so on the next page; one that is refused, at once.
                    let allowed = action == "end" ? [303] : [303, 409]
                    #expect(statuses.allSatisfy { allowed.contains($0) }, "\(statuses)")
                }
            }
        }

        @Test("A sign-in that a later one has ended leads back to the form, which says so once; a program gets 409")
        func overtaken() async throws {
            try await withDirectory { directory in
                let options = ["--store", "sqlite:\(directory)/shop.db", "--limit", "1", "--lab"]
                // By its clock, a sign-in at this shop comes later than any at the other one.
                try await withShop(running: options + ["--clock-offset", "10m"]) { ahead in
                    try await withShop(running: options) { shop in
                        for tokens in [false, true] {
                            let later = Customer(at: ahead)
                            try await later.signIn().expect(303)
                            let customer = Customer(at: shop)
                            if tokens { try await customer.post("/cart", "product=tea&quantity=1").expect(303) }
                            let form = "name=ada&password=lovelace&return=/cart"
                            let answer = try await customer.post("/sign-in", form)
                            #expect(answer.status == 303 && answer.location == "/sign-in?return=/cart")
                            let words = "You can be signed in on one device at a time, so this session was ended."
                            #expect(try await customer.get("/sign-in").body.contains(words))
                            #expect(try await !customer.get("/sign-in").body.contains(words))
                            #expect(try await later.session().principal == "ada")
                            let program = try await Customer(at: shop).post(
                                "/sign-in", form, [.accept: "application/json"])
                            #expect(program.status == 409)
                        }
                    }
                }
            }
        }

        @Test("A limit that can't be is refused", arguments: ["0", "-1", "x", "3:", "3:maybe", ":ask", "3:ask:"])
        func malformed(_ text: String) async throws {
            let shop = try ShopProcess(arguments: ["--port", "0", "--limit=\(text)"])
            defer { shop.signal(SIGKILL) }
            #expect(try await shop.exit() != .status(0))
            #expect(shop.errors.contains("--limit"))
        }
    }
}
