import SessionsTesting
import StoreSupport
import Testing

@testable import Sessions
@testable import SessionsAdmin

@Suite("The operators' pages: limits and parts", .timeLimit(.minutes(10)))
struct LimitTests {
    @Test("A form of 16 KiB is read, and one of a byte more is refused and ends nothing")
    func forms() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        let start = "name=ada&sure=yes&rest="
        for (bytes, status) in [(16_385, 400), (16_384, 303)] {
            let body = start + String(repeating: "x", count: bytes - start.utf8.count)
            #expect(try await site.post("/admin/principal/end", body).status == status)
            #expect(try await site.isLive(id) == (status == 400))
        }
    }

    @Test("A fact has a remark where there is one, and nothing stands between the parts of a page")
    func parts() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        for isOver in [false, true] {
            if isOver { try await site.manager.end(id) }
            let page = try await site.get("/admin/sessions/\(id)").text
            #expect(page.contains("<small>just now</small>") && !page.contains("<small></small>"))
            #expect(page.firstMatch(of: /[^>\s]<h1>/) == nil)
            #expect((page.firstMatch(of: /<\/dl>\s*<\/div>/) != nil) == isOver, "an ended session shows no attributes")
        }
    }

    @Test(
        "A session's page tells when it ends unless it is used and when at the latest, and a table what comes first",
        arguments: [(30, 480, 31), (nil, 480, 480), (30, 10, 10)] as [(Int?, Int, Int)])
    func deadlines(_ idle: Int?, _ absolute: Int, _ first: Int) throws {
        let now = Timestamp(milliseconds: 1_764_093_600_000)
        let digest = SecretDigest(Block32(Block16(1, 2), Block16(3, 4)))
        let session = SessionInfo(
            SessionRecord(
                id: SessionID(Block16(7, 7)), secretDigest: digest, secretIssuedAt: now, familyDigest: digest,
                createdAt: now, lastUsedAt: now,
                lifetime: .init(
                    idleTimeout: idle.map { Duration.minutes($0) }, touchInterval: .minutes(1),
                    absoluteDeadline: now + .minutes(absolute), retention: .hours(1), isPersistent: false)))
        let views = Views(path: try AdminPath("/admin"), activity: nil, showsValue: { _ in false }, now: now)
        let facts = views.session(session).text.matches(
            of: /<dt>(Ends[^<]*)<\/dt><dd><time datetime="([^"]*)">[^<]*<\/time><small>in [0-9]+ (?:min|h)([^<]*)</
        ).map { "\($0.1) \($0.2)\($0.3)" }
        let unlessUsed = idle.map { ["Ends \(now + .minutes($0 + 1)), unless it is used"] } ?? []
        #expect(facts == unlessUsed + ["Ends at the latest \(now + .minutes(absolute))"])
        let times = views.table(of: [session]).text.matches(of: /<time datetime="([^"]*)"/).map { String($0.1) }
        // When it was created, last used, and when it ends.
        #expect(times == ["\(now)", "\(now)", "\(now + .minutes(first))"])
    }

    @Test(
        "A session's page tells how its token travels, whether it is kept, and how its user was authenticated",
        arguments: [(.cookie, "in a cookie"), (.header, "in a header field"), (.url, "in a URL")]
            as [(SessionRecord.Carrier, String)])
    func facts(_ carrier: SessionRecord.Carrier, _ place: String) throws {
        let now = Timestamp(milliseconds: 1_764_093_600_000)
        for (isPersistent, remark) in [(false, ""), (true, "<small>kept when the browser closes</small>")] {
            let session = SessionInfo(
                SessionRecord(
                    id: SessionID(Block16(7, 7)), secretDigest: digest(1), secretIssuedAt: now,
                    familyDigest: digest(2), createdAt: now, lastUsedAt: now,
                    lifetime: .init(
                        idleTimeout: nil, touchInterval: .minutes(1), absoluteDeadline: now + .hours(8),
                        retention: .hours(1), isPersistent: isPersistent),
                    generation: 3, principal: try Principal("ada"), authenticatedAt: now,
                    authentications: [.init(.password, at: now)], carrier: carrier))
            let views = Views(path: try AdminPath("/admin"), activity: nil, showsValue: { _ in false }, now: now)
            let page = views.session(session).text
            #expect(page.contains("<dt>Token</dt><dd>\(place)\(remark)</dd>"))
            #expect(page.contains("<small>by pwd, <time datetime=\"\(now)\""))
            #expect(page.contains("<dt>Generation</dt><dd>3<small>"))
        }
    }

    /// Makes sessions whose IDs begin with these 16 digits, and go on with their number.
    private func make(_ count: UInt64, _ digits: UInt64, in site: AdminSite) async throws {
        for number in 0..<count {
            #expect(try await site.store.create(record(SessionID(Block16(digits, number)), at: site.clock.now)))
        }
    }

    @Test("For half an ID ten thousand sessions are looked at, and the page says so where there are more")
    func looks() async throws {
        let site = try AdminSite()
        try await make(9_000, 0xffff_0000_0000_0000, in: site)
        let all = try await site.get("/admin/sessions?q=abcd")
        #expect(all.status == 404 && all.text.contains("no live session has one that begins so"))
        #expect(!all.text.contains("were looked at"))
        try await make(2_500, 0xeeee_0000_0000_0000, in: site)
        let some = try await site.get("/admin/sessions?q=abcd")
        #expect(some.text.contains("; 10,000 sessions were looked at, and there are more"))
    }

    @Test("Of the sessions that half an ID could mean twenty are shown", arguments: [(19, 19), (20, 20), (21, 20)])
    func candidates(_ count: UInt64, _ shown: Int) async throws {
        let site = try AdminSite()
        try await make(count, 0xabcd_0000_0000_0000, in: site)
        let page = try await site.get("/admin/sessions?q=abcd")
        #expect(page.status == 404 && page.text.contains("it could be one of these"))
        let ids = Set(page.text.matches(of: /abcd[0-9a-f]{28}/).map { String($0.output) })
        #expect(ids.count == shown)
    }
}
