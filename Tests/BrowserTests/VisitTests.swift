import Browsers
import Foundation
import RedisServers
import ShopDriver
import Testing

extension BrowserTests {
    @Suite("A visit", .timeLimit(.minutes(10))) struct VisitTests {
        @Test("A visitor shops, mistypes a password, signs in with the cart in place, and is told that they signed out")
        func shopping() async throws {
            try await withShop { shop in
                try await Chromium.open { browser in
                    try await browser.buy("tea", at: shop, quantity: 2)
                    #expect(try await browser.text.contains("Added 2 × Darjeeling tea to your cart."))
                    try await browser.buy("cup", at: shop)
                    let cart = try await browser.text
                    #expect(cart.contains("Cart (3)") && cart.contains("€ 43.00"))
                    try await browser.follow(".who .button")
                    // The cursor is where a user types next.
                    try await browser.type("ada")
                    try await browser.type("wrong", into: "#password")
                    try await browser.follow(".fields button")
                    #expect(try await browser.text.contains("That name and password don't match."))
                    try await browser.type("lovelace")
                    try await browser.follow(".fields button")
                    let account = try await browser.text
                    #expect(account.contains("Hello, ada") && account.contains("Cart (3)"))
                    #expect(account.contains("for 30 minutes"))
                    try await browser.signOut()
                    let shelf = try await browser.text
                    #expect(shelf.contains("You have signed out.") && !shelf.contains("ada"))
                    #expect(!shelf.contains("Cart ("))
                }
            }
        }

        @Test("A-7.4.1, A-14.3.1: after a sign-out the back button shows nothing private, nor does a reload")
        func back() async throws {
            try await withShop { shop in
                try await Chromium.open { browser in
                    try await browser.buy("pot", at: shop)
                    try await browser.signIn(at: shop)
                    try await browser.go(to: shop.address + "/cart")
                    #expect(try await browser.text.contains("Cast-iron pot"))
                    try await browser.go(to: shop.address + "/account")
                    #expect(try await browser.text.contains("Hello, ada"))
                    try await browser.signOut()
                    // The account, the cart, the account after the sign-in, the sign-in, the cart.
                    for _ in 0..<5 {
                        try await browser.goBack()
                        let (page, url) = (try await browser.text, try await browser.url)
                        // The page for signing in names ada, as an example.
                        let isPrivate = page.contains("Hello, ada") || page.contains("Signed in as")
                        #expect(!isPrivate && !page.contains("Cart ("), "\(url): \(page)")
                        #expect(!url.hasSuffix("/cart") || page.contains("There is nothing in it yet."))
                        try await browser.reload()
                        #expect(try await !browser.text.contains("Hello, ada"))
                    }
                }
            }
        }

        @Test("G6: two tabs whose requests meet a renewal get one new token, and both stay signed in")
        func renewal() async throws {
            try await withShops(ahead: "0s", "16m", "18m", "33m") { shops in
                try await Chromium.open { browser in
                    try await browser.signIn(at: shops[0])
                    let old = try #require(try await browser.cookie("__Host-Http-id"))
                    let first = try await browser.tab
                    try await browser.go(to: shops[1].address + "/lab/bare")
                    let second = try await browser.openTab()
                    try await browser.go(to: first)
                    // Six requests that have loaded the session and have no answer yet, while the other tab opens a page.
                    let start = """
                        window.answers = Promise.all([1, 2, 3, 4, 5, 6].map(n => fetch(`/lab/attributes/a${n}?hold=300ms`,
                            {method: 'PUT', body: '1', headers: {'Content-Type': 'application/json'}}).then(r => r.status)));
                        """
                    let _: Int? = try await browser.run(start)
                    try await browser.go(to: second)
                    try await browser.go(to: shops[1].address + "/account")
                    #expect(try await browser.text.contains("Hello, ada"))
                    try await browser.go(to: first)
                    let statuses: [Int] = try await browser.run("return window.answers")
                    #expect(statuses == Array(repeating: 204, count: 6))
                    let new = try #require(try await browser.cookie("__Host-Http-id"))
                    #expect(new.value != old.value)
                    // Late enough for the new token to count as seen, and then for the old one to be dead.
                    for shop in shops[2...] {
                        for tab in [first, second] {
                            try await browser.go(to: tab)
                            try await browser.go(to: shop.address + "/account")
                            #expect(try await browser.text.contains("Hello, ada"))
                        }
                    }
                }
            }
        }

        @Test("A session that was ended in another browser is explained on the next page of the first")
        func endedElsewhere() async throws {
            try await withShop { shop in
                try await Chromium.open { browser in
                    try await browser.signIn(at: shop)
                    let token = try #require(try await browser.cookie("__Host-Http-id"))
                    try await Chromium.open { other in
                        try await other.plant(token)
                        try await other.go(to: shop.address + "/account")
                        #expect(try await other.text.contains("Hello, ada"))
                        try await other.signOut()
                    }
                    try await browser.follow("nav a[href='/account']")
                    #expect(try await browser.url.hasSuffix("/sign-in"))
                    #expect(try await browser.text.contains("You have signed out."))
                }
            }
        }

        @Test("R-26: an old copy of a token in another browser ends the session, and the user is told why")
        func theft() async throws {
            try await withShops(ahead: "0s", "16m", "18m", "25m") { shops in
                try await Chromium.open { browser in
                    try await browser.signIn(at: shops[0])
                    let token = try #require(try await browser.cookie("__Host-Http-id"))
                    for shop in shops[1...] {
                        try await browser.go(to: shop.address + "/account")
                        #expect(try await browser.text.contains("Hello, ada"))
                    }
                    try await Chromium.open { thief in
                        try await thief.plant(token)
                        try await thief.go(to: shops[3].address + "/account")
                        #expect(try await !thief.text.contains("Hello, ada"))
                    }
                    try await browser.reload()
                    #expect(try await browser.url.hasSuffix("/sign-in"))
                    #expect(try await browser.text.contains("because an old copy of it was used"))
                }
            }
        }

        @Test("A shop that is killed and comes back knows its users and their carts")
        func restart() async throws {
            try await withDirectory { directory in
                let options = ["--store", "sqlite:\(directory)/shop.db", "--port", "\(try RedisProcess.freePort())"]
                let before = try await ShopProcess.open(options)
                defer { before.signal(SIGKILL) }
                try await Chromium.open { browser in
                    try await browser.buy("honey", at: before)
                    try await browser.signIn(at: before)
                    try await before.killNow()
                    let after = try await ShopProcess.open(options)
                    defer { after.signal(SIGKILL) }
                    #expect(after.address == before.address)
                    try await browser.reload()
                    #expect(try await browser.text.contains("Hello, ada"))
                    try await browser.follow("nav a[href='/cart']")
                    #expect(try await browser.text.contains("Lime-blossom honey"))
                }
            }
        }

        @Test("W-05, F-1: a form on another site's page is refused, and a link on it finds the user signed in")
        func otherSite() async throws {
            try await withShop { shop in
                try await withShop("--host", "localhost") { evil in
                    try await Chromium.open { browser in
                        try await browser.signIn(at: shop)
                        let forms = [
                            ("/sign-out", ""), ("/visits", ""), ("/cart", "product=tea&quantity=1"),
                            ("/sign-in", "name=grace&password=hopper"),
                        ]
                        for (path, fields) in forms {
                            try await browser.go(to: evil.address + "/lab/bare")
                            let inputs = fields.split(separator: "&").map { field in
                                let parts = field.split(separator: "=")
                                return "<input name='\(parts[0])' value='\(parts[1])'>"
                            }
                            let form = "<form method=post action='\(shop.address)\(path)'>\(inputs.joined())</form>"
                            try await browser.run(
                                "document.body.innerHTML = \"\(form)\"; document.forms[0].submit()",
                                untilAt: shop.address)
                            #expect(try await browser.text.contains("This isn't possible here"), "\(path)")
                        }
                        try await browser.go(to: evil.address + "/lab/bare")
                        try await browser.run("location.href = '\(shop.address)/account'", untilAt: shop.address)
                        let page = try await browser.text
                        #expect(page.contains("Hello, ada") && !page.contains("Cart ("))
                    }
                }
            }
        }
    }
}
