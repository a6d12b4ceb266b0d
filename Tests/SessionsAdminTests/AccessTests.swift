import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@testable import SessionsAdmin

@Suite("Operators' pages: who may see them", .timeLimit(.minutes(10)))
struct AccessTests {
    private struct Unknown: Error {}

    /// Every kind of address that the pages have.
    static let paths = [
        "/admin", "/admin/", "/admin/sessions", "/admin/sessions?q=ada", "/admin/sessions?after=x",
        "/admin/sessions/00000000000000000000000000000001", "/admin/principal?name=ada", "/admin/live",
        "/admin/nowhere",
    ]

    @Test("A request that the authoriser refuses gets 403, an event, and nothing of any session", arguments: paths)
    func refused(_ path: String) async throws {
        let site = try AdminSite(access: { _ in .refused })
        let id = try await site.begin("ada")
        let answer = try await site.get(path)
        #expect(answer.status == 403)
        #expect(!answer.text.contains("ada") && !answer.text.contains("\(id)"))
        #expect(site.events.take(.operatorRefused).count == 1)
    }

    @Test("A request of no operator is sent to sign in, with the way back, and shows nothing", arguments: paths)
    func signIn(_ path: String) async throws {
        let site = try AdminSite()
        try await site.begin("ada")
        let answer = try await site.send(.get, path, as: "")
        let isLive = path == "/admin/live"
        #expect(answer.status == (isLive ? 401 : 303))
        let way = path.replacing("/", with: "%2F").replacing("?", with: "%3F").replacing("=", with: "%3D")
        #expect(answer.location == (isLive ? nil : "/admin/sign-in?return=\(way)"))
        #expect(!answer.text.contains("ada"))
    }

    @Test("The way back is added to a sign-in page that has a query of its own, and to one that has none")
    func signInWithQuery() async throws {
        for (page, location) in [
            ("/sign-in", "/sign-in?return=%2Fadmin%2Fsessions"),
            ("/sign-in?for=operators", "/sign-in?for=operators&return=%2Fadmin%2Fsessions"),
        ] {
            let site = try AdminSite(access: { _ in .signIn(at: page) })
            let answer = try await site.get("/admin/sessions")
            #expect(answer.status == 303 && answer.location == location)
        }
    }

    @Test("An address that is too long for a way back gets 401, and no sign-in page that leads nowhere")
    func longAddress() async throws {
        let site = try AdminSite()
        for (bytes, status) in [(2048, 303), (2049, 401)] {
            let start = "/admin/sessions?q="
            let path = start + String(repeating: "a", count: bytes - start.utf8.count)
            let answer = try await site.send(.get, path, as: "")
            #expect(answer.status == status && (answer.location == nil) == (status == 401))
        }
    }

    @Test("A form of no operator gets 401 and ends nothing")
    func form() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let fields: HTTPFields = [.secFetchSite: "same-origin"]
        for (path, body) in [("/admin/sessions/\(id)/end", "sure=yes"), ("/admin/principal/end", "name=ada&sure=yes")] {
            #expect(try await site.send(.post, path, body, fields: fields, as: "").status == 401)
        }
        #expect(try await site.isLive(id))
    }

    @Test(
        "While the authoriser can't reach its own store, the page says so, shows nothing, and the error is no refusal")
    func authoriserFails() async throws {
        let site = try AdminSite(access: { _ in throw SessionError(.unavailable, "no route to 10.0.0.7") })
        try await site.begin("ada")
        let answer = try await site.get("/admin/sessions")
        #expect(answer.status == 503 && answer.text.contains("The session store doesn’t answer"))
        #expect(!answer.text.contains("ada") && !answer.text.contains("10.0.0.7"))
        #expect(answer.fields[.init("Refresh")!] == "5")
        // Of a form it is known that it has not been looked at.
        let form = try await site.post("/admin/principal/end", "name=ada&sure=yes")
        #expect(form.status == 503 && form.text.contains("Nothing was ended."))
        #expect(form.fields[.init("Refresh")!] == nil)
        #expect(site.events.take(.operatorRefused).isEmpty)
    }

    @Test("An error that is the server's own says nothing of the server's inside")
    func authoriserIsMisconfigured() async throws {
        let site = try AdminSite(access: { _ in throw SessionError(.corrupt, "row 7 of db.internal is damaged") })
        let answer = try await site.get("/admin/sessions")
        #expect(answer.status == 500 && answer.text.contains("The server could not use the session."))
        #expect(!answer.text.contains("db.internal") && answer.fields[.init("Refresh")!] == nil)
    }

    @Test("What else the authoriser throws is the server's to answer")
    func authoriserThrows() async throws {
        let site = try AdminSite(access: { _ in throw Unknown() })
        await #expect(throws: Unknown.self) { try await site.get("/admin") }
    }

    @Test("The authoriser is told which requests an open page sends by itself: news, and nothing else")
    func automatic() async throws {
        let site = try AdminSite(access: { visit in visit.isAutomatic ? .refused : .granted(to: try Principal("olga")) }
        )
        for (path, status) in [
            ("/admin", 200), ("/admin/live", 403), ("/admin/live?session=1", 403), ("/admin/livestock", 404),
            // Another way to write the address is news as well, or no page.
            ("/admin/live/", 403), ("/admin//live", 404), ("/admin/live//", 404), ("//admin/live", 404),
            ("/admin/%6Cive", 404),
        ] {
            #expect(try await site.get(path).status == status, "\(path)")
        }
    }

    @Test(
        "A path of another form is refused when the pages are made",
        arguments: ["admin", "//admin", "/a?b", "/a#b", "/a b", "/%61"])
    func badPath(_ path: String) throws {
        let error = #expect(throws: SessionError.self) { try AdminSite(at: path) }
        #expect(error?.code == .configuration)
    }

    @Test("The pages may be at the root, and a / at the end of their path changes nothing")
    func otherPlaces() async throws {
        for path in ["", "/"] {
            let site = try AdminSite(at: path)
            #expect(try await site.get("/").status == 200)
            #expect(try await site.get("/sessions").text.contains("href=\"/sessions\""))
        }
        let site = try AdminSite(at: "/back/office/")
        #expect(try await site.get("/back/office/sessions").status == 200)
        #expect(try await site.get("/admin/sessions").status == 404)
        for path in ["/back/officer", "/back/officesessions", "/back/office//sessions", "/back/office//"] {
            #expect(try await site.get(path).status == 404, "\(path)")
        }
        #expect(try await site.get("/back/office/sessions/").status == 200)
    }

    @Test("Every response is kept nowhere, runs no script but the one on it, and shows in no other site's page")
    func fields() async throws {
        let site = try AdminSite()
        for path in Self.paths {
            let fields = try await site.get(path).fields
            #expect(fields[.cacheControl] == "no-store" && fields[.xContentTypeOptions] == "nosniff", "\(path)")
            let policy = try #require(fields[.contentSecurityPolicy])
            #expect(policy.hasPrefix("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            for name in ["Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"] {
                #expect(fields[try #require(HTTPField.Name(name))] == "same-origin", "\(name)")
            }
        }
        let page = try await site.get("/admin").text
        #expect(page.matches(of: /<script/).count == 1 && page.matches(of: /<style/).count == 1)
        #expect(page.firstMatch(of: /\ on[a-z]+=|\ style=/) == nil)
    }

    @Test("A page may show itself, its picture and its news, sends forms to its server alone, and has no other base")
    func policy() async throws {
        let site = try AdminSite()
        for path in Self.paths {
            let policy = try #require(try await site.get(path).fields[.contentSecurityPolicy])
            let parts = policy.split(separator: ";").map { $0.drop { $0 == " " } }
            #expect(
                parts.filter { !$0.contains("sha256-") } == [
                    "default-src 'none'", "connect-src 'self'", "img-src data:", "form-action 'self'",
                    "frame-ancestors 'none'", "base-uri 'none'",
                ], "\(path)")
            let own = parts.filter { $0.contains("sha256-") }.map { $0.prefix { $0 != " " } }
            #expect(own == ["style-src", "script-src"], "\(path)")
        }
    }

    @Test("A HEAD gets the head of the page and no body")
    func head() async throws {
        let site = try AdminSite()
        for path in Self.paths {
            let (get, head) = (try await site.get(path), try await site.send(.head, path))
            #expect(head.text == "" && head.status == get.status, "\(path)")
            #expect(head.fields[.contentType] == get.fields[.contentType])
        }
    }
}
