import Foundation
import Sessions
import StoreSupport
import Testing

/// What commands print for people, whole.
@Suite("Command line: what is printed", .timeLimit(.minutes(10)))
struct OutputTests {
    /// Makes a session that has no idle timeout and lives for 30 days.
    @discardableResult
    private func session(
        of name: String? = nil, realm: Realm = .default, _ attributes: [String: String] = [:],
        age: Duration = .zero, unusedFor: Duration = .zero, isPersistent: Bool = false, in store: CLIStore
    ) async throws -> SessionRecord {
        let now = CLIStore.now
        var made = record(
            freshID(), realm: realm, principal: try name.map { try Principal($0) }, attributes: attributes,
            at: now - age)
        made.lastUsedAt = now - unusedFor
        made.lifetime = SessionLifetime(
            idleTimeout: nil, touchInterval: .minutes(1), absoluteDeadline: made.createdAt + .days(30),
            retention: .hours(1), isPersistent: isPersistent)
        #expect(try await store.store.create(made))
        return made
    }

    /// With `DATE` for every date.
    private func dateless(_ text: String) -> String {
        text.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} UTC/, with: "DATE")
    }

    @Test("Statistics count ages and uses up to their boundaries, users by realm, and sizes")
    func statistics() async throws {
        try await CLIStore.with(.sqlite) { store in
            try await session(of: "ada", ["cart": "[1]"], isPersistent: true, in: store)
            try await session(of: "ada", age: .seconds(3600), unusedFor: .seconds(200), in: store)
            let office = try Realm("office")
            try await session(
                of: "bob", realm: office, ["note": "12345"], age: .seconds(3000), unusedFor: .seconds(300), in: store)
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
            #expect(
                try await store.run("policy").output == """
                    SESSIONS             COUNT  IDLE    ABSOLUTE  TOUCH  KEPT AFTER  NIST 800-63B-4
                    visitors           default  20 min  8 h       1 min  1 h 5 s     AAL2
                    users              default  30 min  12 h      1 min  1 h 5 s     AAL2
                    users, remembered  default  14 d    30 d      1 min  1 h 5 s     AAL1
                    users, remembered        2  none    30 d      1 min  1 h         AAL1
                    visitors                 1  none    30 d      1 min  1 h         AAL1

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
                      created             DATE, 10 min ago
                      last used           DATE, 5 min ago
                      ends at the latest  DATE, in 30 d
                      authenticated       DATE, 10 min ago
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
                      ended          DATE, 2 min ago
                      because        The user signed out.
                      created        DATE, 10 min ago
                      last used      DATE, 5 min ago
                      authenticated  DATE, 10 min ago
                      generation     1
                      token          in a cookie, kept when the browser closes

                    """)
            #expect(
                dateless(try await store.run("explain", "\(try await ended())").output)
                    == "The session of ada ended 2 min ago (DATE). The user signed out.\n")
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
                      created             DATE, 2 min ago
                      last used           DATE, 2 min ago
                      ends                DATE, in 28 min, unless it is used
                      ends at the latest  DATE, in 8 h
                      generation          1
                      token               in a cookie
                      attributes          none

                    """)
            let other = try await store.session(age: .seconds(150))
            #expect(
                dateless(try await store.run("explain", "\(other.id)").output)
                    == "The visitor's session is live. Unless it is used, it ends in 28 min. It ends in 8 h at the latest "
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
                #expect(wrong.status == 64 && wrong.errors.contains("--limit is \(limit); it takes 1 to 1000"))
            }
            for limit in ["1", "1000"] { #expect(try await store.run("list", "--limit", limit).status == 0) }
            #expect(try await store.run("list", "-p", "ada", "--after", last).status == 64)
        }
    }

    @Test("Half an ID shows ten candidates, the newest, and how many more there are")
    func candidates() async throws {
        try await CLIStore.with(.sqlite) { store in
            func id(_ number: Int) throws -> SessionID {
                try #require(SessionID("abcdef" + String(repeating: "0", count: 24) + String(number + 10)))
            }
            for number in 1...10 { try await store.session(id(number), age: .seconds(100 * number)) }
            let ten = try await store.run("show", "abcd")
            for id in try (1...10).map(id) { #expect(ten.errors.contains("\(id)"), "\(ten)") }
            #expect(!ten.errors.contains(" more"), "\(ten)")
            try await store.session(id(11))
            let eleven = try await store.run("show", "ABCD")
            #expect(eleven.errors.hasSuffix("\nand 1 more\n"), "\(eleven)")
            let (newest, oldest) = (try id(11), try id(10))
            #expect(eleven.errors.contains("\(newest)") && !eleven.errors.contains("\(oldest)"), "\(eleven)")
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
                #expect(wrong.status == 64 && wrong.errors.contains("one of these alone"), "\(wrong)")
            }
            let wrong = try await store.run("end", "\(id)", "--except", "\(id)", "-y")
            #expect(wrong.status == 64 && wrong.errors.contains("--except needs --principal"), "\(wrong)")
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
