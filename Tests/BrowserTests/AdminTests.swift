import Browsers
import Foundation
import HTTPTypes
import RedisServers
import ShopDriver
import Testing

extension BrowserTests {
    @Suite("The operators' pages", .timeLimit(.minutes(10))) struct AdminTests {
        @Test("An operator finds ada's session, ends it, sees who ended it, and sees her next click bounce")
        func endsSession() async throws {
            try await withShop { shop in
                try await Chromium.open { customer in
                    try await customer.buy("tea", at: shop)
                    try await customer.signIn(at: shop)
                    try await Chromium.open { clerk in
                        try await clerk.signInAsOperator(at: shop)
                        try await clerk.type("ada", into: "#q")
                        try await clerk.follow(".search button")
                        #expect(try await clerk.url.hasSuffix("/admin/principal?name=ada"))
                        try await clerk.follow("tbody th a")
                        let page = try await clerk.text
                        #expect(page.contains("Live") && page.contains("Signed in") && page.contains("shop.cart"))
                        // Only what the shop allows is shown.
                        #expect(page.contains("{\"tea\":1}"))
                        try await clerk.follow("#end")
                        #expect(try await clerk.text.contains("End this session?"))
                        try await customer.go(to: shop.address + "/account")
                        #expect(try await customer.text.contains("Hello, ada"))
                        try await clerk.follow("button.sure")
                        let ended = try await clerk.text
                        #expect(ended.contains("An operator ended it.") && ended.contains("Operator margaret ended it"))
                        #expect(!ended.contains("came back"))

                        try await customer.follow("nav a[href='/account']")
                        #expect(try await customer.url.hasSuffix("/sign-in"))
                        #expect(try await customer.text.contains("ended"))
                        // The open page learns of it by itself.
                        try await clerk.untilText("A client came back after the end")
                        try await clerk.follow(".who button")
                        #expect(try await clerk.url.hasSuffix("/admin/sign-in"))
                        try await clerk.goBack()
                        #expect(try await !clerk.text.contains("An operator ended it."))
                    }
                }
            }
        }

        @Test(
            "An open overview shows a sign-in within seconds, keeps the cursor, and its operator's cookie stays below /admin"
        )
        func live() async throws {
            try await withShop { shop in
                try await Chromium.open { clerk in
                    try await clerk.signInAsOperator(at: shop)
                    let cookie = try #require(try await clerk.cookie("__Http-admin"))
                    #expect(cookie.path == "/admin" && cookie.secure && cookie.httpOnly && cookie.sameSite == "Lax")
                    let _: Bool = try await clerk.run("return window.isSame = true")
                    let customer = Customer(at: shop)
                    try await customer.signIn()
                    try await clerk.untilText("ada")
                    try await customer.signOut()
                    try await clerk.untilText("Ended: signed-out")
                    #expect(try await clerk.run("return window.isSame === true"))
                }
            }
        }

        @Test(
            "A shop that dies while a page is open is told of on it, and goes when the shop is back; so is its operator"
        )
        func restart() async throws {
            try await withDirectory { directory in
                let options = ["--store", "sqlite:\(directory)/shop.db", "--port", "\(try RedisProcess.freePort())"]
                let before = try await ShopProcess.open(options)
                defer { before.signal(SIGKILL) }
                try await Chromium.open { clerk in
                    try await clerk.signInAsOperator(at: before)
                    try await clerk.untilText("What this server saw last")
                    #expect(try await !clerk.text.contains("The server doesn’t answer"))
                    try await before.killNow()
                    try await clerk.untilText("The server doesn’t answer")
                    let after = try await ShopProcess.open(options)
                    defer { after.signal(SIGKILL) }
                    try await until("the page has heard from the shop") {
                        try await !clerk.text.contains("The server doesn’t answer")
                    }
                    #expect(try await clerk.text.contains("Signed in as margaret"))
                }
            }
        }

        @Test(
            "A page without a place among those that get news says that too many are open, and gets them when one closes"
        )
        func tooMany() async throws {
            try await withShop { shop in
                let others = Customer(at: shop)
                _ = try await others.post(
                    "/admin/sign-in", "name=margaret&password=hamilton", [.init("Sec-Fetch-Site")!: "same-origin"])
                try await Chromium.open { clerk in
                    try await clerk.signInAsOperator(at: shop)
                    try await clerk.untilText("What this server saw last")
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        // One is the browser's own page, which goes on a page that shows no news.
                        try await clerk.go(to: shop.address + "/admin/sessions")
                        // Each asks again when its minute is over.
                        for _ in 0..<25 {
                            group.addTask {
                                while !Task.isCancelled {
                                    _ = try? await others.get("/admin/live")
                                    try? await Task.sleep(for: .milliseconds(20))
                                }
                            }
                        }
                        try await until("no place is left") {
                            try await others.browser.send(.head, shop.address + "/admin/live").status == 503
                        }
                        try await clerk.go(to: shop.address + "/admin")
                        try await clerk.untilText("Too many pages are open")
                        #expect(try await !clerk.text.contains("doesn’t answer"))
                        group.cancelAll()
                    }
                    // What happens makes the server notice that they are gone.
                    try await until("the page gets its news") {
                        try await Customer(at: shop).signIn()
                        return try await !clerk.text.contains("Too many pages are open")
                    }
                }
            }
        }

        @Test(
            "Every page for operators fits a desktop's window and a phone's screen; pictures are in .build/screenshots")
        func looks() async throws {
            let folder = URL(fileURLWithPath: ".build/screenshots")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await withShop { shop in
                let customers = (0..<12).map { _ in Customer(at: shop) }
                for (index, customer) in customers.enumerated() {
                    try await customer.post("/cart", "product=tea&quantity=\(index + 1)")
                    if index < 8 { try await customer.signIn(index < 5 ? "ada" : "grace") }
                    if index == 1 || index == 6 { try await customer.signOut() }
                }
                let live = try #require(try await customers[0].session().id)
                let ended = try #require(try await customers[2].session().id)
                try await Chromium.open { browser in
                    func look(_ name: String, at path: String? = nil) async throws {
                        if let path { try await browser.go(to: shop.address + path) }
                        for width in [1280, 390] {
                            try await browser.show(width: width)
                            let size: Int = try await browser.run("return document.documentElement.scrollWidth")
                            #expect(size == width, "\(name) is \(size) wide on a screen of \(width)")
                            try await browser.takePictures("admin-\(name)-\(width)", into: folder)
                        }
                    }
                    try await look("sign-in", at: "/admin")
                    try await browser.show(width: 1280)
                    try await browser.signInAsOperator(at: shop)
                    try await browser.go(to: shop.address + "/admin/sessions/\(ended)")
                    try await browser.follow("#end")
                    try await look("question")
                    try await browser.follow("button.sure")
                    _ = try await customers[2].get("/account")
                    try await look("ended", at: "/admin/sessions/\(ended)")
                    try await look("overview", at: "/admin")
                    try await look("list", at: "/admin/sessions")
                    try await look("session", at: "/admin/sessions/\(live)")
                    try await look("principal", at: "/admin/principal?name=ada")
                    try await look("nothing-found", at: "/admin/sessions?q=\(live.prefix(6))")
                    try await look("cursor", at: "/admin/sessions?after=elsewhere")
                }
            }
        }
    }
}

extension Chromium {
    /// Opens the operators' pages and fills in the form that comes first.
    func signInAsOperator(at shop: ShopProcess) async throws {
        try await go(to: shop.address + "/admin")
        try await type("margaret", into: "#name")
        try await type("hamilton", into: "#password")
        try await follow(".fields button")
        #expect(try await url.hasSuffix("/admin"))
    }

    /// Waits until the page shows a text, which it gets by itself.
    func untilText(_ text: String) async throws {
        try await until("the page shows “\(text)”") { try await self.text.contains(text) }
    }
}
