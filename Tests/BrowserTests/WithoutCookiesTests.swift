import Browsers
import Foundation
import ShopDriver
import Testing

extension BrowserTests {
    @Suite("The shop with --url-tokens, without cookies", .timeLimit(.minutes(10))) struct WithoutCookiesTests {
        @Test("U-3, U-5, U-9: cart, sign-in and sign-out work by links and forms, and the page explains the low level")
        func whole() async throws {
            try await withShop("--url-tokens") { shop in
                try await Chromium.open(blocksCookies: true) { browser in
                    try await browser.buy("tea", at: shop, quantity: 2)
                    let cart = try await browser.url
                    #expect(cart.hasPrefix(shop.address + "/cart?sid=") && !cart.contains("sid-code"))
                    #expect(try await browser.text.contains("Added 2 ×"))

                    try await browser.follow("header a[href^='/?']")
                    try await browser.type("1", into: "#quantity-cup")
                    try await browser.follow("form:has(#quantity-cup) button")
                    #expect(try await browser.url == cart)

                    try await browser.follow("a[href^='/sign-in']")
                    #expect(try await browser.text.contains("keeps no cookies"))
                    try await browser.type("ada", into: "#name")
                    try await browser.type("lovelace", into: "#password")
                    try await browser.follow(".fields button")
                    let account = try await browser.url
                    #expect(account.hasPrefix(shop.address + "/account?sid=") && account.suffix(64) != cart.suffix(64))
                    #expect(try await browser.text.contains("Hello, ada"))
                    #expect(try await browser.text.contains("part of the page's address"))
                    let folder = URL(fileURLWithPath: ".build/screenshots")
                    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                    for width in [1280, 390] {
                        try await browser.show(width: width)
                        try await browser.screenshot.write(
                            to: folder.appendingPathComponent("account-without-cookies-\(width).png"))
                    }
                    // The old link is dead, the new one isn't.
                    try await browser.go(to: cart)
                    #expect(try await browser.text.contains("There is nothing in it yet."))
                    try await browser.go(to: account)
                    #expect(try await browser.text.contains("Hello, ada"))

                    try await browser.signOut()
                    #expect(try await !browser.url.contains("sid="))
                    #expect(try await browser.text.contains("signed out"))
                    try await browser.go(to: account)
                    #expect(try await browser.url.contains("/sign-in"))
                    #expect(try await browser.cookies == [])
                }
            }
        }

        @Test("U-3: a browser with cookies ends up at clean addresses, and so does one whose cookies are back")
        func clean() async throws {
            try await withShop("--url-tokens") { shop in
                try await Chromium.open { browser in
                    try await browser.buy("tea", at: shop, quantity: 2)
                    #expect(try await browser.url == shop.address + "/cart")
                    #expect(try await browser.text.contains("Added 2 ×"))
                    try await browser.signIn(at: shop)
                    #expect(try await browser.url == shop.address + "/account")
                    #expect(try await !browser.text.contains("part of the page's address"))
                    // What Chromium has visited holds no token.
                    let length: Int = try await browser.run("return history.length")
                    #expect(length > 2)
                    let links: Int = try await browser.run("return document.querySelectorAll('[href*=sid]').length")
                    #expect(links == 0)
                }
            }
        }
    }
}
