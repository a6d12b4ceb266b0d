import Foundation
import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("A-7.5.2: users see their devices and sign them out", .timeLimit(.minutes(10))) struct DeviceTests {
        /// What `/account/sessions` says to a program.
        private struct Device: Decodable, Equatable {
            let id, device: String
            let createdAt, lastUsedAt: Int64
            let current: Bool
        }

        private static let firefox: HTTPFields = [
            .userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
        ]
        private static let safari: HTTPFields = [
            .userAgent:
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Version/26.0 Mobile/15E148 Safari/604.1"
        ]

        private func signIn(_ customer: Customer, _ fields: HTTPFields, _ form: String = "") async throws {
            try await customer.post("/sign-in", "name=ada&password=lovelace\(form)", fields).expect(303)
        }

        private func devices(of customer: Customer) async throws -> [Device] {
            try await customer.get("/account/sessions", [.accept: "application/json"]).decoded()
        }

        @Test(
            "Each device is listed with its name and times, the newest first, and the own one is marked",
            arguments: ShopStore.allCases)
        func list(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let (home, phone, grace) = (Customer(at: shop), Customer(at: shop), Customer(at: shop))
                try await signIn(home, Self.firefox)
                try await signIn(phone, Self.safari)
                try await grace.signIn("grace").expect(303)
                let (first, second) = (try await home.session(), try await phone.session())
                #expect(
                    try await devices(of: home) == [
                        Device(
                            id: try #require(second.id), device: "Safari on iPhone",
                            createdAt: try #require(second.createdAt), lastUsedAt: try #require(second.lastUsedAt),
                            current: false),
                        Device(
                            id: try #require(first.id), device: "Firefox on Linux",
                            createdAt: try #require(first.createdAt), lastUsedAt: try #require(first.lastUsedAt),
                            current: true),
                    ])
                let body = try await home.get("/account/sessions", [.accept: "application/json"]).body
                #expect(!holdsToken(body))
                let answer = try await home.get("/account/sessions"), page = answer.body
                #expect(answer["Cross-Origin-Resource-Policy"] == "same-origin", "A-3.5.8")
                #expect(page.contains("Firefox on Linux") && page.contains("Safari on iPhone"))
                #expect(page.contains("action=\"/account/sessions/\(try #require(second.id))/end\""))
                #expect(page.components(separatedBy: "This device").count == 2 && !holdsToken(page))
                #expect(try await devices(of: grace).map(\.current) == [true])
            }
        }

        @Test(
            "A device that is signed out elsewhere says from which one, and when; it stays listed as ended",
            arguments: ShopStore.allCases)
        func endOne(_ store: ShopStore) async throws {
            try await withShop(store) { shop in
                let (home, phone) = (Customer(at: shop), Customer(at: shop))
                try await signIn(home, Self.firefox)
                try await signIn(phone, Self.safari)
                let id = try #require(try await phone.session().id)
                let ended = try await home.post("/account/sessions/\(id.uppercased())/end")
                #expect(ended.status == 303 && ended.location == "/account/sessions")
                let page = try await home.get("/account/sessions").body
                #expect(page.contains("Safari on iPhone was signed out."))
                // How long ago it was, a slow machine tells in seconds or minutes.
                let told = #/<strong>Safari on iPhone</strong> <span>You ended it from here, (just now|\d+ \w+ ago)\./#
                #expect(page.contains(told))
                #expect(try await devices(of: home).map(\.device) == ["Firefox on Linux"])
                #expect(try await phone.get("/account").location == "/sign-in")
                let bounced = try await phone.get("/sign-in").body
                let explained = #/You ended this session from Firefox on Linux\. That was (just now|\d+ \w+ ago) \(/#
                #expect(bounced.contains(explained))
                // Seen from a third device, it was ended from the first.
                let third = Customer(at: shop)
                try await signIn(third, Self.safari)
                #expect(try await third.get("/account/sessions").body.contains("You ended it from Firefox on Linux"))
                // Once more there is nothing to end.
                #expect(try await home.post("/account/sessions/\(id)/end").status == 404)
            }
        }

        @Test("All other devices are signed out at once, and the own one by its own button")
        func endOthers() async throws {
            try await withShop { shop in
                let (home, grace) = (Customer(at: shop), Customer(at: shop))
                let others = [Customer(at: shop), Customer(at: shop)]
                try await signIn(home, Self.firefox)
                for other in others { try await signIn(other, Self.safari) }
                try await grace.signIn("grace").expect(303)
                let ended = try await home.post("/account/sessions/end-others")
                #expect(ended.status == 303 && ended.location == "/account/sessions")
                #expect(try await home.get("/account/sessions").body.contains("2 other devices were signed out."))
                for other in others {
                    #expect(try await other.session().ended?.reason == "ended-by-user")
                    #expect(try await other.get("/").body.contains("You ended this session from Firefox on Linux."))
                }
                #expect(try await grace.session().principal == "grace")
                let own = try #require(try await home.session().id)
                let out = try await home.post("/account/sessions/\(own)/end")
                #expect(out.location == "/?signed-out" && out["Clear-Site-Data"] == "\"cache\", \"storage\"")
                #expect(try await home.session().principal == nil)
                #expect(try await home.get("/?signed-out").body.contains("You have signed out."))
            }
        }

        @Test("No user ends another one's session, no stranger any, and no GET; what names none is refused")
        func refused() async throws {
            try await withShop { shop in
                let (home, grace, stranger) = (Customer(at: shop), Customer(at: shop), Customer(at: shop))
                try await signIn(home, Self.firefox)
                try await grace.signIn("grace").expect(303)
                let id = try #require(try await home.session().id)
                let path = "/account/sessions/\(id)/end"
                #expect(try await grace.post(path).status == 404)
                #expect(try await stranger.post(path).status == 401)
                #expect(try await stranger.post("/account/sessions/end-others").status == 401)
                for path in [path, "/account/sessions/end-others"] {
                    #expect(try await home.get(path).status == 404)
                    let forged: HTTPFields = [HTTPField.Name("Sec-Fetch-Site")!: "cross-site"]
                    #expect(try await home.post(path, "", forged).status == 403)
                }
                for id in ["x", "0", String(id.dropLast()), id + "0", "%3Cscript%3E"] {
                    let answer = try await home.post("/account/sessions/\(id)/end", "", [.accept: "text/html"])
                    #expect(answer.status == 400 && !answer.body.contains("<script>"), "\(id)")
                    // A program is told in JSON what was meant, and not how the address wrote it.
                    let told = try await home.post("/account/sessions/\(id)/end")
                    let shown = id.replacing("%3C", with: "<").replacing("%3E", with: ">")
                    #expect(told.status == 400 && told.body.contains("\(shown)\\\" is no number of a session"))
                }
                #expect(try await home.session().principal == "ada")
                let visit = try await stranger.get("/account/sessions")
                #expect(visit.status == 303 && visit.location == "/sign-in?return=/account/sessions")
                #expect(try await stranger.get("/account/sessions", [.accept: "application/json"]).status == 401)
                let back = try await stranger.post(
                    "/sign-in", "name=ada&password=lovelace&return=/account/sessions")
                #expect(back.location == "/account/sessions")
                let elsewhere = try await Customer(at: shop).post(
                    "/sign-in", "name=ada&password=lovelace&return=//evil.example")
                #expect(elsewhere.location == "/account")
            }
        }

        @Test("A device's name is never markup, and an address is kept only where the shop is asked for it")
        func names() async throws {
            for (arguments, isKept) in [([], false), (["--device-addresses"], true)] {
                try await withShop(running: ["--store", "memory"] + arguments) { shop in
                    let customer = Customer(at: shop)
                    try await signIn(customer, [.userAgent: "<script>alert(1)</script>/1 curl\u{1}"])
                    #expect(try await devices(of: customer).map(\.device) == ["An unknown device"])
                    let page = try await customer.get("/account/sessions").body
                    #expect(!page.contains("<script") && page.contains("from 127.0.0.1") == isKept)
                }
            }
        }

        @Test("With --known-devices a browser is new to a user once, and the log says whose sign-in it was")
        func knownDevices() async throws {
            try await withShop(.memory, "--known-devices") { shop in
                let customer = Customer(at: shop)
                try await customer.signIn().expect(303)
                let cookie = try #require(customer.browser.jar["__Host-Http-device"])
                try await customer.signOut()
                try await customer.signIn().expect(303)
                #expect(customer.browser.jar["__Host-Http-device"] == cookie)
                try await Customer(at: shop).signIn("grace").expect(303)
                let lines = shop.errors.split(separator: "\n").filter { $0.contains("with a new browser") }
                #expect(lines.count == 2 && lines[0].contains("user=ada") && lines[1].contains("user=grace"))
            }
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.signIn().expect(303)
                #expect(customer.browser.jar["__Host-Http-device"] == nil)
            }
        }

        @Test("The idle timeout and the longest time of a session are each told on the next page")
        func reasons() async throws {
            try await withDirectory { directory in
                let store = ["--store", "sqlite:\(directory)/shop.db", "--lab"]
                try await withShop(running: store) { shop in
                    // Not through the turnstile: this test holds a place there already.
                    let later = try await ShopProcess.open(store + ["--clock-offset", "12h"])
                    defer { later.signal(SIGKILL) }
                    let endless = try await ShopProcess.open(store + ["--idle-timeout", "off"])
                    defer { endless.signal(SIGKILL) }
                    let sentences = [
                        "You were away for a while, so we signed you out.",
                        "You were signed in for as long as we allow, so we signed you out.",
                    ]
                    for (shop, sentence) in zip([shop, endless], sentences) {
                        let customer = Customer(at: shop)
                        try await signIn(customer, Self.firefox)
                        let page = try await customer.moved(to: later).get("/sign-in").body
                        #expect(page.contains(sentence))
                    }
                }
            }
        }

        @Test("The cart's quantities can be changed, and products removed")
        func cart() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=tea&quantity=2").expect(303)
                try await customer.post("/cart", "product=cup&quantity=1").expect(303)
                _ = try await customer.cart()
                let changed = try await customer.post("/cart/change", "product=tea&quantity=999")
                #expect(changed.status == 303 && changed.location == "/cart")
                #expect(
                    try await customer.cart()
                        == Cart(items: ["tea": 999, "cup": 1], flash: ["Your cart has 999 × Darjeeling tea now."]))
                try await customer.post("/cart/change", "product=tea&quantity=0").expect(303)
                #expect(
                    try await customer.cart()
                        == Cart(items: ["cup": 1], flash: ["Removed Darjeeling tea from your cart."]))
                for form in [
                    "product=cup&quantity=1000", "product=cup&quantity=-1", "product=cup", "product=x&quantity=1",
                ] {
                    #expect(try await customer.post("/cart/change", form).status == 400)
                }
                #expect(try await customer.cart().items == ["cup": 1])
            }
        }

        @Test("A cart has 999 of a product at most, however often more is added")
        func fullCart() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.post("/cart", "product=cup&quantity=1").expect(303)
                try await customer.post("/cart/change", "product=cup&quantity=900").expect(303)
                for (quantity, count) in [(98, 998), (1, 999), (1, 999), (99, 999)] {
                    try await customer.post("/cart", "product=cup&quantity=\(quantity)").expect(303)
                    #expect(try await customer.cart().items == ["cup": count])
                }
            }
        }
    }
}
