import ShopDriver
import Testing

extension ShopTests {
    /// Real clocks and short times: a test waits until something has happened, and never says how quick it was.
    @Suite("Time", .timeLimit(.minutes(10))) struct TimeTests {
        @Test(arguments: ShopStore.allCases) func anIdleSessionExpiresAndItsHolderIsToldWhy(
            _ store: ShopStore
        ) async throws {
            try await withShop(store, "--idle-timeout", "700ms", "--touch-interval", "100ms") { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                var last = SessionState?.none
                try await until("the session has expired") {
                    try await Task.sleep(for: .milliseconds(900))
                    let answer = try await customer.get("/session")
                    last = try answer.decoded(as: SessionState.self)
                    #expect(answer.setCookies == [], "a token that turns out dead is left alone")
                    return last?.id == nil
                }
                #expect(last?.ended?.reason == "expired")
                #expect(last?.principal == nil)
                let page = try await customer.get("/sign-in")
                #expect(page.body.contains("You were away for a while, so we signed you out."))
                #expect(try await customer.get("/account").location == "/sign-in")
                // On a slow machine the new session may be over by the time that it is asked for.
                try await until("what ended before is told no more, once the user has signed in again") {
                    try await customer.signIn().expect(303)
                    return try await customer.get("/session").decoded(as: SessionState.self).ended == nil
                }
            }
        }

        @Test func theAbsoluteTimeoutHoldsWhateverTheUse() async throws {
            try await withShop(.memory, "--absolute-timeout", "2s", "--idle-timeout", "off") { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                #expect(try await customer.get("/session").body.contains("\"idleDeadline\":null"))
                var last: SessionState?
                try await until("the session has ended") {
                    last = try await customer.session()
                    return last?.id == nil
                }
                #expect(last?.ended?.reason == "expired")
            }
        }

        @Test func withoutAnExplanationWindowNobodyIsTold() async throws {
            // A sweep leaves a session for at most an overlap longer, to requests that are on their way.
            try await withShop(
                .memory, "--absolute-timeout", "300ms", "--explain-window", "off", "--renewal-settle", "50ms",
                "--renewal-overlap", "1s"
            ) { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                // Tombstones live for the clock skew on top of the window.
                try await until("the tombstone is forgotten") {
                    let state = try await customer.session()
                    return state.id == nil && state.ended == nil
                }
            }
        }

        @Test(arguments: ShopStore.allCases) func secretsAreRenewedAndAnOldOneIsTheft(_ store: ShopStore) async throws {
            try await withShop(
                store, "--renewal-interval", "200ms", "--renewal-settle", "50ms", "--renewal-overlap", "1s"
            ) { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                let thief = Customer(at: shop, customer.browser.copy())
                let id = try await customer.session().id
                var tokens: Set<String> = []
                try await until("the secret was renewed twice") {
                    try await Task.sleep(for: .milliseconds(60))
                    let answer = try await customer.get("/session")
                    let state = try answer.decoded(as: SessionState.self)
                    #expect(state.id == id, "renewal is invisible; ended: \(String(describing: state.ended))")
                    #expect(answer.setCookies.count <= 1)
                    tokens.insert(try #require(customer.browser.signedInToken))
                    return tokens.count > 2
                }
                // What has waited for its session as long as an overlap is refused, and never called theft.
                var state: SessionState?
                try await until("the thief is told") {
                    state = try await thief.session()
                    #expect(state?.id == nil)
                    return state?.ended != nil
                }
                #expect(state?.ended?.reason == "suspected-theft")
                let owner = try await customer.session()
                #expect(owner.id == nil)
                #expect(owner.ended?.reason == "suspected-theft")
                #expect(try await customer.get("/sign-in").body.contains("because an old copy of it was used"))
            }
        }

        @Test func aVisitorsSecretIsRenewedToo() async throws {
            try await withShop(
                .memory, "--renewal-interval", "50ms", "--renewal-settle", "0ms", "--renewal-overlap", "2s"
            ) { shop in
                let customer = Customer(at: shop)
                try await customer.visit()
                let first = customer.browser.visitorToken
                try await until("the secret was renewed") {
                    _ = try await customer.session()
                    return customer.browser.visitorToken != first
                }
                #expect(try await customer.visit() == 2)
            }
        }
    }
}
