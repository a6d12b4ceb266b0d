import Browsers
import Foundation
import ShopDriver
import Testing

extension BrowserTests {
    @Suite("How pages look", .timeLimit(.minutes(10))) struct LookTests {
        @Test("Every page fits a desktop's window and a phone's screen; pictures of them are in .build/screenshots")
        func pages() async throws {
            let folder = URL(fileURLWithPath: ".build/screenshots")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try await withShop { shop in
                try await Chromium.open { browser in
                    func look(_ name: String) async throws {
                        for width in [1280, 390] {
                            try await browser.show(width: width)
                            let sizes: [Int] = try await browser.run(
                                """
                                return [document.documentElement.scrollWidth, document.querySelector('header').offsetHeight]
                                """)
                            #expect(sizes[0] == width, "\(name) is \(sizes[0]) wide on a screen of \(width)")
                            // One row, or two on a phone.
                            #expect(sizes[1] <= (width == 390 ? 130 : 80), "\(name) has a header of \(sizes[1])")
                            try await browser.takePictures("\(name)-\(width)", into: folder)
                        }
                    }
                    func look(_ name: String, at path: String) async throws {
                        try await browser.go(to: shop.address + path)
                        try await look(name)
                    }
                    try await look("shelf", at: "/")
                    try await look("cart-empty", at: "/cart")
                    try await look("not-found", at: "/nowhere")
                    try await browser.buy("tea", at: shop, quantity: 2)
                    try await browser.buy("honey", at: shop, quantity: 99)
                    try await look("cart")
                    try await look("sign-in", at: "/sign-in")
                    try await browser.type("ada", into: "#name")
                    try await browser.type("wrong", into: "#password")
                    try await browser.follow(".fields button")
                    try await look("sign-in-wrong")
                    try await browser.signIn(at: shop)
                    try await look("account")
                    try await look("shelf-user", at: "/")
                    try await browser.signOut()
                    try await look("signed-out")
                }
            }
        }
    }
}

extension Chromium {
    /// Puts pictures of the page into a folder, in light colours and in dark ones.
    func takePictures(_ name: String, into folder: URL) async throws {
        for isDark in [true, false] {
            try await prefer(dark: isDark)
            try await screenshot.write(to: folder.appendingPathComponent("\(name)\(isDark ? "-dark" : "").png"))
        }
    }
}
