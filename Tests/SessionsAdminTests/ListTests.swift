import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions
@testable import SessionsAdmin

@Suite("Operators' pages: finding sessions", .timeLimit(.minutes(10)))
struct ListTests {
    private func ids(in page: String) -> [String] {
        page.matches(of: /<th scope="row"><a href="\/admin\/sessions\/([0-9a-f]{32})"/).map { String($0.1) }
    }

    private func next(in page: String) -> String? {
        page.firstMatch(of: /<a class="button" href="([^"]*)">More sessions/).map {
            String($0.1).replacing("&amp;", with: "&")
        }
    }

    @Test("Following “More sessions” from the first page shows every session once, fifty a page")
    func paging() async throws {
        let site = try AdminSite()
        var all: Set<String> = []
        for _ in 0..<120 { all.insert("\(try await site.begin("ada"))") }
        for first in ["/admin/sessions", "/admin/principal?name=ada"] {
            var seen: [String] = []
            var sizes: [Int] = []
            var path: String? = first
            while let here = path {
                let page = try await site.get(here)
                #expect(page.status == 200)
                #expect(page.text.contains("From the beginning") == (here != first))
                let shown = ids(in: page.text)
                sizes.append(shown.count)
                seen += shown
                path = next(in: page.text)
            }
            #expect(Set(seen) == all && seen.count == 120)
            #expect(sizes == [50, 50, 20])
        }
    }

    @Test("A page's newest session comes first")
    func order() async throws {
        let site = try AdminSite()
        var made: [String] = []
        for _ in 0..<5 {
            made.append("\(try await site.begin("ada"))")
            site.clock.advance(by: .seconds(1))
        }
        #expect(ids(in: try await site.get("/admin/sessions").text) == made.reversed())
        // Whose they are is said where there may be several users.
        let link = "<td><a href=\"/admin/principal?name=ada\">ada</a></td>"
        #expect(try await site.get("/admin/sessions").text.ranges(of: link).count == 5)
        #expect(try await site.get("/admin/principal?name=ada").text.ranges(of: link).isEmpty)
    }

    @Test(
        "The cursor of another store, and one that was cut short, are refused with where to begin",
        arguments: ["3.17", "0102", "x", "%00", "00000000000000000000000000000001x"])
    func foreignCursor(_ cursor: String) async throws {
        let site = try AdminSite()
        try await site.begin("ada")
        for path in ["/admin/sessions?after=\(cursor)", "/admin/principal?name=ada&after=\(cursor)"] {
            let page = try await site.get(path)
            #expect(page.status == 400 && page.text.contains("the list of another store"))
            #expect(ids(in: page.text) == [])
        }
    }

    @Test(
        "A search for a user, or a whole ID in either case, leads to the page of it, with blanks around it or without")
    func search() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada lovelace")
        let hex = "\(id)".uppercased()
        for (text, target) in [
            ("ada+lovelace", "/admin/principal?name=ada%20lovelace"),
            ("+ada+lovelace+", "/admin/principal?name=ada%20lovelace"),
            ("\(id)", "/admin/sessions/\(id)"), ("+\(hex)++", "/admin/sessions/\(id)"),
        ] {
            let answer = try await site.get("/admin/sessions?q=\(text)")
            #expect(answer.status == 303 && answer.location == target)
        }
        #expect(try await site.get("/admin/sessions?q=+").status == 200)
    }

    @Test("A user whose sessions are all over is still found, with why they ended, for as long as that is known")
    func searchEnded() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        try await site.manager.end(id)
        #expect(try await site.get("/admin/sessions?q=ada").location == "/admin/principal?name=ada")
        let page = try await site.get("/admin/principal?name=ada").text
        #expect(page.contains("None on this page.") == false && ids(in: page) == ["\(id)"])
        #expect(page.contains("An operator ended it.") && !page.contains("End all sessions"))
        site.clock.advance(by: .minutes(61))
        #expect(try await site.get("/admin/sessions?q=ada").status == 404)
        #expect(try await !site.get("/admin/principal?name=ada").text.contains("\(id)"))
    }

    @Test("Of a user's sessions that are over the one that ended last comes first, however old it was")
    func orderOfEnds() async throws {
        let site = try AdminSite()
        var made: [SessionID] = []
        for _ in 0..<3 {
            made.append(try await site.begin("ada"))
            site.clock.advance(by: .seconds(1))
        }
        for number in [1, 0, 2] {
            try await site.manager.end(made[number])
            site.clock.advance(by: .seconds(1))
        }
        let page = try await site.get("/admin/principal?name=ada").text
        #expect(ids(in: page) == [made[2], made[0], made[1]].map { "\($0)" })
    }

    @Test("Devices are listed where one is known, also beside sessions that have none")
    func devices() async throws {
        let site = try AdminSite()
        let heading = "<th scope=\"col\" class=\"wide-only\">Device</th>"
        try await site.begin("ada")
        #expect(try await !site.get("/admin/sessions").text.contains(heading))
        try await site.begin("ada", on: SessionDevice(name: "Firefox on Linux"))
        let page = try await site.get("/admin/sessions").text
        #expect(page.contains(heading) && page.contains("<td class=\"wide-only\">Firefox on Linux</td>"))
        #expect(page.contains("<td class=\"wide-only\"></td>"))
    }

    @Test("A user whose name looks like half an ID is found by it")
    func hexadecimalName() async throws {
        let site = try AdminSite()
        try await site.begin("cafe")
        #expect(try await site.get("/admin/sessions?q=cafe").location == "/admin/principal?name=cafe")
    }

    @Test("Half an ID gets 404 and says which sessions it could be; a whole one that no session has says so")
    func halfID() async throws {
        let site = try AdminSite()
        let id = "\(try await site.begin("ada"))"
        _ = try await site.begin("grace")
        for path in ["/admin/sessions?q=\(id.prefix(8))", "/admin/sessions/\(id.prefix(8).uppercased())"] {
            let page = try await site.get(path)
            #expect(page.status == 404 && page.text.contains("it could be this") && ids(in: page.text) == [id])
        }
        let none = try await site.get("/admin/sessions?q=0000000000000000")
        #expect(none.status == 404 && none.text.contains("no live session has one that begins so"))
        let short = try await site.get("/admin/sessions?q=\(id.prefix(3))")
        #expect(short.status == 404 && short.text.contains("is too little of an ID"))
        let unknown = try await site.get("/admin/sessions/00000000000000000000000000000001")
        #expect(unknown.status == 404 && unknown.text.contains("There is no session 00000000000000000000000000000001"))
        for path in ["/admin/sessions?q=bob", "/admin/sessions/bob"] {
            let other = try await site.get(path)
            #expect(other.status == 404 && other.text.contains("this is no session ID"))
        }
    }

    @Test("What stands in a path is shown as it was meant, and one that can't be read is no page")
    func escapedPath() async throws {
        let site = try AdminSite()
        for (path, text) in [("%3Cb%3E", "&lt;b&gt;"), ("a%20b+c", "a b+c"), ("%C3%A9t%C3%A9", "été")] {
            let page = try await site.get("/admin/sessions/\(path)")
            #expect(page.status == 404 && page.text.contains("type=\"search\" name=\"q\" value=\"\(text)\""))
        }
        for path in ["%", "%3", "%zz", "%ff"] {
            let page = try await site.get("/admin/sessions/\(path)")
            #expect(page.status == 404 && page.text.contains("There is no such page"), "\(path)")
        }
    }

    @Test("A session is found by its ID in capital letters, on its page, in its news and by its end")
    func capitals() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let capitals = "\(id)".uppercased()
        #expect(capitals != "\(id)")
        for path in ["sessions/\(capitals)", "live?session=\(capitals)"] {
            #expect(try await site.get("/admin/\(path)").status == 200, "\(path)")
        }
        #expect(try await site.post("/admin/sessions/\(capitals)/end", "sure=yes").status == 303)
        #expect(try await !site.isLive(id))
    }

    @Test("A page that shows no news says as of when it is: the list, and a user's pages but the first")
    func freshness() async throws {
        let site = try AdminSite()
        for _ in 0..<51 { try await site.begin("ada") }
        let words = "As of <time datetime=\"\(site.clock.now)\">"
        #expect(try await site.get("/admin/sessions").text.contains(words))
        let first = try await site.get("/admin/principal?name=ada").text
        #expect(!first.contains("As of") && first.contains("data-live=\""))
        let second = try await site.get(try #require(next(in: first))).text
        #expect(second.contains(words) && !second.contains("data-live=\""))
    }

    @Test("A token in place of an ID is named as a secret, and isn't repeated")
    func token() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let token = String(repeating: "QUJD", count: 16)
        for path in ["/admin/sessions?q=\(token)", "/admin/sessions/\(token)"] {
            let page = try await site.get(path)
            #expect(page.status == 404 && page.text.contains("this is a token, which is a secret"))
            #expect(!page.text.contains(token))
        }
        #expect(try await site.isLive(id))
    }

    @Test("Sessions of another realm are neither listed, found nor ended")
    func otherRealm() async throws {
        let site = try AdminSite()
        let office = try SessionManager(store: site.store, realm: try Realm("office"), clock: site.clock)
        let handle = office.begin(
            .init(method: .post, scheme: "https", authority: "shop.test", path: "/"),
            over: .init(peer: .local, isTLS: true))
        try await handle.session().signIn(try Principal("ada"))
        let id = try #require(try await handle.session().id)
        _ = await handle.finish(.response(.ok))
        for path in ["/admin/sessions", "/admin/principal?name=ada"] {
            #expect(try await !site.get(path).text.contains("\(id)"))
        }
        #expect(try await site.get("/admin/sessions/\(id)").status == 404)
        #expect(try await site.post("/admin/sessions/\(id)/end", "sure=yes").status == 404)
        #expect(try await site.post("/admin/principal/end", "name=ada&sure=yes").status == 303)
        #expect(try await office.find(id)?.end == nil)
    }

    @Test("An address that can't be read is the sender's error", arguments: ["q=%", "q=%ff", "name=a&name=b"])
    func malformedQuery(_ query: String) async throws {
        let site = try AdminSite()
        #expect(try await site.get("/admin/sessions?\(query)").status == 400)
    }

    @Test("While the store is down, each page says so with 503 and comes back by itself; the first one stays open")
    func storeDown() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        site.store.follow { _, _ in .fail }
        for path in ["/admin/sessions", "/admin/sessions/\(id)", "/admin/principal?name=ada", "/admin/sessions?q=ada"] {
            let page = try await site.get(path)
            #expect(page.status == 503 && page.text.contains("The session store doesn’t answer"), "\(path)")
            #expect(page.fields[.init("Refresh")!] == "5")
        }
        let overview = try await site.get("/admin")
        #expect(overview.status == 200 && overview.text.contains("The session store doesn’t answer"))
        #expect(overview.fields[.init("Refresh")!] == "5")
        site.store.follow { _, _ in .pass }
        #expect(try await site.get("/admin/sessions/\(id)").status == 200)
        let back = try await site.get("/admin")
        #expect(!back.text.contains("The session store doesn’t answer") && back.fields[.init("Refresh")!] == nil)
    }
}
