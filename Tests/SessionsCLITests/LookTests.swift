import Foundation
import RedisServers
import Sessions
import StoreSupport
import Testing

@Suite("Command line: looking", .timeLimit(.minutes(10)))
struct LookTests {
    @Test(
        "A list has a user's sessions or all, the newest first, as a table and as JSON",
        arguments: CLIStore.Kind.allCases)
    func lists(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let old = try await store.session(of: "ada", ["cart": "[1]"], age: .seconds(121)).id
            let new = try await store.session(of: "ada").id
            let office = try await store.session(of: "ada", in: Realm("office")).id
            let visitor = try await store.session().id
            let ended = try await store.session(of: "ada").id
            try await store.end(ended, .signedOut)

            let ada = try await store.run("list", "--principal", "ada")
            #expect(ada.status == 0 && ada.errors == "")
            let lines = ada.output.split(separator: "\n")
            #expect(lines.first == "ID                                USER  CREATED    LAST USED  ENDS")
            #expect(lines.dropFirst().map { $0.prefix(38) } == ["\(new)  ada ", "\(old)  ada "])
            #expect(lines.last?.contains(" min ago  ") == true, "\(ada.output)")
            let here = try await store.run("list", "--realm", "office", "--json").json()["sessions"] as? [[String: Any]]
            #expect(here?.compactMap { $0["id"] as? String } == ["\(office)"])
            let all = try await store.run("list", "--json").json()["sessions"] as? [[String: Any]]
            #expect(
                Set(all?.compactMap { $0["id"] as? String } ?? []) == Set([old, new, office, visitor].map { "\($0)" }))
            let first = try #require(all?.first { $0["id"] as? String == "\(old)" })
            #expect(first["principal"] as? String == "ada" && first["realm"] as? String == "default")
            #expect((first["attributes"] as? [[String: Any]])?.first?["bytes"] as? Int == 3)
            #expect(try await store.run("list", "-p", "bob").output == "bob has no live session.\n")
        }
    }

    @Test("Pages follow each other until every session was listed", arguments: CLIStore.Kind.allCases)
    func pages(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            var made: Set<String> = []
            for _ in 0..<7 { made.insert("\(try await store.session().id)") }
            var listed: [String] = []
            var cursor: String?
            repeat {
                let after = cursor.map { ["--after", $0] } ?? []
                let run = try await SessionsProcess(["list", "--store", store.url, "--json", "--limit", "3"] + after)
                let page = try #require(try run.json()["sessions"] as? [[String: Any]])
                #expect(page.count <= 3)
                listed += page.compactMap { $0["id"] as? String }
                cursor = try run.json()["next"] as? String
            } while cursor != nil && listed.count < 100
            #expect(Set(listed) == made)
            let wrong = try await store.run("list", "--after", "nonsense")
            #expect(wrong.status == 64 && wrong.errors.contains("cursor"), "\(wrong)")
        }
    }

    @Test("A session is shown with its times and its attributes by name and size", arguments: CLIStore.Kind.allCases)
    func shows(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let id = try await store.session(of: "ada", ["cart": "[1,2]", "note": "\"private\""]).id
            let shown = try await store.run("show", "\(id)").output
            for line in ["  user                ada\n", "  state               live\n", "    cart              5 B\n"] {
                #expect(shown.contains(line), "\(shown)")
            }
            #expect(!shown.contains("private"))
            let live = try await store.run("explain", "\(id)").output
            #expect(live.hasPrefix("The session of ada is live. Unless it is used, it ends in "), "\(live)")
            #expect(live.contains(" min. It ends in ") && live.hasSuffix(" UTC).\n"), "\(live)")
            try await store.end(id, .suspectedTheft)
            let ended = try await store.run("show", "\(id)", "--json").json()
            #expect((ended["end"] as? [String: Any])?["reason"] as? String == "suspected-theft")
        }
    }

    @Test(
        "Why a session ended is said for each reason",
        arguments: [
            (SessionEnd.Reason.signedOut, "The user signed out."),
            (.endedByUser, "The user ended it from another session."), (.endedByOperator, "An operator ended it."),
            (.limit, "The user had more sessions than the limit allows, and this one had to go."),
            (.suspectedTheft, "An old secret came back after its overlap, so two clients held its token."),
            (.init(rawValue: "moved\u{9b}2J"), "The application ended it: \"moved\\u{9b}2J\"."),
        ])
    func explains(_ reason: SessionEnd.Reason, _ sentence: String) async throws {
        try await CLIStore.with(.sqlite) { store in
            let id = try await store.session(of: "ada").id
            try await store.end(id, reason)
            let explained = try await store.run("explain", "\(id)")
            #expect(explained.status == 0)
            #expect(explained.output.hasPrefix("The session of ada ended "))
            #expect(explained.output.hasSuffix(" UTC). \(sentence)\n"), "\(explained.output)")
        }
    }

    @Test(
        "A session that a timeout has ended is explained before any sweep and after it",
        arguments: CLIStore.Kind.allCases)
    func expired(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let began = ContinuousClock.now
            // One that expired just now may still be wanted by a request on its way, so no sweep of the next minute takes it.
            let recent = try await store.session(of: "grace", age: .seconds(31 * 60)).id
            let idle = try await store.session(of: "ada", age: .seconds(33 * 60)).id
            for _ in 1...2 {
                #expect(
                    try await store.run("explain", "\(idle)").output.hasSuffix(
                        "It was not used for its idle timeout of 30 min.\n"))
                _ = try await store.run("sweep")
            }
            #expect(try await store.load(idle)?.end?.reason == .expired)
            let (kept, swept) = (try await store.load(recent), try await store.run("sweep"))
            if ContinuousClock.now < began + .seconds(59) {
                #expect(kept?.end == nil && swept.output == "Nothing was due.\n")
            }
        }
    }

    @Test("A sweep names what it can't read, has it set aside, and says what it did with the rest")
    func unreadable() async throws {
        try await CLIStore.with(.redis) { store in
            let damaged = try await store.session(of: "ada", age: .seconds(33 * 60)).id
            let prefix = String(store.url.split(separator: "=").last ?? "")
            let damaging = """
                for _, key in ipairs(redis.call('KEYS', ARGV[1] .. '*')) do
                    if redis.call('TYPE', key).ok == 'hash' then redis.call('HSET', key, 'h', 'short') end
                end
                """
            _ = try await TestServers.single.cli("EVAL", damaging, "0", prefix)
            try await store.session(of: "grace", age: .seconds(33 * 60))
            let swept = try await store.run("sweep")
            #expect(swept.status == 0)
            #expect(
                swept.output
                    == "1 session had expired. Looked at 2 records in all. These can't be read: \(damaged).\n")
            let aside = try await (store.store as? any QuarantiningStore)?.quarantined(limit: 10)
            #expect(aside == [damaged])
        }
    }

    @Test("Counts and attribute names are those of the live sessions", arguments: CLIStore.Kind.allCases)
    func counts(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            try await store.session(of: "ada", ["cart": "[1]", "theme": "1"])
            try await store.session(of: "ada", ["cart": "[1,2]"], age: .seconds(600))
            try await store.session(in: Realm("office"))
            try await store.session(freshID(), ["cart": "[]"])
            let gone = try await store.session(of: "bob", ["old": "1"]).id
            try await store.end(gone, .signedOut)
            let stats = try await store.run("stats", "--json").json()
            for (name, count) in [
                ("live", 4), ("signedIn", 2), ("users", 1), ("visitors", 2), ("persistent", 0),
                ("createdInTheLastHour", 4), ("usedInTheLastFiveMinutes", 3), ("attributeBytes", 28),
                ("largestSessionBytes", 13),
            ] { #expect(stats[name] as? Int == count, "\(name) in \(stats)") }
            #expect(stats["realms"] as? [String: Int] == ["default": 3, "office": 1])
            #expect(
                try await store.run("keys").output == """
                    NAME   SESSIONS  TOTAL  AVERAGE  LARGEST
                    cart          3   10 B      3 B      5 B
                    theme         1    1 B      1 B      1 B

                    In 4 live sessions.

                    """)
            let policies = try await store.run("policy", "--json").json()["policies"] as? [[String: Any]]
            let users = try #require(policies?.first { $0["sessions"] as? String == "users" && $0["count"] != nil })
            #expect(users["count"] as? Int == 2 && users["idleSeconds"] as? Int == 1800)
            #expect(users["absoluteSeconds"] as? Int == 8 * 3600 && users["nist"] as? String == "AAL2")
        }
    }

    @Test("A policy as JSON has each of its times in seconds, and those of a realm are of its sessions alone")
    func policySeconds() async throws {
        try await CLIStore.with(.sqlite) { store in
            try await store.session(of: "ada")
            try await store.session(in: Realm("office"))
            func policies(_ more: String...) async throws -> [[String: Any]] {
                let run = try await SessionsProcess(["policy", "--store", store.url, "--json"] + more)
                return try #require(try run.json()["policies"] as? [[String: Any]])
            }
            let users = try await policies().filter { $0["sessions"] as? String == "users" }
            // The default first, which is kept for the explanation window and the difference of clocks.
            #expect(users.map { $0["count"] as? Int } == [nil, 1])
            for (name, seconds) in [
                ("idleSeconds", [1800, 1800]), ("absoluteSeconds", [43_200, 28_800]), ("touchSeconds", [60, 60]),
                ("retentionSeconds", [3605, 3600]),
            ] { #expect(users.compactMap { $0[name] as? Int } == seconds, "\(name)") }
            let office = try await policies("--realm", "office").filter { $0["count"] != nil }
            #expect(office.map { $0["sessions"] as? String } == ["visitors"])
        }
    }

    @Test("A user's list is that of the realm that is named, or of the default one", arguments: CLIStore.Kind.allCases)
    func realms(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let here = try await store.session(of: "ada").id
            let office = try await store.session(of: "ada", in: Realm("office")).id
            for (more, id) in [([], here), (["--realm", "office"], office)] as [([String], SessionID)] {
                let run = try await SessionsProcess(["list", "--store", store.url, "--json", "-p", "ada"] + more)
                let listed = try #require(try run.json()["sessions"] as? [[String: Any]])
                #expect(listed.map { $0["id"] as? String } == ["\(id)"])
            }
        }
    }

    @Test(
        "Half an ID says which sessions it could be, and an unknown one that there is none",
        arguments: CLIStore.Kind.allCases)
    func halfIDs(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let one = try #require(SessionID("0123456789abcdef0123456789abcdef"))
            let two = try #require(SessionID("0123456fffffffff0123456789abcdef"))
            for id in [one, two] { try await store.session(id, of: "ada") }
            let both = try await store.run("end", "--yes", "0123456")
            #expect(both.status == 1)
            #expect(both.errors.hasPrefix("Error: 0123456 is no whole ID; it could be one of these:\n"))
            #expect(both.errors.contains("\(one)") && both.errors.contains("\(two)"))
            let single = try await store.run("show", "01234567")
            #expect(single.status == 1 && !single.errors.contains("\(two)"))
            #expect(
                single.errors.hasPrefix(
                    "Error: 01234567 is no whole ID; it could be this:\n"
                        + "ID                                USER  CREATED "), "\(single)")
            #expect(single.errors.contains("\n\(one)  ada   "), "\(single)")
            #expect(
                try await store.run("show", "feed").errors
                    == "Error: feed is no whole ID, and no live session has one that begins so\n")
            #expect(try await store.run("show", "0123456789ABCDEF0123456789ABCDEF").status == 0)
            let unknown = try await store.run("explain", "00000000000000000000000000000000")
            #expect(
                unknown.status == 1
                    && unknown.errors == "Error: there is no session 00000000000000000000000000000000; it never was in "
                        + "this store, or it ended so long ago that nothing of it is kept\n"
            )
            #expect(try await store.load(one)?.end == nil)
            for text in ["0000", "9999", "AAAA", "ffff"] {
                #expect(
                    try await store.run("show", text).errors.contains("no live session has one that begins so"),
                    "\(text)")
            }
            for text in ["012", "0123456789abcdef0123456789abcdef0", "../etc", "", "00/0", "00:0", "00`0", "00g0"] {
                #expect(try await store.run("show", text).status == 64, "\(text)")
            }
            #expect(
                try await store.run("show", "../etc").errors
                    == "Error: this is no session ID, which is 32 hexadecimal digits as `sessions list` shows them\n")
            #expect(
                try await store.run("show", "012").errors
                    == "Error: \"012\" is too little of an ID to look for; give 4 of its 32 digits or more\n")
            let office = try await store.run("show", "\(one)", "--realm", "office")
            #expect(office.status == 1 && office.errors.contains("is in the realm default, not in office"))
        }
    }

    @Test("Nothing that is printed is a secret, a digest or a value, or moves the cursor")
    func noSecrets() async throws {
        try await CLIStore.with(.sqlite) { store in
            let made = try await store.session(of: "e\u{9b}2Jve\u{202e}", ["c\u{85}art": "\"private\""])
            let token = String(repeating: "aBcDeFgHiJkLmNoP", count: 4)
            let hex = made.secretDigest.bytes.map { String(Int($0) + 0x100, radix: 16).suffix(2) }.joined()
            let base64 = Data(made.secretDigest.bytes).base64EncodedString()
            var printed = ""
            for arguments in [
                ["list"], ["show", "\(made.id)"], ["explain", "\(made.id)"], ["stats"], ["keys"], ["policy"], ["check"],
                ["show", token], ["show", "\(made.id)".prefix(8).description], ["end", "\(made.id)"],
            ] {
                for json in [[], ["--json"]] {
                    let run = try await SessionsProcess(arguments + json, environment: ["SESSIONS_STORE": store.url])
                    printed += run.output + run.errors
                    guard json.isEmpty else { continue }
                    let text = run.output + run.errors
                    #expect(
                        !text.unicodeScalars.contains { "\u{9b}\u{202e}\u{85}".unicodeScalars.contains($0) }, "\(text)")
                }
            }
            #expect(printed.contains("e\\u{9b}2Jve\\u{202e}") && printed.contains("c\\u{85}art"))
            for secret in [token, hex, base64, "private"] { #expect(!printed.contains(secret), "\(secret)") }
            #expect(printed.contains("this is a token, which is a secret"))
        }
    }
}
