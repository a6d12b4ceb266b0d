import Browsers
import Foundation
import ShopDriver
import Testing

extension BrowserTests {
    @Suite("Cookies, as DevTools show them", .timeLimit(.minutes(10))) struct CookieTests {
        @Test(
            "W-02, EX-3: visitors, users and remembered users hold Secure, HttpOnly, SameSite=Lax cookies of the host")
        func attributes() async throws {
            try await withShop { shop in
                try await Chromium.open { browser in
                    try await browser.go(to: shop.address)
                    #expect(try await browser.cookies == [])
                    try await browser.buy("tea", at: shop)
                    let visitor = try #require(try await browser.cookies.first)
                    #expect(visitor.name == "__Host-Http-visitor")
                    #expect(visitor.session && visitor.expires == -1)
                    try await browser.signIn(at: shop)
                    let user = try #require(try await browser.cookies.first)
                    #expect(user.name == "__Host-Http-id" && user.value != visitor.value)
                    #expect(user.session && user.expires == -1)
                    #expect(try await browser.cookies.count == 1)
                    try await browser.signOut()
                    #expect(try await browser.cookies == [])
                    try await browser.signIn(at: shop, remember: true)
                    let remembered = try #require(try await browser.cookies.first)
                    #expect(remembered.name == "__Host-Http-id" && !remembered.session)
                    let days = (remembered.expires - Date().timeIntervalSince1970) / 86_400
                    #expect(days > 29.9 && days <= 30)
                    for cookie in [visitor, user, remembered] {
                        #expect(cookie.secure && cookie.httpOnly && cookie.sameSite == "Lax")
                        #expect(cookie.path == "/" && cookie.domain == "127.0.0.1" && cookie.value.count == 64)
                    }
                    // A script of the page sees none of them.
                    #expect(try await browser.run("return document.cookie") == "")
                }
            }
        }

        @Test("CK-7: no script can set a cookie of the session's names, nor replace one; the server can")
        func planting() async throws {
            try await withShop { shop in
                try await Chromium.open { browser in
                    try #require(try await browser.version >= 140, "Chromium knows the prefix since 140")
                    // A page without a policy that forbids scripts to fetch.
                    try await browser.go(to: shop.address + "/lab/bare")
                    let token = String(repeating: "A", count: 64)
                    let plant = """
                        const [name, value] = arguments;
                        document.cookie = `${name}=${value}; Path=/; Secure; SameSite=Lax`;
                        return cookieStore.set({name: name, value: value, path: "/"}).then(() => "", () => "");
                        """
                    // What the prefix adds: without `Http-`, a script's cookie is taken.
                    for name in ["theme", "__Host-id", "__Host-visitor"] {
                        let _: String = try await browser.run(plant, [name, token])
                        #expect(try await browser.cookie(name)?.value == token)
                    }
                    let names = [
                        "__Host-Http-id", "__Host-Http-visitor", "__host-http-id", "__HOST-HTTP-VISITOR",
                        "__Http-id",
                    ]
                    for name in names {
                        let _: String = try await browser.run(plant, [name, token])
                        #expect(try await browser.cookie(name) == nil, "\(name)")
                    }
                    let _: String = try await browser.run(
                        "return fetch('/visits', {method: 'POST'}).then(r => r.text())")
                    let own = try #require(try await browser.cookie("__Host-Http-visitor"))
                    #expect(own.httpOnly && own.value != token)
                    let _: String = try await browser.run(plant, [own.name, token])
                    let deletion = "document.cookie = `${arguments[0]}=; Path=/; Secure; Max-Age=0`"
                    let _: String? = try await browser.run(deletion, [own.name])
                    #expect(try await browser.cookie(own.name)?.value == own.value)
                    let visits = "return fetch('/visits', {method: 'POST'}).then(r => r.json()).then(j => j.visits)"
                    #expect(try await browser.run(visits) == 2)
                }
            }
        }

        @Test(
            "N-7: a browser that was closed comes back signed in where its user asked to be remembered, and only there")
        func restored() async throws {
            try await withShop { shop in
                for isRemembered in [true, false] {
                    let profile = UUID().uuidString
                    try await Chromium.open(profile: profile) { browser in
                        try await browser.signIn(at: shop, remember: isRemembered)
                        #expect(try await browser.text.contains("Hello, ada"))
                    }
                    try await Chromium.open(profile: profile) { browser in
                        try await browser.go(to: shop.address + "/account")
                        #expect(try await browser.text.contains("Hello, ada") == isRemembered)
                        #expect(try await browser.url.hasSuffix(isRemembered ? "/account" : "/sign-in"))
                    }
                }
            }
        }

        @Test("A browser that takes no cookies can look around; its cart stays empty, and no page fails")
        func blocked() async throws {
            try await withShop { shop in
                try await Chromium.open(blocksCookies: true) { browser in
                    try await browser.buy("tea", at: shop)
                    #expect(try await browser.url.hasSuffix("/cart"))
                    #expect(try await browser.text.contains("There is nothing in it yet."))
                    try await browser.signIn(at: shop)
                    #expect(try await browser.url.hasSuffix("/sign-in"))
                    #expect(try await browser.cookies == [])
                }
            }
        }
    }
}
