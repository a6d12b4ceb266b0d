import HTTPTypes
import SessionsTesting
import ShopDriver
import Testing

extension ShopTests {
    @Suite("Lab routes", .timeLimit(.minutes(10))) struct LabTests {
        @Test(arguments: ShopStore.allCases) func attributesComeAndGo(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                let missing = try await customer.get("/lab/attributes/a")
                #expect(missing.status == 404)
                #expect(missing.setCookies == [])
                for json in [
                    "1", "-7", "1.5", "true", "null", "\"x\"", "[]", "[1,[2]]", "{\"k\":{\"l\":null}}",
                    "\"\\u00e9 \\\"\"",
                ] {
                    try await customer.put("a", json).expect(204)
                    let expected = json == "\"\\u00e9 \\\"\"" ? "\"é \\\"\"" : json
                    #expect(try await customer.attribute("a") == expected, "\(json)")
                }
                try await customer.put("b", "2").expect(204)
                try await customer.put("na%20me%2Fwith%C3%A9", "3").expect(204)
                #expect(try await customer.session().attributes == ["a", "b", "na me/withé"])
                try await customer.browser.send(.delete, shop.address + "/lab/attributes/a").expect(204)
                #expect(try await customer.attribute("a") == nil)
                try await customer.browser.send(.delete, shop.address + "/lab/attributes/a").expect(204)
                #expect(try await customer.session().attributes == ["b", "na me/withé"])
            }
        }

        @Test func theThreeTextsAreTheSameAndBareUsesNoSession() async throws {
            try await withShop(.memory, "--lab") { shop in
                let customer = Customer(at: shop)
                let bare = try await customer.get("/lab/bare").expect(200)
                #expect(bare["cache-control"] == nil)
                #expect(bare["vary"] == nil)
                let stranger = try await customer.get("/lab/read").expect(200)
                #expect(stranger.setCookies == [])
                #expect(stranger["cache-control"] == "no-store")
                #expect(stranger["vary"] == "Cookie")
                let update = try await customer.get("/lab/update").expect(200)
                #expect(update.setCookies.count == 1)
                try await customer.get("/lab/update").expect(200)
                #expect(try await customer.attribute("n") == "2")
                #expect(Set([bare.body, stranger.body, update.body]).count == 1)
                #expect(bare.body.hasSuffix("\n"))
                // With a token at hand, too.
                #expect(try await customer.get("/lab/bare").fieldsWithoutDate == bare.fieldsWithoutDate)
            }
        }

        @Test func aSetIsStoredAndEachSignInIsAUserOfItsOwn() async throws {
            try await withShop(.memory, "--lab") { shop in
                let customer = Customer(at: shop)
                let bare = try await customer.get("/lab/bare").expect(200)
                try await customer.get("/lab/update").expect(200)
                try await customer.get("/lab/update").expect(200)
                #expect(try await customer.get("/lab/set").expect(200).body == bare.body)
                #expect(try await customer.attribute("n") == "1")
                var users: Set<String?> = []
                for _ in 0..<2 {
                    let user = Customer(at: shop)
                    let answer = try await user.post("/lab/sign-in").expect(200)
                    #expect(answer.body == bare.body)
                    #expect(answer.setCookies.count == 1)
                    users.insert(try await user.session().principal)
                }
                #expect(users.count == 2 && !users.contains(nil))
            }
        }

        @Test func aSpinAnswersLikeBareAfterAsManyNanosecondsAsAskedFor() async throws {
            try await withShop(.memory, "--lab") { shop in
                let customer = Customer(at: shop)
                let bare = try await customer.get("/lab/bare").expect(200)
                for spin in ["0", "1", "999999", "1000000"] {
                    let answer = try await customer.get("/lab/spin/\(spin)").expect(200)
                    #expect(answer.body == bare.body, "\(spin)")
                    #expect(answer.fieldsWithoutDate == bare.fieldsWithoutDate, "\(spin)")
                }
                // The quickest of many, as without the spin most would be quicker than that.
                var quickest = Duration.seconds(60)
                for _ in 0..<100 {
                    let begun = ContinuousClock.now
                    try await customer.get("/lab/spin/1000000").expect(200)
                    quickest = min(quickest, ContinuousClock.now - begun)
                }
                #expect(quickest >= .milliseconds(1))
            }
        }

        @Test(arguments: [
            "-1", "1000001", "9223372036854775808", "1.5", "1e3", "+1", "-0", "007", "0x1", "x", "%20", "500ms",
        ])
        func aSpinThatIsNotNoughtToAMillionNanosecondsIsRefused(_ spin: String) async throws {
            try await withShop(.memory, "--lab") { shop in
                let answer = try await Customer(at: shop).get("/lab/spin/\(spin)")
                #expect(answer.status == 400)
                #expect(answer.setCookies == [])
            }
        }

        @Test(arguments: ShopStore.allCases) func a4xxCommitsAnd5xxDiscards(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                let first = try await customer.post("/lab/fail?status=500&set=lost")
                #expect(first.status == 500)
                #expect(first.setCookies == [])
                let second = try await customer.post("/lab/fail?status=422&set=kept")
                #expect(second.status == 422)
                #expect(second.setCookies.count == 1)
                #expect(second["cache-control"] == "no-store")
                for (status, name) in [(404, "also"), (499, "edge"), (500, "no"), (503, "neither"), (599, "nor")] {
                    #expect(try await customer.post("/lab/fail?status=\(status)&set=\(name)").status == status)
                }
                #expect(try await customer.session().attributes == ["also", "edge", "kept"])
                #expect(try await customer.post("/lab/fail").status == 500)
                for query in ["status=abc", "status=200", "status=399", "status=600", "status=-1", "status="] {
                    #expect(try await customer.post("/lab/fail?\(query)").status == 400, "\(query)")
                }
            }
        }

        @Test(arguments: ShopStore.allCases) func whatEndedStaysEndedAlthoughItThrew(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                let thief = Customer(at: shop, customer.browser.copy())
                let answer = try await customer.post("/lab/end-then-throw")
                #expect(answer.status == 500)
                #expect(answer.setCookies.count == 1)
                #expect(answer.setCookies.first?.hasPrefix("__Host-Http-id=; Path=/; Max-Age=0;") == true)
                #expect(answer["clear-site-data"] != nil)
                #expect(customer.browser.jar.cookies.isEmpty)
                #expect(try await thief.session().ended?.reason == "signed-out")
            }
        }

        @Test(arguments: ShopStore.allCases) func aHeldSetThatLosesToASignOutIsRefused(_ store: ShopStore) async throws
        {
            try await withShop(store, "--lab", "--touch-interval", "1ms") { shop in
                var refused = false
                // On a slow machine the sign-out may come when the hold is over: then it is played again with a longer one.
                for turn in 0..<4 where !refused {
                    let customer = Customer(at: shop)
                    try await customer.signIn()
                    let tab = Customer(at: shop, customer.browser.copy())
                    let before = try await tab.lastUse()
                    async let held = tab.put("late", "1", query: "?hold=\(500 << (2 * turn))ms")
                    try await until("the held request has its session") { try await tab.lastUse() != before }
                    try await customer.signOut().expect(303)
                    let answer = try await held
                    refused = answer.status == 409
                    #expect(refused || answer.status == 204)
                    #expect(answer.setCookies == [])
                    let state = try await tab.session()
                    #expect(state.id == nil && state.principal == nil)
                    #expect(state.ended?.reason == "signed-out")
                    #expect(try await tab.attribute("late") == nil)
                }
                #expect(refused)
            }
        }

        @Test(arguments: ShopStore.allCases) func heldSetsOfTwoAttributesBothStay(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                try await customer.visit()
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<10 {
                        group.addTask { try await customer.put("a\(number)", "\(number)", query: "?hold=200ms").status }
                    }
                    for try await status in group { #expect(status == 204) }
                }
                #expect(try await customer.session().attributes == (0..<10).map { "a\($0)" } + ["shop.visits"])
            }
        }

        @Test(arguments: ShopStore.allCases) func aStreamSaysThatItIsTooLate(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                let answer = try await customer.get("/lab/stream?chunks=3").expect(200)
                let lines = answer.body.split(separator: "\n")
                #expect(lines.dropLast() == ["chunk 0", "chunk 1", "chunk 2"])
                #expect(lines.last?.hasPrefix("sealed: ") == true)
                #expect(answer.setCookies.count == 1)
                #expect(answer["cache-control"] == "no-store")
                #expect(try await customer.session().attributes == ["stream"])
                #expect(try await customer.attribute("stream") == "3")
                #expect(try await customer.get("/lab/stream?chunks=0").body.hasPrefix("sealed: "))
            }
        }

        @Test(arguments: ShopStore.allCases) func renewingNow(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let customer = Customer(at: shop)
                let nobody = try await customer.post("/lab/renew")
                #expect(nobody.body == "put off\n")
                #expect(nobody.setCookies == [])
                try await customer.signIn()
                let old = customer.browser.copy()
                let answer = try await customer.post("/lab/renew")
                #expect(answer.body == "renewed\n")
                #expect(answer.setCookies.count == 1)
                let token = try #require(customer.browser.signedInToken)
                #expect(token != old.signedInToken)
                #expect(token.prefix(42) == old.signedInToken?.prefix(42), "the ID and most of the family stay")
                // Rule 2: not again while the successor is unseen.
                #expect(try await customer.post("/lab/renew").body == "put off\n")
                #expect(customer.browser.signedInToken == token)
                // The old token works, in many tabs at once, and every answer brings the one successor.
                let tokens = try await withThrowingTaskGroup(of: (String?, String?).self) { group in
                    for _ in 0..<6 {
                        group.addTask {
                            let tab = Customer(at: shop, old.copy())
                            return (try await tab.session().principal, tab.browser.signedInToken)
                        }
                    }
                    return try await group.reduce(into: [(String?, String?)]()) { $0.append($1) }
                }
                for (principal, successor) in tokens {
                    #expect(principal == "ada")
                    #expect(successor == token)
                }
            }
        }
    }
}
