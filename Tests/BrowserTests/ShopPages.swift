import Browsers
import ShopDriver

/// Every page of the shop in every state that it has, for the tests that look at all of them.
///
/// A new page is one more path in a list below, or one more step of ``visit(_:at:look:)``.
enum ShopPages {
    /// What a visitor sees.
    static let visitors = ["/", "/cart", "/sign-in", "/nowhere"]
    /// What a visitor with something in the cart sees.
    static let buyers = ["/", "/cart", "/sign-in"]
    /// What a signed-in user sees.
    static let users = [
        "/", "/cart", "/checkout", "/account", "/account/sessions", "/account/password", "/account/confirm", "/nowhere",
    ]
    /// What an operator sees.
    static let operators = [
        "/admin", "/admin/sessions", "/admin/principal?name=ada", "/admin/principal?name=nobody",
        "/admin/sessions?q=0123", "/admin/nowhere",
    ]

    /// Opens the pages one after the other, and calls `look` with the name of each while it is open.
    static func visit(_ browser: Chromium, at shop: ShopProcess, look: (String) async throws -> Void) async throws {
        func lookAtAll(_ paths: [String], as who: String) async throws {
            for path in paths {
                try await browser.go(to: shop.address + path)
                try await look("\(path) of a \(who)")
            }
        }
        try await lookAtAll(visitors, as: "visitor")
        try await browser.buy("tea", at: shop, quantity: 2)
        try await look("what was added to a cart")
        try await lookAtAll(buyers, as: "buyer")
        try await browser.submit("form:has(#quantity-tea)", at: shop.address + "/", ["quantity": "0"])
        try await look("the error of a wrong quantity")
        try await browser.submit(".fields", at: shop.address + "/sign-in", ["name": "ada", "password": "wrong"])
        try await look("a wrong password")
        try await browser.signIn(at: shop)
        try await lookAtAll(users, as: "user")
        try await browser.submit("form:has(#quantity-tea)", at: shop.address + "/", ["quantity": "0"])
        try await look("the error of a user's wrong quantity")
        try await visitDevices(browser, at: shop, look: look)
        try await browser.signOut()
        try await look("a sign-out")
    }

    /// "Your devices" with two of them and with one that was signed out, and a page that says who ended the session.
    private static func visitDevices(
        _ browser: Chromium, at shop: ShopProcess, look: (String) async throws -> Void
    ) async throws {
        try await Customer(at: shop).signIn()
        try await browser.go(to: shop.address + "/account/sessions")
        try await look("two devices")
        try await browser.follow("form.row button")
        try await look("a device that was signed out")
        let other = Customer(at: shop)
        try await other.signIn()
        try await other.post("/account/sessions/end-others")
        try await browser.reload()
        try await look("a session that was ended elsewhere")
        try await browser.signIn(at: shop)
    }

    /// The operators' pages, where a user is signed in.
    static func visitAdmin(
        _ browser: Chromium, at shop: ShopProcess, look: (String) async throws -> Void
    ) async throws {
        try await Customer(at: shop).signIn()
        try await browser.go(to: shop.address + "/admin")
        try await look("the operators' sign-in")
        try await browser.signInAsOperator(at: shop)
        for path in operators {
            try await browser.go(to: shop.address + path)
            try await look("\(path) of an operator")
        }
        try await browser.go(to: shop.address + "/admin/principal?name=ada")
        try await browser.follow("tbody th a")
        try await look("a session as an operator sees it")
        try await browser.follow("#end")
        try await look("the question before a session ends")
        try await browser.follow("button.sure")
        try await look("a session that an operator has ended")
    }

    /// The question which session a sign-in over the limit shall end, at a shop with `--limit 1:ask`.
    static func visitLimit(
        _ browser: Chromium, at shop: ShopProcess, look: (String) async throws -> Void
    ) async throws {
        try await Customer(at: shop).signIn()
        try await browser.submit(".fields", at: shop.address + "/sign-in", ["name": "ada", "password": "lovelace"])
        try await look("a sign-in over the limit")
    }

    /// The same for a browser that keeps no cookies, at a shop with `--url-tokens`.
    static func visitWithoutCookies(
        _ browser: Chromium, at shop: ShopProcess, look: (String) async throws -> Void
    ) async throws {
        try await browser.buy("tea", at: shop, quantity: 2)
        try await look("a cart without cookies")
        try await browser.follow("a[href^='/sign-in']")
        try await look("a sign-in without cookies")
        try await browser.type("ada", into: "#name")
        try await browser.type("lovelace", into: "#password")
        try await browser.follow(".fields button")
        try await look("an account without cookies")
    }
}

extension Chromium {
    /// Sends a form with these values, without the checks that the browser makes.
    func submit(_ form: String, at url: String, _ values: [String: String]) async throws {
        try await go(to: url)
        let fill = """
            const form = document.querySelector(arguments[0]);
            form.noValidate = true;
            for (const [name, value] of Object.entries(arguments[1])) form.elements[name].value = value;
            return form.elements.length
            """
        let _: Int = try await run(fill, [form, values])
        try await follow("\(form) button")
    }
}
