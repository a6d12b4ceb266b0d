import Crypto
import Foundation
import HTTPTypes
import Sessions

/// What is around every page.
struct Layout: Sendable {
    enum Tab: Equatable {
        case overview, sessions
    }

    let path: AdminPath
    let realm: Realm
    let signOutPath: String?

    /// - Parameters:
    ///   - reader: the operator; `nil` where it isn't known who reads the page, which then shows nothing of any session
    ///   - search: what the search field holds
    func page(
        _ title: String, for reader: Principal?, tab: Tab? = nil, search: String = "", _ content: HTML
    ) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title) · Sessions</title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E\
        %3Crect width='32' height='32' rx='8' fill='%231f5c46'/%3E%3Cpath d='M8 21v-4m5 4v-9m6 9v-6m5 6V9' \
        stroke='%23fff' stroke-width='3' stroke-linecap='round'/%3E%3C/svg%3E">
        <style>\(Style.html)</style>
        </head>
        <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header><div class="wide">
        <a class="brand" href="\(exactly: path.overview)">\
        <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false"><rect width="32" height="32" rx="8"/>\
        <path d="M8 21v-4m5 4v-9m6 9v-6m5 6V9"/></svg>Sessions<small>\(realm.name)</small></a>
        \(reader.map { navigation(for: $0, tab: tab, search: search) } ?? "")
        </div></header>
        <main id="content" class="wide" tabindex="-1">
        <p id="connection" class="notice trouble" role="status" hidden></p>
        \(content)
        </main>
        <footer><div class="wide"><p>Times are in UTC. The operators’ pages of swift-sessions.</p></div></footer>
        <script>\(Script.html)</script>
        </body>
        </html>

        """
    }

    private func navigation(for reader: Principal, tab: Tab?, search: String) -> HTML {
        let signOut: HTML =
            if let signOutPath {
                """
                <form method="post" action="\(exactly: signOutPath)"><button class="quiet">Sign out</button></form>
                """
            } else {
                ""
            }
        return """
            <nav aria-label="Main"><ul>\
            <li><a href="\(exactly: path.overview)"\(current(tab == .overview))>Overview</a></li>\
            <li><a href="\(exactly: path.sessions)"\(current(tab == .sessions))>Live sessions</a></li>\
            </ul></nav>
            <form class="search" role="search" action="\(exactly: path.sessions)">\
            <label class="unseen" for="q">User or session ID</label>\
            <input id="q" type="search" name="q" value="\(exactly: search)" placeholder="User or session ID" \
            autocomplete="off" autocapitalize="none" spellcheck="false" maxlength="255"><button>Find</button></form>
            <div class="who"><span>Signed in as <strong>\(reader.name)</strong></span>\(signOut)</div>
            """
    }

    private func current(_ isCurrent: Bool) -> HTML { isCurrent ? " aria-current=\"page\"" : "" }

    /// The fields of every response: it is kept nowhere, shown in no other page, and runs the one script alone.
    static let fields: HTTPFields = [
        .cacheControl: "no-store",
        .contentSecurityPolicy: contentSecurityPolicy,
        .xContentTypeOptions: "nosniff",
        .init("Referrer-Policy")!: "same-origin",
        .init("Cross-Origin-Opener-Policy")!: "same-origin",
        .init("Cross-Origin-Resource-Policy")!: "same-origin",
    ]

    private static let contentSecurityPolicy =
        "default-src 'none'; style-src '\(hash(of: Style.html))'; script-src '\(hash(of: Script.html))'; "
        + "connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    private static func hash(of html: HTML) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(html.text.utf8))).base64EncodedString()
    }
}
