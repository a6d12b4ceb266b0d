import HTTPTypes
import Sessions
import SessionsTesting
import Testing

@testable import SessionsAdmin

@Suite("Operators' pages: ending sessions", .timeLimit(.minutes(10)))
struct EndTests {
    @Test("A session is ended after one question, by a second POST; its record and an event name reason and operator")
    func endOne() async throws {
        let site = try AdminSite()
        let (id, other) = (try await site.begin("ada"), try await site.begin("ada"))
        let question = try await site.post("/admin/sessions/\(id)/end")
        #expect(question.status == 200 && question.text.contains("End this session?"))
        #expect(try await site.isLive(id))
        #expect(site.events.take(.operatorActed(.endedSession)).isEmpty)

        let answer = try await site.post("/admin/sessions/\(id)/end", "sure=yes")
        #expect(answer.status == 303 && answer.location == "/admin/sessions/\(id)?notice=ended")
        #expect(try await site.manager.find(id)?.end?.reason == .endedByOperator)
        #expect(try await site.isLive(other))
        let events = site.events.take(.operatorActed(.endedSession))
        #expect(events.map(\.actingOperator?.name) == ["olga"] && events.map(\.id) == [id])
        #expect(events.map(\.principal?.name) == ["ada"] && events.first?.error == nil)
        #expect(site.events.take(.ended(.endedByOperator)).map(\.id) == [id])

        let page = try await site.get(answer.location ?? "")
        #expect(page.text.contains("An operator ended it.") && page.text.contains("Operator olga ended it"))
        #expect(!page.text.contains("End this session"))
    }

    @Test("A session that is over is not ended again, and no act is reported")
    func overAlready() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        try await site.manager.end(id, reason: .suspectedTheft)
        for body in ["", "sure=yes"] {
            let answer = try await site.post("/admin/sessions/\(id)/end", body)
            #expect(answer.location == "/admin/sessions/\(id)?notice=over")
        }
        #expect(try await site.manager.find(id)?.end?.reason == .suspectedTheft)
        #expect(site.events.take(.operatorActed(.endedSession)).isEmpty)
        #expect(try await site.get("/admin/sessions/\(id)?notice=over").text.contains("was over already"))
    }

    @Test("All sessions of a user are ended after one question, and no other user's")
    func endAll() async throws {
        let site = try AdminSite()
        let name = "ada & <b>"
        let ids = [try await site.begin(name), try await site.begin(name)]
        let other = try await site.begin("grace")
        let field = "name=ada+%26+%3Cb%3E"
        let question = try await site.post("/admin/principal/end", field)
        #expect(question.status == 200 && question.text.contains("End all sessions of ada &amp; &lt;b&gt;?"))
        #expect(question.text.contains("name=\"name\" value=\"ada &amp; &lt;b&gt;\""))
        #expect(try await site.manager.list(of: try Principal(name)).count == 2)

        let answer = try await site.post("/admin/principal/end", "\(field)&sure=yes")
        #expect(answer.status == 303 && answer.location == "/admin/principal?name=ada%20%26%20%3Cb%3E")
        for id in ids { #expect(try await !site.isLive(id)) }
        #expect(try await site.isLive(other))
        let events = site.events.take(.operatorActed(.endedAll))
        #expect(events.map(\.actingOperator?.name) == ["olga"] && events.map(\.principal?.name) == [name])

        let page = try await site.get(answer.location ?? "")
        #expect(page.text.contains("Operators ended 2 sessions of this user in the last minute."))
        #expect(page.text.contains("An operator ended it."))
        let story = try await site.get("/admin/sessions/\(ids[0])").text
        #expect(story.contains("Operator olga ended all sessions of the user"))
    }

    @Test("How many sessions of a user have just ended is the store's word, which no link can put on the page")
    func noticeOfEnds() async throws {
        let site = try AdminSite()
        let (ids, path) = ([try await site.begin("ada"), try await site.begin("ada")], "/admin/principal?name=ada")
        for query in ["&ended=5", "&ended=0", "&notice=ended"] {
            let page = try await site.get(path + query)
            #expect(page.status == 200 && !page.text.contains("notice\">") && !page.text.contains("no session to end"))
            #expect(page.text.contains("\">\n<h2>Live sessions</h2>"), "\(page.text)")
        }
        // Nor does a link say of a session that is live that it is over.
        for notice in ["ended", "over"] {
            let page = try await site.get("/admin/sessions/\(ids[0])?notice=\(notice)").text
            #expect(page.contains("<p class=\"state\">Live</p>") && !page.contains("role=\"status\">The session"))
        }
        // Neither a user's own end nor a limit is an operator's.
        try await site.manager.end(ids[0], reason: .endedByUser)
        #expect(try await !site.get(path).text.contains("Operators ended"))
        try await site.manager.end(ids[1])
        let words = "Operators ended 1 session of this user in the last minute."
        #expect(try await site.get(path + "&ended=5").text.contains(words))
        site.clock.advance(by: .milliseconds(59_999))
        #expect(try await site.get(path).text.contains(words))
        site.clock.advance(by: .milliseconds(1))
        #expect(try await !site.get(path).text.contains("Operators ended"))

        let many = "/admin/principal?name=grace"
        for _ in 0..<51 { _ = try await site.manager.end(try await site.begin("grace")) }
        #expect(try await site.get(many).text.contains("Operators ended 50 sessions or more of this user"))
    }

    @Test("The events of what an operator does, tries and may not do name the client's address, and never a proxy's")
    func clients() async throws {
        let site = try AdminSite(access: { visit in
            visit.context == "eve" ? .refused : .granted(to: try Principal(visit.context))
        })
        var configuration = SessionConfiguration()
        configuration.trustedProxies = [try AddressRange("10.0.0.0/8")]
        let office = try SessionManager(
            store: site.store, realm: try Realm("office"), configuration: configuration, clock: site.clock)
        let client = try #require(NetworkAddress("203.0.113.7"))
        func clients(
            _ path: String, _ body: String, as reader: String = "olga", from site: AdminSite, of fields: HTTPFields
        )
            async throws
        {
            let head = HTTPRequest(
                method: .post, scheme: "https", authority: "shop.test", path: path, headerFields: fields)
            let proxy = try #require(NetworkAddress("10.1.2.3"))
            let handle = office.begin(head, over: .init(peer: .address(proxy), isTLS: true))
            _ = try await site.send(.post, path, body, fields: fields, as: reader, of: handle)
        }
        let own: HTTPFields = [.secFetchSite: "same-origin", HTTPField.Name("X-Forwarded-For")!: "203.0.113.7"]
        let (one, path) = (try await site.begin("ada"), "/admin/principal/end")
        try await clients("/admin/sessions/\(one)/end", "sure=yes", from: site, of: own)
        let ended = site.events.take(.operatorActed(.endedSession))
        #expect(ended.map(\.client) == [client] && ended.map(\.id) == [one])
        #expect(
            try await site.get("/admin/sessions/\(one)").text.contains("Operator olga ended it<small>from 203.0.113.7"))
        try await clients(path, "name=ada&sure=yes", from: site, of: own)
        #expect(site.events.take(.operatorActed(.endedAll)).map(\.client) == [client])
        site.store.follow { operation, _ in operation == .watermark ? .fail : .pass }
        try await clients(path, "name=ada&sure=yes", from: site, of: own)
        #expect(site.events.take(.operatorActed(.endedAll)).map(\.client) == [client])
        let two = try await site.begin()
        site.store.follow { operation, _ in operation == .commit ? .fail : .pass }
        try await clients("/admin/sessions/\(two)/end", "sure=yes", from: site, of: own)
        #expect(site.events.take(.operatorActed(.endedSession)).map(\.client) == [client])
        site.store.follow { _, _ in .pass }
        try await clients(path, "", as: "eve", from: site, of: own)
        #expect(site.events.take(.operatorRefused).map(\.client) == [client])
        var foreign = own
        foreign[.secFetchSite] = "cross-site"
        try await clients(path, "", from: site, of: foreign)
        #expect(site.events.take(.forgeryRefused(.crossSite)).map(\.client) == [client])
        try await clients(path, "name=ada&sure=yes", from: site, of: [.secFetchSite: "same-origin"])
        let hidden = site.events.take(.operatorActed(.endedAll))
        #expect(hidden.count == 1 && hidden.first?.client == nil && hidden.first?.peer != nil)
    }

    @Test(
        "No GET, and nothing but POST, ends anything, whatever stands in its address",
        arguments: ["GET", "HEAD", "PUT", "DELETE"])
    func onlyPost(_ name: String) async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let method = try #require(HTTPRequest.Method(name))
        for path in ["/admin/sessions/\(id)/end?sure=yes", "/admin/principal/end?name=ada&sure=yes"] {
            let answer = try await site.send(
                method, path, "name=ada&sure=yes", fields: [.secFetchSite: "same-origin"])
            #expect(answer.status == 405 && answer.fields[.allow] == "POST", "\(path)")
        }
        #expect(try await site.isLive(id))
    }

    @Test("Pages that are to be looked at take no POST")
    func noPost() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        for path in ["/admin", "/admin/sessions", "/admin/sessions/\(id)", "/admin/principal?name=ada", "/admin/live"] {
            let answer = try await site.post(path, "sure=yes&name=ada")
            #expect(answer.status == 405 && answer.fields[.allow] == "GET, HEAD", "\(path)")
        }
        #expect(try await site.isLive(id))
    }

    @Test(
        "A form is refused with 403, an event and nothing ended, unless the browser says that one of the pages sent it",
        arguments: [
            (nil, nil, .unknownOrigin), ("cross-site", nil, .crossSite), ("same-site", nil, .sameSite),
            ("cross-site", "https://shop.test", .crossSite), ("odd", nil, .crossSite),
            (nil, "https://evil.test", .crossSite), (nil, "null", .crossSite),
            (nil, "https://shop.test:8443", .crossSite),
            (nil, "https://shop.test", nil), ("same-origin", nil, nil), ("same-origin", "https://evil.test", nil),
            ("none", nil, nil),
        ] as [(String?, String?, SessionEvent.Forgery?)])
    func forged(_ site: String?, _ origin: String?, _ forgery: SessionEvent.Forgery?) async throws {
        let pages = try AdminSite()
        let id = try await pages.begin("ada")
        var fields = HTTPFields()
        fields[.secFetchSite] = site
        fields[.origin] = origin
        let answer = try await pages.send(.post, "/admin/sessions/\(id)/end", "sure=yes", fields: fields)
        #expect(answer.status == (forgery == nil ? 303 : 403))
        #expect(try await pages.isLive(id) == (forgery != nil))
        if let forgery {
            let events = pages.events.take(.forgeryRefused(forgery))
            #expect(events.count == 1 && events.first?.error?.message.contains("\(id)/end") == true)
            #expect(!answer.text.contains("olga") && !answer.text.contains("ada"))
        }
        // Reading is no act.
        #expect(try await pages.send(.get, "/admin/sessions/\(id)", fields: fields).status == 200)
    }

    @Test("A form that can't be read, or names no user, ends nothing and is the sender's error")
    func malformed() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let long = "sure=yes&name=ada&x=" + String(repeating: "x", count: AdminPages<String>.maximumBodyBytes)
        for body in ["name=%", "name=%6", "name=%zz", "name=%ff", "name=ada&name=ada", long] {
            for path in ["/admin/sessions/\(id)/end", "/admin/principal/end"] {
                #expect(try await site.post(path, body + "&sure=yes").status == 400, "\(body.prefix(30))")
            }
        }
        for body in [
            "sure=yes", "sure=yes&name=", "sure=yes&name=a%00", "sure=yes&name=" + String(repeating: "a", count: 256),
        ] {
            #expect(try await site.post("/admin/principal/end", body).status == 400)
        }
        #expect(try await site.isLive(id))
    }

    @Test("Of two operators who end a session at once, one is told that it was over already")
    func endedMeanwhile() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        site.store.follow { operation, call in operation == .commit && call == 1 ? .hang : .pass }
        let slow = Task { try await site.post("/admin/sessions/\(id)/end", "sure=yes").location }
        await site.store.untilHanging()
        let quick = try await site.post("/admin/sessions/\(id)/end", "sure=yes").location
        site.store.release()
        #expect(quick == "/admin/sessions/\(id)?notice=ended")
        #expect(try await slow.value == "/admin/sessions/\(id)?notice=over")
        #expect(site.events.take(.operatorActed(.endedSession)).count == 1)
    }

    @Test("Where the store's answer is lost, the page says that it isn't known, and the act is reported as failed")
    func answerLost() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        site.store.follow { operation, _ in operation == .commit ? .loseAnswer : .pass }
        let answer = try await site.post("/admin/sessions/\(id)/end", "sure=yes")
        #expect(answer.status == 503 && answer.text.contains("may be over or not"))
        // A form isn't sent again by itself.
        #expect(answer.fields[.init("Refresh")!] == nil)
        let events = site.events.take(.operatorActed(.endedSession))
        #expect(events.map(\.error?.code) == [.unavailable] && events.first?.actingOperator?.name == "olga")
        #expect(events.map(\.id) == [id] && events.map(\.principal?.name) == ["ada"])

        site.store.follow { operation, _ in operation == .watermark ? .fail : .pass }
        #expect(try await site.post("/admin/principal/end", "name=ada&sure=yes").status == 503)
        let all = site.events.take(.operatorActed(.endedAll))
        #expect(all.map(\.error?.code) == [.unavailable] && all.map(\.principal?.name) == ["ada"])
    }
}
