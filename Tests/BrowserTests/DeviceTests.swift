import Browsers
import Foundation
import ShopDriver
import Testing

extension BrowserTests {
    @Suite("Your devices", .timeLimit(.minutes(10))) struct DeviceTests {
        @Test("A user sees two browsers, signs the other one out, and that one says from where and why")
        func twoBrowsers() async throws {
            try await withShop { shop in
                try await Chromium.open { home in
                    try await Chromium.open { other in
                        try await home.signIn(at: shop)
                        try await other.signIn(at: shop, remember: true)
                        try await home.follow("a[href='/account/sessions']")
                        #expect(try await home.count(".devices .card") == 2)
                        #expect(try await home.count(".badge") == 1)
                        #expect(try await home.text.contains("Chrome on Linux"))
                        try await home.look("devices")
                        // The newest comes first, and it isn't this one.
                        try await home.follow(".devices li:first-child button")
                        let page = try await home.text
                        #expect(page.contains("Chrome on Linux was signed out.") && page.contains("Signed out lately"))
                        #expect(page.contains("You ended it from here"))
                        #expect(try await home.count(".devices .card") == 1)
                        try await home.look("devices-ended")

                        try await other.go(to: shop.address + "/account/sessions")
                        #expect(try await other.url.hasSuffix("/sign-in?return=/account/sessions"))
                        let bounced = try await other.text
                        #expect(bounced.contains("You ended this session from Chrome on Linux. That was "))
                        try await other.look("signed-out-elsewhere")
                        // Signing in leads back to where the user wanted to go.
                        try await other.type("ada", into: "#name")
                        try await other.type("lovelace", into: "#password")
                        try await other.follow(".fields button")
                        #expect(try await other.url == shop.address + "/account/sessions")

                        try await other.follow("form.row button")
                        #expect(try await other.text.contains("One other device was signed out."))
                        try await home.reload()
                        #expect(try await home.text.contains("You ended this session from Chrome on Linux."))
                    }
                }
            }
        }

        @Test("A user with too many devices chooses one to sign out, changes the password, and orders")
        func choosing() async throws {
            try await withShop("--limit", "1:ask") { shop in
                try await Chromium.open { home in
                    try await Chromium.open { other in
                        try await home.signIn(at: shop)
                        try await other.buy("pot", at: shop)
                        try await other.signIn(at: shop)
                        #expect(try await other.text.contains("Which one shall we sign out?"))
                        try await other.look("limit")
                        try await other.type("lovelace")
                        try await other.follow(".fields button")
                        #expect(try await other.text.contains("Hello, ada"))
                        try await home.reload()
                        #expect(try await home.text.contains("You ended this session from "))

                        try await other.follow("a[href='/account/password']")
                        try await other.look("password")
                        try await other.type("enchantress")
                        try await other.follow(".fields button")
                        #expect(try await other.text.contains("Your password is changed."))
                        try await other.go(to: shop.address + "/account/confirm?return=/checkout")
                        try await other.look("confirm")
                        try await other.type("enchantress")
                        try await other.follow(".fields button")
                        #expect(try await other.text.contains("1 × Cast-iron pot"))
                        try await other.look("checkout")
                        try await other.follow(".fields button")
                        #expect(try await other.text.contains("Thank you!"))
                    }
                }
            }
        }

        @Test("A visitor changes what is in the cart, and removes it")
        func cart() async throws {
            try await withShop { shop in
                try await Chromium.open { browser in
                    try await browser.buy("tea", at: shop)
                    try await browser.buy("cup", at: shop)
                    try await browser.type("3", into: "input[aria-label='Quantity of Darjeeling tea']")
                    try await browser.follow("[aria-label='Change the quantity of Darjeeling tea']")
                    let changed = try await browser.text
                    #expect(changed.contains("Your cart has 3 × Darjeeling tea now.") && changed.contains("Cart (4)"))
                    #expect(changed.contains("€ 55.50"))
                    try await browser.look("cart-changed")
                    try await browser.follow("[aria-label='Remove Stoneware cup from the cart']")
                    try await browser.follow("[aria-label='Remove Darjeeling tea from the cart']")
                    #expect(try await browser.text.contains("There is nothing in it yet."))
                }
            }
        }
    }
}

extension Chromium {
    /// How many elements a page has that CSS selects.
    func count(_ selector: String) async throws -> Int {
        try await run("return document.querySelectorAll(arguments[0]).length", [selector])
    }

    /// Takes a picture for a desktop's window and a phone's screen, on both of which the page must fit.
    func look(_ name: String) async throws {
        let folder = URL(fileURLWithPath: ".build/screenshots")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for width in [1280, 390] {
            try await show(width: width)
            let pageWidth: Int = try await run("return document.documentElement.scrollWidth")
            #expect(pageWidth == width, "\(name) is \(pageWidth) wide on a screen of \(width)")
            try await screenshot.write(to: folder.appendingPathComponent("\(name)-\(width).png"))
        }
        try await show(width: 1280)
    }
}
