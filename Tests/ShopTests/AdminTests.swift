import Foundation
import HTTPTypes
import Sessions
import SessionsStores
import ShopDriver
import Testing

@testable import shop

extension ShopTests {
    @Suite("The operators' pages", .timeLimit(.minutes(10))) struct AdminTests {
        private let own: HTTPFields = [HTTPField.Name("Sec-Fetch-Site")!: "same-origin"]

        private func signIn(_ clerk: Customer, _ form: String = "name=margaret&password=hamilton") async throws
            -> Answer
        {
            try await clerk.post("/admin/sign-in", form, own)
        }

        @Test(
            "An operator finds ada's session, ends it, and ada's next click is told why; both are in one browser",
            arguments: ShopStore.allCases)
        func endsSession(_ store: ShopStore) async throws {
            try await withShop(store, "--lab") { shop in
                let browser = Customer(at: shop)
                try await browser.signIn()
                try await browser.put("note", "\"private words\"")
                let id = try #require(try await browser.session().id)
                #expect(try await signIn(browser).location == "/admin")

                let found = try await browser.get("/admin/sessions?q=ada")
                #expect(found.location == "/admin/principal?name=ada")
                let list = try await browser.get("/admin/principal?name=ada")
                #expect(list.status == 200 && list.body.contains("/admin/sessions/\(id)\""))
                // The operators' own sessions are of another realm.
                #expect(
                    try await !browser.get("/admin/sessions").body.contains("/admin/principal?name=margaret"))
                let page = try await browser.get("/admin/sessions/\(id)")
                #expect(page.body.contains("<code>note</code>") && !page.body.contains("private words"))

                let end = "/admin/sessions/\(id)/end"
                #expect(try await browser.get(end + "?sure=yes").status == 405)
                #expect(try await browser.post(end, "", own).body.contains("End this session?"))
                #expect(try await browser.session().principal == "ada")
                #expect(try await browser.post(end, "sure=yes", own).status == 303)
                #expect(try await browser.session().ended?.reason == "ended-by-operator")
                let after = try await browser.get("/admin/sessions/\(id)")
                #expect(after.body.contains("Operator margaret ended it<small>from 127.0.0.1</small>"))
            }
        }

        @Test("Only an operator has the pages: no stranger, no customer, no wrong password, and none after a sign-out")
        func closed() async throws {
            try await withShop { shop in
                let customer = Customer(at: shop)
                try await customer.signIn()
                let toSignIn = "/admin/sign-in?return=%2Fadmin%2Fsessions"
                for client in [customer, Customer(at: shop)] {
                    #expect(try await client.get("/admin/sessions").location == toSignIn)
                }
                for form in ["name=ada&password=lovelace", "name=margaret&password=x", "name=&password="] {
                    #expect(try await signIn(customer, form).status == 401)
                }
                #expect(
                    try await signIn(customer, "name=margaret&password=hamilton&return=//evil").location == "/admin")
                let way = "name=margaret&password=hamilton&return=/admin/sessions"
                let answer = try await signIn(customer, way)
                #expect(answer.location == "/admin/sessions")
                let cookie = try #require(answer.setCookies.first)
                #expect(
                    cookie.hasPrefix("__Http-admin=")
                        && cookie.hasSuffix("; Path=/admin; Secure; HttpOnly; SameSite=Lax"))
                #expect(try await customer.get("/admin/sessions").status == 200)
                // The form is for who isn't signed in.
                for (query, place) in [
                    ("", "/admin"), ("?return=/admin/sessions", "/admin/sessions"), ("?return=//e", "/admin"),
                ] {
                    let again = try await customer.get("/admin/sign-in\(query)")
                    #expect(again.status == 303 && again.location == place)
                }
                // The shop's own account knows nothing of it.
                #expect(try await customer.session().principal == "ada")
                #expect(try await customer.post("/admin/sign-out", "", own).location == "/admin/sign-in")
                #expect(try await customer.get("/admin/sessions").location == toSignIn)
            }
        }

        @Test("DET-1: an operator's password can't be guessed in numbers, and customers' tries are counted apart")
        func guessing() async throws {
            try await withShop(.memory, "--sign-in-tries", "2") { shop in
                let clerk = Customer(at: shop)
                for _ in 1...2 { #expect(try await signIn(clerk, "name=margaret&password=x").status == 401) }
                for password in ["x", "hamilton"] {
                    let refused = try await signIn(clerk, "name=margaret&password=\(password)")
                    #expect(refused.status == 429 && refused["retry-after"] != nil && refused.setCookies == [])
                }
                #expect(try await clerk.signIn().status == 303)
            }
        }

        @Test("An operator is signed out after 15 minutes without use, and after 8 hours at the latest")
        func timeouts() async throws {
            try await withDirectory { directory in
                let url = "sqlite:\(directory)/shop.db"
                try await withShop(running: ["--store", url]) { shop in
                    let before = SystemSessionClock().now
                    #expect(try await signIn(Customer(at: shop)).status == 303)
                    let after = SystemSessionClock().now
                    let store = try await SessionStoreURL(url).open(onlyExisting: true)
                    let office = try SessionManager(store: store, realm: try Realm("back-office"))
                    let sessions = try await office.list(of: try Principal("margaret"))
                    #expect(sessions.count == 1)
                    let session = try #require(sessions.first)
                    // The time of the last use may be a minute old.
                    #expect(session.idleDeadline == session.lastUsedAt + .minutes(16))
                    #expect((before + .hours(8)...after + .hours(8)).contains(session.absoluteDeadline))
                    try await store.close()
                }
            }
        }

        @Test("No token of an operator or a program travels in a URL, also where those of browsers without cookies do")
        func withURLTokens() {
            var configuration = SessionConfiguration()
            configuration.urlTokens = URLTokens()
            #expect(AdminRoutes.configuration(like: configuration).urlTokens == nil)
            #expect(APIRoutes.configuration(like: configuration).urlTokens == nil)
        }

        @Test("What an open page asks by itself is no use of the operator's session, which ends all the same")
        func newsAreNoUse() async throws {
            try await withDirectory { directory in
                let url = "sqlite:\(directory)/shop.db"
                try await withShop(running: ["--store", url]) { shop in
                    let clerk = Customer(at: shop)
                    try await signIn(clerk).expect(303)
                    // Not through the turnstile: this test holds a place there already.
                    let later = try await ShopProcess.open(["--store", url, "--lab", "--clock-offset", "10m"])
                    defer { later.signal(SIGKILL) }
                    let store = try await SessionStoreURL(url).open(onlyExisting: true)
                    let office = try SessionManager(store: store, realm: try Realm("back-office"))
                    let margaret = try Principal("margaret")
                    let before = try await office.list(of: margaret).map(\.lastUsedAt)
                    let aged = clerk.moved(to: later)
                    let news = try await aged.browser.send(.head, aged.address + "/admin/live")
                    let afterNews = try await office.list(of: margaret).map(\.lastUsedAt)
                    #expect(news.status == 200 && before.count == 1 && afterNews == before)
                    // A page that the operator opens is one.
                    let page = try await aged.get("/admin")
                    let afterPage = try await office.list(of: margaret).map(\.lastUsedAt)
                    #expect(page.status == 200 && afterPage != before)
                    try await store.close()
                }
            }
        }

        @Test("A form of another site, one that is too long, and another method end nothing")
        func refused() async throws {
            try await withShop { shop in
                let browser = Customer(at: shop)
                try await browser.signIn()
                let id = try #require(try await browser.session().id)
                _ = try await signIn(browser)
                let path = "/admin/sessions/\(id)/end"
                for site in ["cross-site", "same-site", nil] {
                    var fields = HTTPFields()
                    fields[HTTPField.Name("Sec-Fetch-Site")!] = site
                    #expect(try await browser.post(path, "sure=yes", fields).status == 403, "\(site ?? "-")")
                }
                let long = "sure=yes&x=" + String(repeating: "x", count: 20_000)
                #expect(try await browser.post(path, long, own).status == 413)
                for method in [HTTPRequest.Method.put, .patch, .delete] {
                    let answer = try await browser.browser.send(method, shop.address + path, own, body: "sure=yes")
                    #expect(answer.status == 405, "\(method)")
                }
                #expect(try await browser.session().principal == "ada")
            }
        }
    }
}
