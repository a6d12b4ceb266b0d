package import Foundation
import RedisServers
import TokenScanner

/// A real browser with a profile of its own, and windows as wide as told.
package final class Chromium: Sendable {
    private let driver: ChromeDriver
    private let path: String

    private init(_ driver: ChromeDriver, path: String) {
        self.driver = driver
        self.path = path
    }

    /// Runs `body` with a browser, which is closed afterwards.
    ///
    /// - Parameters:
    ///   - profile: where cookies stay when the browser is closed; the same name brings the same profile back
    ///   - blocksCookies: as a user sets it for all sites, in the browser's settings
    package static func open<Result>(
        profile: String = UUID().uuidString, blocksCookies: Bool = false, _ body: (Chromium) async throws -> Result
    ) async throws -> Result {
        let driver = try await ChromeDriver.shared.value
        var arguments = [
            "--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--window-size=1280,900", "--user-data-dir=\(driver.directory.path)/\(profile)",
            // It ends when the driver does: the pipe closes.
            "--remote-debugging-pipe",
        ]
        // The sandbox is for pages that aren't ours, and root can't have it.
        if getuid() == 0 { arguments.append("--no-sandbox") }
        var preferences: [String: any Sendable] = [:]
        if blocksCookies { preferences["profile.default_content_setting_values.cookies"] = 2 }
        let options: [String: any Sendable] = ["args": arguments, "prefs": preferences]
        // Milliseconds for what is run in a page: a machine with much else to do may need more than the usual half minute.
        let timeouts = ["script": 240_000]
        let match: [String: any Sendable] = [
            "browserName": "chrome", "goog:chromeOptions": options, "timeouts": timeouts,
        ]
        let capabilities: [String: any Sendable] = ["alwaysMatch": match]
        let session: NewSession = try await driver.send("POST", "/session", ["capabilities": capabilities])
        let browser = Chromium(driver, path: "/session/\(session.sessionId)")
        do {
            let result = try await body(browser)
            try await browser.close()
            return result
        } catch {
            try? await browser.close()
            throw error
        }
    }

    private struct NewSession: Decodable {
        let sessionId: String
    }

    private func close() async throws {
        let _: Ignored = try await driver.send("DELETE", path)
    }

    /// The number of its version, such as 156.
    package var version: Int {
        get async throws {
            let agent: String = try await run("return navigator.userAgent")
            return agent.firstMatch(of: /Chrome\/(\d+)/).flatMap { Int($0.1) } ?? 0
        }
    }

    // MARK: - Pages

    package func go(to url: String) async throws {
        let _: Ignored = try await driver.send("POST", path + "/url", ["url": url])
        try await checkForTokens()
    }

    package func goBack() async throws {
        let _: Ignored = try await driver.send("POST", path + "/back", [:])
        try await checkForTokens()
    }

    package func reload() async throws {
        let _: Ignored = try await driver.send("POST", path + "/refresh", [:])
        try await checkForTokens()
    }

    package var url: String {
        get async throws { try await driver.send("GET", path + "/url") }
    }

    /// What a reader sees of the page.
    package var text: String {
        get async throws { try await run("return document.body.innerText") }
    }

    /// Runs a script in the page, with `arguments` for it, and returns what it returns; a promise is waited for.
    package func run<Value: Decodable>(
        _ script: String, _ arguments: [any Sendable] = [], as type: Value.Type = Value.self
    ) async throws -> Value {
        try await driver.send("POST", path + "/execute/sync", ["script": script, "args": arguments])
    }

    /// Clicks an element that CSS selects.
    package func click(_ selector: String) async throws {
        let _: Ignored = try await driver.send("POST", try await element(selector) + "/click", [:])
    }

    /// Clicks an element that opens a page, and waits until that is there.
    package func follow(_ selector: String) async throws {
        let _: Bool = try await run("return window.isLeft = true")
        try await click(selector)
        try await eventually("\(selector) opens a page") {
            let isThere: Bool? = try? await run("return !window.isLeft && document.readyState === 'complete'")
            return isThere == true
        }
        try await checkForTokens()
    }

    /// Notes the tokens in the browser's cookies, and looks for them in the page and in what its scripts can read: H-6.
    ///
    /// Every step that opens a page ends with it.
    private func checkForTokens() async throws {
        for cookie in try await cookies { IssuedTokens.shared.note(in: cookie.value) }
        let page: [String] = try await run(
            """
            const read = (get) => { try { return get() } catch { return '' } };
            return [document.documentElement.outerHTML, read(() => document.cookie),
                read(() => JSON.stringify(localStorage)), read(() => JSON.stringify(sessionStorage)), document.title]
            """)
        let name = try await url.prefix { $0 != "?" }
        try IssuedTokens.shared.check("the page \(name)", path: "/", fields: [], body: page[0])
        for text in page[1...] { try IssuedTokens.shared.check("what scripts of \(name) read", text) }
    }

    /// Types into a field, in place of what it holds.
    package func type(_ text: String, into selector: String) async throws {
        let element = try await element(selector)
        let _: Ignored = try await driver.send("POST", element + "/clear", [:])
        let _: Ignored = try await driver.send("POST", element + "/value", ["text": text])
    }

    /// Types where the cursor is.
    package func type(_ text: String) async throws {
        let _: Ignored = try await driver.send("POST", try await focusedElement + "/value", ["text": text])
    }

    private var focusedElement: String {
        get async throws {
            let found: [String: String] = try await driver.send("GET", path + "/element/active")
            return path + "/element/" + (found.values.first ?? "")
        }
    }

    private func element(_ selector: String) async throws -> String {
        let found: [String: String] = try await driver.send(
            "POST", path + "/element", ["using": "css selector", "value": selector])
        return path + "/element/" + (found.values.first ?? "")
    }

    // MARK: - Tabs

    package struct Tab: Sendable {
        fileprivate let handle: String
    }

    package var tab: Tab {
        get async throws { Tab(handle: try await driver.send("GET", path + "/window")) }
    }

    /// Opens a tab and goes there.
    package func openTab() async throws -> Tab {
        let new: [String: String] = try await driver.send("POST", path + "/window/new", ["type": "tab"])
        let tab = Tab(handle: new["handle"] ?? "")
        try await go(to: tab)
        return tab
    }

    package func go(to tab: Tab) async throws {
        let _: Ignored = try await driver.send("POST", path + "/window", ["handle": tab.handle])
    }

    // MARK: - As DevTools see it

    /// A cookie, as DevTools show it.
    package struct Cookie: Decodable, Sendable, Equatable {
        package let name, value, domain, path: String
        package let secure, httpOnly: Bool
        /// Whether it ends with the browser.
        package let session: Bool
        /// Seconds since 1970; -1 where it ends with the browser.
        package let expires: Double
        package let sameSite: String?
    }

    /// Every cookie of the browser.
    package var cookies: [Cookie] {
        get async throws {
            struct Answer: Decodable { let cookies: [Cookie] }
            return try await devTools("Storage.getCookies", as: Answer.self).cookies
        }
    }

    /// Puts a cookie into the browser, as malware that read another one's files could.
    package func plant(_ cookie: Cookie) async throws {
        let _: Ignored = try await devTools(
            "Network.setCookie",
            [
                "name": cookie.name, "value": cookie.value, "domain": cookie.domain, "path": cookie.path,
                "secure": cookie.secure, "httpOnly": cookie.httpOnly, "sameSite": cookie.sameSite ?? "Lax",
            ])
    }

    /// Lays pages out for a window, or a phone's screen, of this width.
    package func show(width: Int) async throws {
        let _: Ignored = try await devTools(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500])
    }

    /// Asks pages for dark colours, or for light ones, as the system of a user does.
    package func prefer(dark isDark: Bool) async throws {
        let feature: [String: any Sendable] = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
        let _: Ignored = try await devTools("Emulation.setEmulatedMedia", ["features": [feature]])
    }

    /// A picture of the whole page, as PNG.
    package var screenshot: Data {
        get async throws {
            let picture: [String: String] = try await devTools(
                "Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
            return Data(base64Encoded: picture["data"] ?? "") ?? Data()
        }
    }

    private func devTools<Value: Decodable>(
        _ command: String, _ parameters: [String: any Sendable] = [:], as type: Value.Type = Value.self
    ) async throws -> Value {
        try await driver.send("POST", path + "/goog/cdp/execute", ["cmd": command, "params": parameters])
    }
}
