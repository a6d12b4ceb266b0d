import HTTPTypes
import ShopDriver
import Testing

extension ShopTests {
    /// A real nginx in front, which keeps whatever it may.
    @Suite("CACHE-1: the shop behind a cache", .timeLimit(.minutes(10))) struct CacheTests {
        private func withCache(
            _ arguments: String..., body: (ShopProcess, CachingProxy) async throws -> Void
        ) async throws {
            try await withShop(running: ["--lab"] + arguments) { shop in
                try await body(shop, try await CachingProxy(of: shop.address))
            }
        }

        @Test("The shelf is kept for strangers, and users get their own")
        func shelf() async throws {
            try await withCache { _, proxy in
                let (ada, grace) = (Customer(at: proxy.address), Customer(at: proxy.address))
                try await ada.signIn("ada").expect(303)
                try await grace.signIn("grace").expect(303)
                func look(_ customer: Customer) async throws -> (status: String?, body: String) {
                    let answer = try await customer.get("/")
                    return (answer["X-Cache-Status"], answer.body)
                }
                let own = try await look(ada)
                #expect(own.status == "MISS" && own.body.contains("Signed in as <strong>ada</strong>"))
                for status in ["MISS", "HIT", "HIT"] {
                    let stranger = try await look(Customer(at: proxy.address))
                    #expect(stranger.status == status && !stranger.body.contains("Signed in as"))
                }
                for (customer, name) in [(ada, "ada"), (grace, "grace"), (ada, "ada")] {
                    let page = try await look(customer)
                    #expect(page.status == "MISS" && page.body.contains("Signed in as <strong>\(name)</strong>"))
                }
            }
        }

        /// Whether a text has a name as a word: an ID may have the letters of "ada".
        private func names(_ text: String, _ name: String) -> Bool {
            text.matches(of: /[A-Za-z0-9]+/).contains { $0.output == name }
        }

        @Test(
            "Reads, peeks, renewals, errors, streams and sign-outs are kept by no cache, and each user sees their own")
        func uses() async throws {
            try await withCache("--renewal-interval", "1ms", "--renewal-settle", "off", "--renewal-overlap", "100ms") {
                _, proxy in
                for address in [proxy.address, proxy.carelessAddress] {
                    let (ada, grace) = (Customer(at: address), Customer(at: address))
                    var renewals = 0
                    try await ada.signIn("ada").expect(303)
                    try await grace.signIn("grace").expect(303)
                    try await ada.put("note", "\"ada's\"").expect(204)
                    try await grace.put("note", "\"grace's\"").expect(204)
                    let looks = [
                        ("/account", 200), ("/cart", 200), ("/sign-in", 303), ("/session", 200), ("/session?peek", 200),
                        ("/lab/stream", 200), ("/lab/attributes/note", 200), ("/lab/attributes/none", 404),
                    ]
                    for (path, status) in looks {
                        for (customer, own, other) in [(ada, "ada", "grace"), (grace, "grace", "ada")] {
                            for _ in 0..<2 {
                                let answer = try await customer.get(path)
                                #expect(answer.status == status && answer["X-Cache-Status"] == "MISS", "\(path)")
                                #expect(answer["Cache-Control"] == "no-store", "\(path)")
                                #expect(!names(answer.body, other), "\(path) of \(own)")
                                renewals += answer.setCookies.count
                            }
                        }
                        let stranger = try await Customer(at: address).get(path)
                        #expect(stranger["X-Cache-Status"] == "MISS", "\(path)")
                        // The page for signing in names both, as an example.
                        let isSilent = !names(stranger.body, "ada") && !names(stranger.body, "grace")
                        #expect(isSilent || path == "/sign-in", "\(path)")
                    }
                    // A token that is sent too late isn't sent, so a slow machine may need more looks.
                    try await until("a look brings a new token") {
                        let answer = try await ada.get("/account")
                        #expect(answer.status == 200 && answer["X-Cache-Status"] == "MISS")
                        #expect(answer["Cache-Control"] == "no-store")
                        renewals += answer.setCookies.count
                        return renewals > 0
                    }
                    let deeds = [
                        "/visits", "/lab/renew", "/lab/fail?status=404&set=x", "/lab/fail?status=500&set=x",
                        "/lab/end-then-throw",
                    ]
                    for path in deeds {
                        for customer in [ada, grace] {
                            #expect(try await customer.post(path)["X-Cache-Status"] == "MISS", "\(path)")
                        }
                    }
                    #expect(try await ada.session().principal == nil)
                    try await ada.signIn("ada").expect(303)
                    // CACHE-2
                    let out = try await ada.signOut()
                    #expect(out["X-Cache-Status"] == "MISS" && out["Clear-Site-Data"] == "\"cache\", \"storage\"")
                    #expect(try await Customer(at: address).signOut()["Clear-Site-Data"] == nil)
                }
            }
        }
    }
}
