import Foundation
import Sessions
import StoreSupport
import Testing

/// What commands print for people, whole; of all commands, since they show the same few sessions.
@Suite("Command line: what is printed", .timeLimit(.minutes(10)))
struct OutputTests {
    /// Makes a session that has no idle timeout and lives for 30 days, unless for others.
    @discardableResult
    private func session(
        id: SessionID = freshID(), of name: String? = nil, realm: Realm = .default,
        _ attributes: [String: String] = [:], age: Duration = .zero, unusedFor: Duration = .zero,
        isPersistent: Bool = false, days: Int = 30, retention: Duration = .hours(1), in store: CLIStore
    ) async throws -> SessionRecord {
        let now = CLIStore.now
        var made = record(
            id, realm: realm, principal: try name.map { try Principal($0) }, attributes: attributes,
            at: now - age)
        made.lastUsedAt = now - unusedFor
        made.lifetime = SessionLifetime(
            idleTimeout: nil, touchInterval: .minutes(1), absoluteDeadline: made.createdAt + .days(days),
            retention: retention, isPersistent: isPersistent)
        #expect(try await store.store.create(made))
        return made
    }

    @Test("Statistics count ages and uses up to their boundaries, users by realm, and sizes")
    func statistics() async throws {
        try await CLIStore.with(.sqlite) { store in
            try await session(of: "ada", ["cart": "[1]"], isPersistent: true, in: store)
            try await session(of: "ada", age: .seconds(3600), unusedFor: .seconds(200), in: store)
            let office = try Realm("office")
            try await session(
                of: "ada", realm: office, ["note": "12345"], age: .seconds(3000), unusedFor: .seconds(300), in: store)
            try await session(age: .seconds(86_400), unusedFor: .seconds(3600), in: store)
            try await session(age: .seconds(80_000), unusedFor: .seconds(3000), in: store)
            #expect(
                try await store.run("stats").output == """
                    live           5 sessions
                    signed in      3, of 2 users
                    visitors       2
                    remembered     1
                    created        2 in the last hour, 4 in the last day
                    used           2 in the last 5 min, 4 in the last hour
                    attributes     16 B; 3 B a session, 9 B the largest
                    realm default  4 sessions
                    realm office   1 session

                    """)
            #expect(
                try await store.run("stats", "--realm", "office").output == """
                    live          1 session
                    signed in     1, of 1 user
                    visitors      0
                    created       1 in the last hour, 1 in the last day
                    used          0 in the last 5 min, 1 in the last hour
                    attributes    9 B; 9 B a session, 9 B the largest
                    realm office  1 session

                    """)
            #expect(try await store.run("keys", "--realm", "office").output.hasSuffix("\n\nIn 1 live session.\n"))
        }
        try await CLIStore.with(.sqlite) { store in
            try await session(in: store)
            #expect(
                try await store.run("stats").output == """
                    live        1 session
                    signed in   0
                    visitors    1
                    created     1 in the last hour, 1 in the last day
                    used        1 in the last 5 min, 1 in the last hour
                    attributes  0 B; 0 B a session, 0 B the largest

                    """)
            #expect(try await store.run("keys").output == "No attribute is in use, in 1 live session.\n")
        }
    }

    @Test("Policies are those of the live sessions, beside the defaults, with what they meet")
    func policies() async throws {
        try await CLIStore.with(.sqlite) { store in
            for _ in 1...2 { try await session(of: "ada", isPersistent: true, in: store) }
            try await session(age: .seconds(40), in: store)
            try await session(days: 31, in: store)
            try await session(of: "bob", in: store)
            #expect(
                try await store.run("policy").output == """
                    SESSIONS             COUNT  IDLE    ABSOLUTE  TOUCH  KEPT AFTER  NIST 800-63B-4
                    visitors           default  20 min  8 h       1 min  1 h 5 s     AAL2
                    users              default  30 min  12 h      1 min  1 h 5 s     AAL2
                    users, remembered  default  14 d    30 d      1 min  1 h 5 s     AAL1
                    users, remembered        2  none    30 d      1 min  1 h         AAL1
                    visitors                 1  none    31 d      1 min  1 h         no level
                    visitors                 1  none    30 d      1 min  1 h         AAL1
                    users                    1  none    30 d      1 min  1 h         AAL1

                    A session may stay unused for its idle timeout and a touch interval; a level counts both together.
                    NIST: the highest level whose timeouts these keep. A level asks for authenticators too.
                    ASVS 5.0: 7.3.1 asks for an idle timeout and 7.3.2 for an absolute one, as long as your risk analysis \
                    says (7.1.1).

                    Defaults of what a store doesn't hold:
                      renewal             every 15 min
                      overlap             the old secret works 2 min more
                      sessions of a user  at most 100
                      size                16.0 KiB an attribute, 64.0 KiB and 64 attributes a session
                      cookies             __Host-Http-visitor and __Host-Http-id: Secure, HttpOnly, SameSite=Lax, Path=/

                    """)
            #expect(
                try await store.run("policy", "--json").json()["defaults"] as? [String: String] == [
                    "renewal": "every 15 min", "overlap": "the old secret works 2 min more",
                    "sessions of a user": "at most 100",
                    "size": "16.0 KiB an attribute, 64.0 KiB and 64 attributes a session",
                    "cookies": "__Host-Http-visitor and __Host-Http-id: Secure, HttpOnly, SameSite=Lax, Path=/",
                ])
        }
    }

    @Test("A session is shown with all that is known of it, live and ended")
    func shown() async throws {
        try await CLIStore.with(.sqlite) { store in
            // A fresh one for each command, so that its age is told before another half minute has passed.
            func live() async throws -> SessionID {
                try await session(
                    of: "ada", ["cart": "[1]", "note": "1"], age: .seconds(630), unusedFor: .seconds(330),
                    isPersistent: true, in: store
                ).id
            }
            func ended() async throws -> SessionID {
                let id = try await live()
                _ = try await store.store.commit(
                    ending(at: CLIStore.now - .seconds(150)), to: id, at: CLIStore.now)
                return id
            }
            let shown = try await live()
            #expect(
                dateless(try await store.run("show", "\(shown)").output) == """
                    Session \(shown)
                      user                ada
                      realm               default
                      state               live
                      created             DATE, N min ago
                      last used           DATE, N min ago
                      ends at the latest  DATE, in 30 d
                      authenticated       DATE, N min ago
                      generation          1
                      token               in a cookie, kept when the browser closes
                      attributes          2, 12 B in all
                        cart              3 B
                        note              1 B

                    """)
            #expect(
                dateless(try await store.run("explain", "\(try await live())").output)
                    == "The session of ada is live. It ends in 30 d at the latest (DATE).\n")
            let over = try await ended()
            #expect(
                dateless(try await store.run("show", "\(over)").output) == """
                    Session \(over)
                      user           ada
                      realm          default
                      state          ended
                      ended          DATE, N min ago
                      because        The user signed out.
                      created        DATE, N min ago
                      last used      DATE, N min ago
                      authenticated  DATE, N min ago
                      generation     1
                      token          in a cookie, kept when the browser closes

                    """)
            #expect(
                dateless(try await store.run("explain", "\(try await ended())").output)
                    == "The session of ada ended N min ago (DATE). The user signed out.\n")
        }
    }

    @Test(
        "A session as JSON has each of its times, and the way in which its token travels",
        arguments: [
            (SessionRecord.Carrier.cookie, "cookie", "a cookie"), (.header, "header", "a header field"),
            (.url, "url", "a URL"),
        ])
    func sessionAsJSON(_ carrier: SessionRecord.Carrier, _ name: String, _ place: String) async throws {
        try await CLIStore.with(.sqlite) { store in
            let now = CLIStore.now
            let made = SessionRecord(
                id: freshID(), realm: try Realm("office"), secretDigest: digest(1), secretIssuedAt: now - .seconds(500),
                familyDigest: digest(2), createdAt: now - .seconds(600), lastUsedAt: now - .seconds(300),
                lifetime: SessionLifetime(
                    idleTimeout: .minutes(30), touchInterval: .minutes(1), absoluteDeadline: now + .hours(8),
                    retention: .hours(1), isPersistent: true),
                generation: 3, principal: try Principal("ada"), authenticatedAt: now - .seconds(390),
                authentications: [
                    .init(.password, at: now - .seconds(450)), .init(.oneTimePassword, at: now - .seconds(390)),
                ],
                carrier: carrier,
                attributes: SessionAttributes([.init(name: "cart", json: "[1]", revision: 1)]))
            #expect(try await store.store.create(made))
            let shown = try await store.run("show", "\(made.id)", "--json").output
            #expect(
                shown == """
                    {
                      "absoluteDeadline" : "\(now + .hours(8))",
                      "attributes" : [
                        {
                          "bytes" : 3,
                          "name" : "cart"
                        }
                      ],
                      "authenticatedAt" : "\(now - .seconds(390))",
                      "authentications" : [
                        {
                          "at" : "\(now - .seconds(450))",
                          "method" : "pwd"
                        },
                        {
                          "at" : "\(now - .seconds(390))",
                          "method" : "otp"
                        }
                      ],
                      "carrier" : "\(name)",
                      "createdAt" : "\(now - .seconds(600))",
                      "generation" : 3,
                      "id" : "\(made.id)",
                      "idleDeadline" : "\(now + .seconds(1560))",
                      "isPersistent" : true,
                      "lastUsedAt" : "\(now - .seconds(300))",
                      "principal" : "ada",
                      "realm" : "office"
                    }

                    """)
            func compact(_ text: String) -> String { text.filter { !$0.isWhitespace } }
            #expect(
                compact(try await store.run("list", "--json").output) == "{\"sessions\":[\(compact(shown))]}")
            let text = dateless(try await store.run("show", "\(made.id)").output)
            #expect(text.contains("\n  realm               office\n"), "\(text)")
            #expect(
                text.contains(
                    """

                      authenticated       DATE, N min ago
                        by pwd            DATE, N min ago
                        by otp            DATE, N min ago
                      generation          3
                      token               in \(place), kept when the browser closes

                    """), "\(text)")
        }
    }

    @Test("Why and when a session ended, or will, is explained as JSON too")
    func explainedAsJSON() async throws {
        try await CLIStore.with(.sqlite) { store in
            let end = CLIStore.now - .seconds(150)
            let id = try await session(of: "ada", age: .seconds(630), in: store).id
            let live = try await store.run("explain", "\(id)", "--json").json()
            #expect(live["id"] as? String == "\(id)" && live["principal"] as? String == "ada")
            #expect(live["isLive"] as? Bool == true && live["end"] == nil)
            #expect(
                dateless(live["explanation"] as? String ?? "")
                    == "The session of ada is live. It ends in 30 d at the latest (DATE).")
            _ = try await store.store.commit(ending(at: end), to: id, at: CLIStore.now)
            let over = try await store.run("explain", "\(id)", "--json").json()
            #expect(over["isLive"] as? Bool == false)
            #expect(over["end"] as? [String: String] == ["reason": "signed-out", "at": "\(end)"])
            #expect(
                dateless(over["explanation"] as? String ?? "")
                    == "The session of ada ended N min ago (DATE). The user signed out.")
        }
    }

    @Test("Attributes are listed by their size in all, those of one size by their names, and as JSON by their names")
    func keys() async throws {
        try await CLIStore.with(.sqlite) { store in
            try await session(of: "ada", ["b": "12345", "a": "1234", "c": "1"], in: store)
            try await session(["a": "1"], in: store)
            #expect(
                try await store.run("keys").output == """
                    NAME  SESSIONS  TOTAL  AVERAGE  LARGEST
                    a            2    5 B      2 B      4 B
                    b            1    5 B      5 B      5 B
                    c            1    1 B      1 B      1 B

                    In 2 live sessions.

                    """)
            #expect(
                try await store.run("keys", "--json").output.filter { !" \n".contains($0) } == """
                    {"keys":[{"bytes":5,"largest":4,"name":"a","sessions":2},{"bytes":5,"largest":5,"name":"b",\
                    "sessions":1},{"bytes":1,"largest":1,"name":"c","sessions":1}],"sessions":2}
                    """)
        }
    }

    @Test("Two Unicode spellings of one name are two attributes, as they are in a session")
    func spellings() async throws {
        try await CLIStore.with(.sqlite) { store in
            try await session(["\u{e9}": "1"], in: store)
            try await session(["e\u{301}": "12"], in: store)
            let keys = try await store.run("keys", "--json").json()["keys"] as? [[String: Any]]
            #expect(keys?.compactMap { $0["sessions"] as? Int } == [1, 1])
            #expect(keys?.compactMap { $0["bytes"] as? Int } == [2, 1])
        }
    }

    @Test("A list has a line for each session, with its realm where there are several, and says which have ended")
    func tables() async throws {
        try await CLIStore.with(.sqlite) { store in
            let (now, office) = (CLIStore.now, try Realm("office"))
            // Hours are told to the nearest, so a test may take half of one.
            let live = try await session(of: "ada", age: .hours(10), unusedFor: .hours(5), in: store).id
            let over = try await session(
                of: "ada", age: .hours(15), unusedFor: .hours(5), retention: .days(1), in: store
            ).id
            _ = try await store.store.commit(ending(at: now - .hours(3)), to: over, at: now)
            // What isn't explained any more waits for a sweep, and isn't listed.
            let forgotten = try await session(of: "ada", age: .hours(15), unusedFor: .hours(5), in: store).id
            _ = try await store.store.commit(ending(at: now - .hours(3)), to: forgotten, at: now)
            let visitor = try await session(realm: office, age: .hours(3), unusedFor: .hours(3), in: store).id
            #expect(
                try await store.run("list").output == """
                    ID                                USER       REALM    CREATED   LAST USED  ENDS
                    \(visitor)  (visitor)  office   3 h ago   3 h ago    in 30 d
                    \(live)  ada        default  10 h ago  5 h ago    in 30 d

                    """)
            #expect(
                try await store.run("list", "-p", "ada", "--ended").output == """
                    ID                                USER  CREATED   LAST USED  ENDS
                    \(live)  ada   10 h ago  5 h ago    in 30 d
                    \(over)  ada   15 h ago  5 h ago    ended 3 h ago

                    """)
            #expect(
                try await store.run("list", "-p", "bob", "--ended").output
                    == "bob has no session that is live or ended lately.\n")
        }
    }

    @Test("A visitor's session is shown as such, with its idle timeout")
    func shownOfAVisitor() async throws {
        try await CLIStore.with(.sqlite) { store in
            let visitor = try await store.session(age: .seconds(150))
            #expect(
                dateless(try await store.run("show", "\(visitor.id)").output) == """
                    Session \(visitor.id)
                      user                (visitor)
                      realm               default
                      state               live
                      created             DATE, N min ago
                      last used           DATE, N min ago
                      ends                DATE, in N min, unless it is used
                      ends at the latest  DATE, in 8 h
                      generation          1
                      token               in a cookie
                      attributes          none

                    """)
            let other = try await store.session(age: .seconds(150))
            #expect(
                dateless(try await store.run("explain", "\(other.id)").output)
                    == "The visitor's session is live. Unless it is used, it ends in N min. It ends in 8 h at the latest "
                    + "(DATE).\n"
            )
        }
    }

    @Test("Where a session ends at the latest before its idle timeout, nothing is promised for longer")
    func explainedBeforeItsIdleTimeout() async throws {
        try await CLIStore.with(.sqlite) { store in
            var made = record(freshID(), at: CLIStore.now)
            made.lifetime.idleTimeout = .days(40)
            made.lifetime.absoluteDeadline = made.createdAt + .days(30)
            let isMade = try await store.store.create(made)
            let explained = try await store.run("explain", "\(made.id)").output
            #expect(isMade)
            #expect(
                dateless(explained)
                    == "The visitor's session is live. Unless it is used, it ends in 30 d. It ends in 30 d at the latest "
                    + "(DATE).\n"
            )
        }
    }

    @Test("A list says how to go on, and the newest sessions come first")
    func lists() async throws {
        try await CLIStore.with(.sqlite) { store in
            #expect(
                try await store.run("list", "--realm", "office").output
                    == "There is no live session in the realm office.\n")
            #expect(
                try await store.run("list", "-p", "ada", "--realm", "office").output
                    == "ada has no live session in the realm office.\n")
            var made: [SessionRecord] = []
            for age in [300, 100, 200] { made.append(try await session(of: "ada", age: .seconds(age), in: store)) }
            let all = try await store.run("list", "--limit", "3").output
            let newest = [made[1], made[2], made[0]].map { "\($0.id)" }
            #expect(all.split(separator: "\n").dropFirst().prefix(3).map { String($0.prefix(32)) } == newest)
            let page = try await store.run("list", "--limit", "2")
            let last = try #require(made.map { "\($0.id)" }.sorted().dropFirst().first)
            #expect(page.output.hasSuffix("\n\nThere may be more: add --after '\(last)'\n"), "\(page)")
            for limit in ["0", "1001"] {
                let wrong = try await store.run("list", "--limit", limit)
                #expect(wrong.status == 64 && wrong.output == "", "\(wrong)")
                #expect(wrong.errors.hasPrefix("Error: --limit is \(limit); it takes 1 to 1000\n"), "\(wrong)")
                #expect(wrong.errors.contains("\nUsage: sessions list "), "\(wrong)")
                #expect(
                    try await store.run("list", "--limit", limit, "--json").errors == """
                        {
                          "error" : {
                            "code" : "usage",
                            "message" : "--limit is \(limit); it takes 1 to 1000"
                          }
                        }

                        """)
            }
            for limit in ["1", "1000"] { #expect(try await store.run("list", "--limit", limit).status == 0) }
            let after = try await store.run("list", "-p", "ada", "--after", last)
            #expect(after.status == 64, "\(after)")
            #expect(
                after.errors.hasPrefix(
                    "Error: --after goes on with a store's pages; a user's sessions are all on one\n"), "\(after)")
            let ended = try await store.run("list", "--ended")
            #expect(ended.status == 64, "\(ended)")
            #expect(
                ended.errors.hasPrefix(
                    "Error: --ended takes --principal: a store lists only its live sessions\n"), "\(ended)")
        }
    }

    @Test("A page has 25 sessions where --limit says nothing else")
    func pageSize() async throws {
        try await CLIStore.with(.sqlite) { store in
            for _ in 1...25 { try await session(in: store) }
            let all = try await store.run("list", "--json").json()
            #expect((all["sessions"] as? [Any])?.count == 25)
            try await session(in: store)
            let page = try await store.run("list", "--json").json()
            #expect((page["sessions"] as? [Any])?.count == 25 && page["next"] is String)
        }
    }

    @Test("Half an ID shows ten candidates, the newest, and how many more there are")
    func candidates() async throws {
        try await CLIStore.with(.sqlite) { store in
            func id(_ number: Int) throws -> SessionID {
                try #require(SessionID("abcdef" + String(repeating: "0", count: 24) + String(number + 10)))
            }
            func line(_ number: Int) throws -> String {
                let age = "\(number + 1) h ago"
                func padded(_ length: Int) -> String { age.padding(toLength: length, withPad: " ", startingAt: 0) }
                return try "\(id(number))  (visitor)  \(padded(8))  \(padded(9))  in 30 d\n"
            }
            let beginning =
                "Error: abcd is no whole ID; it could be one of these:\n"
                + "ID                                USER       CREATED   LAST USED  ENDS\n"
            // Hours are told to the nearest, so a test may take half of one.
            func make(_ number: Int) async throws {
                let age = Duration.hours(number + 1)
                // Days too: thirty of them within an hour at least.
                let days = number == 11 ? 31 : 30
                try await session(id: id(number), age: age, unusedFor: age, days: days, in: store)
            }
            for number in 2...11 { try await make(number) }
            let ten = try await store.run("show", "abcd")
            #expect(ten.status == 1 && ten.output == "", "\(ten)")
            #expect(try ten.errors == beginning + (2...11).map(line).joined(), "\(ten)")
            try await make(1)
            let eleven = try await store.run("show", "ABCD")
            #expect(try eleven.errors == beginning + (1...10).map(line).joined() + "and 1 more\n", "\(eleven)")
            let elsewhere = try await store.run("show", "abcd", "--realm", "office")
            #expect(elsewhere.errors == "Error: abcd is no whole ID, and no live session has one that begins so\n")
        }
    }

    @Test("What to end is said in one way")
    func oneWay() async throws {
        try await CLIStore.with(.sqlite) { store in
            let id = try await store.session(of: "ada").id
            for what in [[], ["\(id)", "--all"], ["-p", "ada", "--all"], ["\(id)", "-p", "ada"]] {
                let wrong = try await SessionsProcess(["end", "--store", store.url, "-y"] + what)
                #expect(wrong.status == 64 && wrong.output == "", "\(wrong)")
                #expect(
                    wrong.errors.hasPrefix(
                        "Error: say what to end: IDs, --principal NAME or --all, and one of these alone\n"), "\(wrong)")
            }
            let wrong = try await store.run("end", "\(id)", "--except", "\(id)", "-y")
            #expect(wrong.status == 64 && wrong.errors.hasPrefix("Error: --except needs --principal\n"), "\(wrong)")
            let twice = try await store.run("end", "\(id)", "\(id)", "-y")
            #expect(twice.status == 0 && twice.output == "Ended 1 session.\n", "\(twice)")
        }
    }

    @Test("A sweep takes every batch, and JSON tells what it did")
    func batches() async throws {
        try await CLIStore.with(.sqlite) { store in
            let now = CLIStore.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<501 {
                    group.addTask {
                        _ = try await store.store.create(record(freshID(), at: now - .minutes(33)))
                    }
                }
                try await group.waitForAll()
            }
            let swept = try await store.run("sweep", "--json").json()
            #expect(swept["expired"] as? Int == 501 && swept["examined"] as? Int == 501, "\(swept)")
            #expect(swept["unreadable"] as? [String] == [])
        }
    }
}
