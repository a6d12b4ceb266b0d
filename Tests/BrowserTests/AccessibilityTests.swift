import Browsers
import Foundation
import ShopDriver
import Testing

extension BrowserTests {
    /// axe-core's rules: WCAG 2.0 to 2.2, levels A and AA, and its best practices.
    @Suite("Accessibility", .timeLimit(.minutes(10))) struct AccessibilityTests {
        /// The rules, which `Scripts/axe.sh` fetches.
        private static func rules() throws -> String {
            let file = URL(fileURLWithPath: ".build/axe/axe.min.js")
            return try #require(try? String(contentsOf: file, encoding: .utf8), "run Scripts/axe.sh")
        }

        /// What the rules find on the page that is open; what they can't decide counts as well.
        private func problems(of browser: Chromium, by rules: String) async throws -> [String] {
            // A page that goes on changing has elements that go away under the rules.
            let _: Bool = try await browser.run("dispatchEvent(new Event('pagehide')); return true")
            let version: String = try await browser.run(rules + "\n; return axe.version")
            #expect(version == "4.12.1")
            return try await browser.run(
                """
                return axe.run(document, {resultTypes: ['violations', 'incomplete']}).then(result => {
                    if (result.passes.length < 20) return ['only ' + result.passes.length + ' rules had something to check'];
                    return result.violations.concat(result.incomplete).flatMap(rule => rule.nodes.map(node =>
                        `${rule.id}: ${node.target.join(' ')}: ${node.failureSummary || rule.help}`));
                })
                """)
        }

        @Test(
            "axe-core finds nothing on any page, in any state, on a desktop's window and a phone's screen, light and dark"
        )
        func pages() async throws {
            let rules = try Self.rules()
            var names: [String] = []
            func look(_ name: String, in browser: Chromium) async throws {
                names.append(name)
                for (width, isDark) in [(1280, false), (390, false), (1280, true)] {
                    try await browser.show(width: width)
                    try await browser.prefer(dark: isDark)
                    let state = "\(name), \(width) wide\(isDark ? ", dark" : "")"
                    #expect(try await problems(of: browser, by: rules) == [], "\(state)")
                }
            }
            try await withShop { shop in
                try await Chromium.open { browser in
                    try await ShopPages.visit(browser, at: shop) { try await look($0, in: browser) }
                    try await ShopPages.visitAdmin(browser, at: shop) { try await look($0, in: browser) }
                }
            }
            try await withShop("--limit", "1:ask") { shop in
                try await Chromium.open { browser in
                    try await ShopPages.visitLimit(browser, at: shop) { try await look($0, in: browser) }
                }
            }
            try await withShop("--url-tokens") { shop in
                try await Chromium.open(blocksCookies: true) { browser in
                    try await ShopPages.visitWithoutCookies(browser, at: shop) { try await look($0, in: browser) }
                }
            }
            #expect(Set(names).count == names.count && names.count >= 37)
        }

        @Test("The rules notice a picture without a text, a field without a label, and grey on grey")
        func bites() async throws {
            let rules = try Self.rules()
            try await withShop { shop in
                try await Chromium.open { browser in
                    for (html, rule) in [
                        ("<img src='data:,'>", "image-alt"), ("<input type=text>", "label"),
                        ("<p data-style='color: #999; background: #ccc'>Hard to read</p>", "color-contrast"),
                        ("<a href='/'></a>", "link-name"), ("<h5>A leap</h5>", "heading-order"),
                    ] {
                        try await browser.go(to: shop.address + "/cart")
                        #expect(try await problems(of: browser, by: rules) == [])
                        // The page's policy lets no attribute style it, and a script may.
                        let put = """
                            const main = document.querySelector('main');
                            main.insertAdjacentHTML('beforeend', arguments[0]);
                            main.lastElementChild.style.cssText = main.lastElementChild.dataset.style ?? '';
                            return true
                            """
                        let _: Bool = try await browser.run(put, [html])
                        let found = try await problems(of: browser, by: rules)
                        #expect(found.contains { $0.hasPrefix("\(rule):") }, "\(html): \(found)")
                    }
                }
            }
        }
    }
}
