import HTTPTypes
import SessionsTesting
import Testing

@testable import Sessions
@testable import SessionsAdmin

@Suite("Operators' pages: what happened to a session", .timeLimit(.minutes(10)))
struct StoryTests {
    private func story(_ id: SessionID, in site: AdminSite, seen: Bool = true) async throws -> [String] {
        let session = try #require(try await site.manager.find(id))
        return SessionStory(of: session, seen ? site.activity : nil, at: site.clock.now).entries.map {
            $0.detail.isEmpty ? $0.text : "\($0.text): \($0.detail)"
        }
    }

    @Test("A record alone tells of its making, its sign-in, its last use and its end; this server adds what it saw")
    func parts() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        #expect(try await story(id, in: site, seen: false) == ["Created", "Signed in: by pwd"])
        #expect(try await story(id, in: site) == ["Created", "Signed in"])
        site.clock.advance(by: .minutes(1))
        try await site.manager.end(id)
        let end = "Ended: An operator ended it."
        #expect(try await story(id, in: site, seen: false) == ["Created", "Signed in: by pwd", end])
        #expect(try await story(id, in: site) == ["Created", "Signed in", end])
    }

    @Test("A renewal is told of once, by the record where this server has not seen it")
    func renewal() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        site.clock.advance(by: .minutes(1))
        let now = site.clock.now
        let loaded = try #require(try await site.store.load(id, at: now))
        var record = loaded
        record.previous = .init(digest: loaded.secretDigest, nonce: RenewalNonce(Block16(1, 2)))
        record.secretIssuedAt = now
        let session = SessionInfo(record)
        let alone = SessionStory(of: session, nil, at: now).entries.map(\.text)
        #expect(alone == ["Created", "Signed in", "Got its latest secret"])
        site.activity.observe(SessionEvent(.renewed, at: now, realm: .default, id: id), logger: nil)
        let seen = SessionStory(of: session, site.activity, at: now).entries.map(\.text)
        #expect(seen == ["Created", "Signed in", "Got its next secret"])
    }

    @Test("A renewal of another server is told of beside the one that this server saw seconds before or after")
    func otherRenewal() async throws {
        for (apart, isSame) in [(-2001, false), (-2000, true), (2000, true), (2001, false)] as [(Int64, Bool)] {
            let site = try AdminSite()
            let id = try await site.begin("ada")
            site.clock.advance(by: .minutes(1))
            let now = site.clock.now
            let loaded = try await site.store.load(id, at: now)
            var record = try #require(loaded)
            record.previous = .init(digest: record.secretDigest, nonce: RenewalNonce(Block16(1, 2)))
            record.secretIssuedAt = now
            site.activity.observe(
                SessionEvent(.renewed, at: now + .milliseconds(apart), realm: .default, id: id), logger: nil)
            let told = SessionStory(of: SessionInfo(record), site.activity, at: now).entries.map(\.text)
            #expect(told.contains("Got its next secret"))
            #expect(told.contains("Got its latest secret") == !isSame, "\(apart)")
        }
    }

    @Test("Of the events of a session that this server saw the latest hundred are told")
    func manyEvents() async throws {
        let site = try AdminSite()
        let id = try await site.begin()
        for _ in 0..<101 {
            site.clock.advance(by: .seconds(1))
            site.activity.observe(SessionEvent(.renewed, at: site.clock.now, realm: .default, id: id), logger: nil)
        }
        let told = try await story(id, in: site)
        #expect(told.first == "Created" && told.count { $0 == "Got its next secret" } == 100)
    }

    @Test("The last use of a live session is told of where it came after its making, and none of one that is over")
    func lastUse() async throws {
        let site = try AdminSite()
        let id = try await site.begin()
        let now = site.clock.now + .minutes(1)
        let loaded = try await site.store.load(id, at: now)
        var record = try #require(loaded)
        let unused = SessionStory(of: SessionInfo(record), nil, at: now).entries
        #expect(unused.map(\.text) == ["Created"])
        record.lastUsedAt = record.createdAt + .milliseconds(1)
        let used = SessionStory(of: SessionInfo(record), nil, at: now).entries
        #expect(used.map(\.text) == ["Created", "Last used"] && used.last?.at == record.lastUsedAt)
        record.end(SessionEnd(reason: .signedOut, at: now))
        let over = SessionStory(of: SessionInfo(record), nil, at: now).entries
        #expect(over.map(\.text) == ["Created", "Ended"])
    }

    @Test("A session that its timeout has ended is told of as over, though the store has not swept it")
    func expired() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        site.clock.advance(by: .minutes(33))
        #expect(
            try await story(id, in: site) == [
                "Created", "Signed in", "Ended: It was not used for its idle timeout of 30 min.",
            ])
        let page = try await site.get("/admin/sessions/\(id)").text
        #expect(page.contains("Ended 2 min ago") && !page.contains("End this session"))
    }

    /// An operator's act, as the pages report it.
    private func act(
        _ act: SessionEvent.OperatorAct, by name: String, at moment: Timestamp, on id: SessionID? = nil,
        error: SessionError? = nil, in site: AdminSite
    ) throws {
        site.activity.observe(
            SessionEvent(
                .operatorActed(act), at: moment, realm: .default, id: id, principal: try Principal("ada"), error: error,
                actingOperator: try Principal(name)), logger: nil)
    }

    @Test(
        "An end of all sessions is told of those that it has ended alone: not of one that was over, or that others ended"
    )
    func wrongOperator() async throws {
        let all = "Operator olga ended all sessions of the user"
        // Ended in code; an operator's end of all comes right away, late, and a moment too late.
        for (later, isTold) in [(Int64(0), true), (2000, true), (2001, false), (3_600_000, false)] {
            let site = try AdminSite()
            let id = try await site.begin("ada")
            try await site.manager.end(id)
            try act(.endedAll, by: "olga", at: site.clock.now + .milliseconds(later), in: site)
            #expect(try await story(id, in: site).contains(all) == isTold, "\(later)")
        }
        // One operator's end of this session, and another's end of all in the same millisecond.
        let site = try AdminSite()
        let id = try await site.begin("ada")
        _ = try await site.send(
            .post, "/admin/sessions/\(id)/end", "sure=yes", fields: [.secFetchSite: "same-origin"], as: "margaret")
        _ = try await site.post("/admin/principal/end", "name=ada&sure=yes")
        let told = ["Created", "Signed in", "Ended: An operator ended it.", "Operator margaret ended it"]
        #expect(try await story(id, in: site) == told)

        // One that another server has ended, and one that ended by another reason.
        let other = try SessionManager(store: site.store, clock: site.clock)
        site.clock.advance(by: .seconds(1))
        let elsewhere = try await site.begin("ada")
        try await other.end(elsewhere)
        let signedOut = try await site.begin("ada")
        try await site.manager.end(signedOut, reason: .signedOut)
        try act(.endedAll, by: "olga", at: site.clock.now, in: site)
        for id in [elsewhere, signedOut] { #expect(try await !story(id, in: site).contains(all)) }
    }

    @Test("Of several ends of all sessions the first one after the end is told, and one that failed as a try")
    func severalEnds() async throws {
        let site = try AdminSite()
        let id = try await site.begin("ada")
        // Before it, of sessions that were there then.
        try act(.endedAll, by: "grace", at: site.clock.now, in: site)
        site.clock.advance(by: .milliseconds(1))
        try await site.manager.end(id)
        try act(
            .endedAll, by: "olga", at: site.clock.now, error: SessionError(.unavailable, "gone"), in: site)
        try act(.endedAll, by: "margaret", at: site.clock.now + .seconds(1), in: site)
        #expect(
            try await story(id, in: site).suffix(2) == [
                "Ended: An operator ended it.", "Operator olga tried to end all sessions of the user",
            ])
        // Who tried to end this one and failed is no hindrance.
        let second = try await site.begin("ada")
        try act(
            .endedSession, by: "grace", at: site.clock.now, on: second, error: SessionError(.unavailable, "gone"),
            in: site)
        _ = try await site.post("/admin/principal/end", "name=ada&sure=yes")
        #expect(
            try await story(second, in: site).filter { $0.hasPrefix("Operator") } == [
                "Operator grace tried to end it", "Operator olga ended all sessions of the user",
            ])
    }

    @Test(
        "A sign-in is told once and after the creation, however long the password's check and the store have taken",
        arguments: [Duration.zero, .seconds(1), .seconds(30), .seconds(20 * 3600)])
    func slowSignIn(_ time: Duration) async throws {
        for isSeen in [true, false] {
            let site = try AdminSite()
            let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
            let handle = site.manager.begin(request, over: .init(peer: .local, isTLS: true))
            let session = try await handle.session()
            let checkedAt = site.clock.now
            site.clock.advance(by: time)
            try await session.signIn(try Principal("ada"), by: .password, authenticatedAt: checkedAt)
            let id = try #require(session.id)
            _ = await handle.finish(.response(.ok))
            let told = try await story(id, in: site, seen: isSeen)
            #expect(told == ["Created", isSeen ? "Signed in" : "Signed in: by pwd"], "\(isSeen)")
        }
    }

    @Test("A store that is slow to make a session has it told once, and a step-up by the same method is told once")
    func slowStore() async throws {
        let site = try AdminSite()
        site.store.follow { [clock = site.clock] operation, _ in
            if operation == .create { clock.advance(by: .seconds(10)) }
            return .pass
        }
        let request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = site.manager.begin(request, over: .init(peer: .local, isTLS: true))
        let session = try await handle.session()
        try await session.signIn(try Principal("ada"), by: .password)
        let id = try #require(session.id)
        _ = await handle.finish(.response(.ok))
        #expect(try await story(id, in: site) == ["Created", "Signed in"])
        let made = try #require(try await site.manager.find(id)?.createdAt)
        let moments = SessionStory(
            of: try #require(try await site.manager.find(id)), site.activity, at: site.clock.now
        ).entries.map(\.at)
        #expect(moments == [made, made + .seconds(10)])
    }

    @Test("What one server saw and what the record has of other servers' steps are told together, each once")
    func steps() throws {
        let (start, ada) = (Timestamp(milliseconds: 1_764_093_600_000), try Principal("ada"))
        let id = SessionID(Block16(7, 7))
        func told(_ seen: [(SessionEvent.Kind, Int)], _ steps: [(Authentication.Method, Int)]) throws -> [String] {
            let activity = SessionActivity()
            for (kind, minute) in seen {
                activity.observe(
                    SessionEvent(kind, at: start + .minutes(minute), realm: .default, id: id, principal: ada),
                    logger: nil)
            }
            let authentications = steps.map { Authentication($0, at: start + .minutes($1)) }
            let digest = SecretDigest(Block32(Block16(1, 2), Block16(3, 4)))
            let record = SessionRecord(
                id: id, secretDigest: digest, secretIssuedAt: start, familyDigest: digest, createdAt: start,
                lastUsedAt: start,
                lifetime: .init(
                    idleTimeout: nil, touchInterval: .minutes(1), absoluteDeadline: start + .minutes(90),
                    retention: .hours(1), isPersistent: false),
                principal: ada, authenticatedAt: authentications.last?.at, authentications: authentications)
            return SessionStory(of: SessionInfo(record), activity, at: start + .minutes(70)).entries.map {
                "\(($0.at - start).milliseconds / 60_000) \($0.text)"
            }.filter { !$0.hasSuffix("Created") && !$0.hasSuffix("Last used") }
        }
        #expect(try told([], [(.password, 1), (.oneTimePassword, 5)]) == ["1 Signed in", "5 Authenticated again"])
        #expect(
            try told([(.signedIn, 1)], [(.password, 1), (.oneTimePassword, 5)]) == [
                "1 Signed in", "5 Authenticated again",
            ])
        #expect(
            try told([(.steppedUp, 5)], [(.password, 1), (.oneTimePassword, 5)]) == [
                "1 Signed in", "5 Authenticated again",
            ])
        // The second sign-in has put the first one away, here or on another server.
        #expect(try told([(.signedIn, 1), (.signedIn, 5)], [(.password, 5)]) == ["1 Signed in", "5 Signed in"])
        #expect(try told([(.signedIn, 1)], [(.password, 5)]) == ["1 Signed in", "5 Authenticated again"])
        // A step-up by the method of the sign-in takes its place.
        #expect(
            try told([(.signedIn, 1), (.steppedUp, 5)], [(.password, 5)]) == ["1 Signed in", "5 Authenticated again"])
        // A step-up without a method is none of the record's.
        #expect(
            try told([(.steppedUp, 5)], [(.password, 1)]) == ["1 Signed in", "5 Authenticated again"])
    }

    @Test("The visitor's next request after an operator's end is told of once")
    func bounce() async throws {
        let site = try AdminSite()
        var jar = CookieJar()
        var request = HTTPRequest(method: .post, scheme: "https", authority: "shop.test", path: "/")
        let handle = site.manager.begin(request, over: .init(peer: .local, isTLS: true))
        let session = try await handle.session()
        try await session.signIn(try Principal("ada"))
        let id = try #require(session.id)
        var response = HTTPResponse(status: .ok)
        await handle.finish(.response(.ok)).apply(to: &response.headerFields)
        jar.receive(response, to: request)
        _ = try await site.post("/admin/sessions/\(id)/end", "sure=yes")
        for _ in 0..<3 {
            jar.addCookies(to: &request)
            let next = site.manager.begin(request, over: .init(peer: .local, isTLS: true))
            #expect(try await next.session().principal == nil)
            _ = await next.finish(.response(.ok))
        }
        #expect(
            try await story(id, in: site) == [
                "Created", "Signed in", "Ended: An operator ended it.", "Operator olga ended it",
                "A client came back after the end",
            ])
    }

    @Test("The activity remembers as many events as it is told to, the latest, and leaves other realms out")
    func bounded() throws {
        let activity = SessionActivity(maximumEvents: 3)
        #expect(!activity.observesOperations && activity.observesUses)
        let office = try Realm("office")
        func see(_ kind: SessionEvent.Kind, _ number: UInt64, in realm: Realm = .default) {
            activity.observe(
                SessionEvent(
                    kind, at: Timestamp(milliseconds: Int64(number)), realm: realm, id: SessionID(Block16(0, number))),
                logger: nil)
        }
        func numbers() -> [UInt64] { activity.latest(10).map { UInt64($0.at.milliseconds) } }
        #expect(numbers() == [])
        for number in 1...5 { see(.created, UInt64(number)) }
        #expect(numbers() == [5, 4, 3])
        see(.created, 6, in: office)
        see(.tokenRefused(.unknown), 7)
        see(.storeFailed, 8)
        #expect(numbers() == [5, 4, 3])
        see(.tokenRefused(.ended), 9)
        see(.tokenRefused(.ended), 9)
        #expect(numbers() == [9, 5, 4])
        for number in 10...12 { see(.created, UInt64(number)) }
        // What was forgotten may be said again.
        see(.tokenRefused(.ended), 9)
        #expect(numbers() == [9, 12, 11])
        #expect(activity.latest(1) { $0.kind == .created }.map(\.at.milliseconds) == [12])
    }

    @Test(
        "Sessions in use are counted once a minute, in few bytes however many there are, and other realms' not at all")
    func inUse() throws {
        let activity = SessionActivity()
        let start = Timestamp(milliseconds: 1_764_093_600_000)
        func use(_ number: UInt64, at moment: Timestamp, in realm: Realm = .default) {
            activity.observeUse(of: SessionID(Block16(7, number)), in: realm, at: moment)
        }
        func active(at moment: Timestamp) -> [Int] { activity.hour(at: moment).suffix(3).map(\.active) }
        #expect(active(at: start) == [0, 0, 0])
        for _ in 0..<3 { use(1, at: start) }
        use(2, at: start + .seconds(59))
        use(3, at: start, in: try Realm("office"))
        #expect(active(at: start) == [0, 0, 2])
        use(1, at: start + .seconds(60))
        // Late news of a minute that is over.
        use(9, at: start)
        #expect(active(at: start + .seconds(60)) == [0, 2, 1])
        #expect(active(at: start + .minutes(62)) == [0, 0, 0])

        var random = SplitMix64(seed: 7)
        for count in [1000, 50_000] {
            let minute = start + .minutes(count)
            for _ in 0..<count { use(random.next(), at: minute) }
            let found = try #require(activity.hour(at: minute).last?.active)
            #expect(abs(found - count) <= count / 50, "\(found) of \(count)")
        }
        // More than there are places for.
        let last = start + .minutes(100_000)
        for number in 0..<UInt64(1 << 16) { use(number, at: last) }
        // As one place were left: 65,536 times its logarithm.
        #expect(activity.hour(at: last).last?.active == 726_817)
    }

    @Test("A use is told of to those who ask for uses alone, once a request, and neither a peek nor a stranger is one")
    func uses() async throws {
        let site = try AdminSite()
        _ = try await site.begin("ada")
        func active() -> Int { site.activity.hour(at: site.clock.now).last?.active ?? 0 }
        #expect(active() == 1)
        var jar = CookieJar()
        let request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        func send(_ body: (SessionHandle) async throws -> Void) async throws {
            var request = request
            jar.addCookies(to: &request)
            let handle = site.manager.begin(request, over: .init(peer: .local, isTLS: true))
            try await body(handle)
            var response = HTTPResponse(status: .ok)
            await handle.finish(.response(.ok)).apply(to: &response.headerFields)
            jar.receive(response, to: request)
        }
        try await send { _ = try await $0.session() }
        #expect(active() == 1)
        try await send { try await $0.session().set(SessionKey<Int>("n"), to: 1) }
        #expect(active() == 2)
        site.clock.advance(by: .minutes(1))
        #expect(active() == 0)
        try await send { _ = try await $0.peek() }
        #expect(active() == 0)
        try await send { _ = try await $0.session() }
        #expect(active() == 1)
    }

    @Test("Each minute of the last hour is counted by itself, and what is older is gone")
    func minutes() throws {
        let activity = SessionActivity()
        let start = Timestamp(milliseconds: 1_764_093_600_000)
        func see(_ kind: SessionEvent.Kind, at moment: Timestamp, _ end: SessionEnd? = nil) {
            activity.observe(SessionEvent(kind, at: moment, realm: .default, end: end), logger: nil)
        }
        see(.created, at: start)
        see(.created, at: start + .milliseconds(59_999))
        see(.ended(.limit), at: start + .seconds(60), SessionEnd(reason: .limit, at: start))
        see(.signedIn, at: start)
        func counts(at moment: Timestamp) -> [[Int]] {
            activity.hour(at: moment).enumerated().compactMap { index, minute in
                minute.created + minute.ended == 0 ? nil : [index, minute.created, minute.ended]
            }
        }
        #expect(activity.hour(at: start).count == 60)
        #expect(counts(at: start + .seconds(60)) == [[58, 2, 0], [59, 0, 1]])
        #expect(counts(at: start + .minutes(59)) == [[0, 2, 0], [1, 0, 1]])
        #expect(counts(at: start + .minutes(60)) == [[0, 0, 1]])
        see(.created, at: start + .minutes(61))
        // Late news of a minute whose place is taken counts for nothing.
        see(.created, at: start + .minutes(1))
        #expect(counts(at: start + .minutes(61)) == [[59, 1, 0]])
    }
}
