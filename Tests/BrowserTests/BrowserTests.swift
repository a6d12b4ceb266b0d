import Browsers
import Foundation
import ShopDriver
import Testing

/// The shop in Debian's Chromium, as its visitors have it.
@Suite("A real browser", .serialized, .timeLimit(.minutes(10))) enum BrowserTests {}

/// Runs `body` with an open shop that is gone afterwards.
func withShop(_ arguments: String..., body: (ShopProcess) async throws -> Void) async throws {
    let shop = try await ShopProcess.open(["--lab"] + arguments)
    defer { shop.signal(SIGKILL) }
    try await body(shop)
    #expect(shop.exitIfEnded == nil, "the shop ended: \(shop.errors)")
}

/// Shops on one file, each with its clock so far ahead: a browser's cookies reach them all, since ports don't count.
func withShops(ahead offsets: String..., body: ([ShopProcess]) async throws -> Void) async throws {
    try await withDirectory { directory in
        var shops: [ShopProcess] = []
        defer { for shop in shops { shop.signal(SIGKILL) } }
        for offset in offsets {
            shops.append(
                try await ShopProcess.open(
                    ["--lab", "--store", "sqlite:\(directory)/shop.db", "--clock-offset", offset]))
        }
        try await body(shops)
    }
}

extension Chromium {
    /// Fills in the form, as a user does.
    func signIn(at shop: ShopProcess, _ name: String = "ada", remember: Bool = false) async throws {
        try await go(to: shop.address + "/sign-in")
        try await type(name, into: "#name")
        try await type(name == "ada" ? "lovelace" : "hopper", into: "#password")
        if remember { try await click("#remember") }
        try await follow(".fields button")
    }

    /// Puts a product into the cart, as a user does.
    func buy(_ product: String, at shop: ShopProcess, quantity: Int = 1) async throws {
        try await go(to: shop.address + "/")
        try await type("\(quantity)", into: "#quantity-\(product)")
        try await follow("form:has(#quantity-\(product)) button")
    }

    func signOut() async throws { try await follow(".who button") }

    /// The cookie of a name; `nil` where there is none.
    func cookie(_ name: String) async throws -> Cookie? {
        try await cookies.first { $0.name == name }
    }

    /// Runs a script that leaves the page, and waits until the browser is at an address that begins like this.
    func run(_ script: String, untilAt prefix: String) async throws {
        let _: String? = try await run(script)
        try await until("the browser is at \(prefix)") {
            let isThere: Bool? = try? await run(
                "return location.href.startsWith(arguments[0]) && document.readyState === 'complete'", [prefix])
            return isThere == true
        }
    }
}
