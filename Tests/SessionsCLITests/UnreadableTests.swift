import Foundation
import Sessions
import StoreSupport
import Testing

@Suite("Command line: what can't be read", .timeLimit(.minutes(10)))
struct UnreadableTests {
    private static let sweeps =
        "It counts as ended, and `sessions sweep` sets it aside when it is due, where the store can"

    /// What is said of one session, by commands that leave it where it is.
    private func leftOut(_ id: SessionID) -> String {
        "1 session that can't be read was left out: \(id). \(Self.sweeps)"
    }

    private func notCopied(_ id: SessionID) -> String {
        "1 session that can't be read was not copied from the source: \(id). \(Self.sweeps)"
    }

    private func setAside(_ id: SessionID) -> String {
        "1 session that can't be read was left out: \(id). "
            + "It counts as ended, and the store has set it aside where it can"
    }

    /// What `--json` prints of them on the error output.
    private func json(_ kind: String, _ message: String) -> String {
        """
        {
          "\(kind)" : {
            "code" : "corrupt",
            "message" : "\(message)"
          }
        }

        """
    }

    private func copy(_ from: CLIStore, _ to: CLIStore, _ more: String...) async throws -> SessionsProcess {
        try await SessionsProcess(["copy", "--from", from.url, "--to", to.url] + more)
    }

    private func quarantined(in store: CLIStore) async throws -> [SessionID]? {
        try await (store.store as? any QuarantiningStore)?.quarantined(limit: 10)
    }

    @Test("A copy takes all the rest, and then fails with what it could not read", arguments: CopyTests.ways)
    func copies(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await CLIStore.with(way.0) { from in
            try await CLIStore.with(way.1) { to in
                let damaged = try await from.session(of: "ada").id
                let others = [try await from.session(of: "ada").id, try await from.session().id]
                try await from.damage(damaged)
                let first = try await copy(from, to)
                #expect(first.status == 65, "\(first)")
                #expect(first.output == "Copied 2 sessions, each read back and compared.\n", "\(first)")
                #expect(first.errors == "Error: \(notCopied(damaged))\n", "\(first)")
                for id in others { #expect(try await to.load(id)?.id == id) }
                #expect(try await to.load(damaged) == nil)
                let again = try await copy(from, to, "--json")
                #expect(again.status == 65, "\(again)")
                #expect(
                    again.output.filter { !" \n".contains($0) } == """
                        {"alreadyThere":2,"copied":0,"ended":0,"newerThere":0,"outdated":0,"overThere":0,\
                        "unreadable":["\(damaged)"]}
                        """, "\(again)")
                #expect(again.errors == json("error", notCopied(damaged)), "\(again)")
            }
        }
    }

    @Test(
        "What an earlier copy took stays where the source can't read it any more, and the rest is copied",
        arguments: CopyTests.ways)
    func copiedBefore(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await CLIStore.with(way.0) { from in
            try await CLIStore.with(way.1) { to in
                let (damaged, whole) = (try await from.session(of: "ada").id, try await from.session(of: "ada").id)
                #expect(try await copy(from, to).status == 0)
                try await from.damage(damaged)
                let new = try await from.session(of: "bob").id
                let again = try await copy(from, to)
                #expect(again.status == 65, "\(again)")
                #expect(
                    again.output == """
                        Copied 1 session, each read back and compared.
                        1 were there already, in the same revision.

                        """, "\(again)")
                #expect(again.errors == "Error: \(notCopied(damaged))\n", "\(again)")
                for id in [damaged, whole, new] {
                    let there = try #require(try await to.load(id))
                    #expect(there.end == nil)
                }
            }
        }
    }

    @Test("What changed after an earlier copy is told beside what can't be read")
    func outdated() async throws {
        try await CLIStore.with(.sqlite) { from in
            try await CLIStore.with(.sqlite) { to in
                let changed = try await from.session(freshID(), ["n": "1"]).id
                #expect(try await copy(from, to).status == 0)
                _ = try await from.store.commit(setting("n", to: "2"), to: changed, at: CLIStore.now)
                let damaged = try await from.session().id
                try await from.damage(damaged)
                let again = try await copy(from, to)
                #expect(again.status == 65 && again.output == "There was nothing to copy.\n", "\(again)")
                #expect(
                    again.errors == """
                        Error: 1 session changed in the source after an earlier copy, and the destination has them as \
                        they were; copy into a new store instead
                        \(notCopied(damaged))

                        """, "\(again)")
            }
        }
    }

    private static let commands = [
        ["stats"], ["keys"], ["policy"], ["stats", "--json"], ["keys", "--json"], ["policy", "--json"],
        ["list", "--json"], ["list", "-p", "ada", "--json"],
    ]

    @Test(
        "A look at the sessions tells of the rest as if it were all, and warns on the error output",
        arguments: CLIStore.Kind.allCases)
    func looks(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            func runs() async throws -> [SessionsProcess] {
                var runs: [SessionsProcess] = []
                for look in Self.commands { runs.append(try await SessionsProcess(look + ["--store", store.url])) }
                return runs
            }
            try await store.session(of: "ada", ["cart": "[1]"])
            let before = try await runs()
            let damaged = try await store.session(of: "ada", ["cart": "[1,2]"]).id
            try await store.damage(damaged)
            let after = try await runs()
            let said = leftOut(damaged)
            for (index, look) in Self.commands.enumerated() {
                let (whole, rest) = (before[index], after[index])
                #expect(whole.status == 0 && whole.errors == "" && whole.output != "", "\(look): \(whole)")
                #expect(rest.status == 0 && rest.output == whole.output, "\(look): \(rest)")
                let warning = look.last == "--json" ? json("warning", said) : "Warning: \(said)\n"
                #expect(rest.errors == warning, "\(look): \(rest)")
            }
            // It is looked at, and left where it is.
            #expect(try await quarantined(in: store) == [])
        }
    }

    @Test("Of several sessions their number and the first are told, whatever pages they are on")
    func several() async throws {
        try await CLIStore.with(.sqlite) { store in
            for last in ["1", "2"] {
                let id = try #require(SessionID(String(repeating: "0", count: 31) + last))
                try await store.session(id, of: "ada")
                try await store.damage(id)
            }
            let first = String(repeating: "0", count: 31) + "1"
            let warning = """
                Warning: 2 sessions that can't be read were left out, such as \(first). They \
                count as ended, and `sessions sweep` sets them aside when they are due, where the store can

                """
            for more in [[], ["--limit", "1"], ["-p", "ada"]] {
                let list = try await SessionsProcess(["list", "--store", store.url] + more)
                let empty = more == ["-p", "ada"] ? "ada has no live session.\n" : "There is no live session.\n"
                #expect(list.status == 0 && list.output == empty && list.errors == warning, "\(list)")
            }
        }
    }

    @Test(
        "All sessions end but the one that can't be read, which is set aside, and the command fails with it",
        arguments: CLIStore.Kind.allCases)
    func endsAll(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let whole = try await store.session(of: "ada").id
            let damaged = try await store.session(of: "ada", in: Realm("office")).id
            try await store.damage(damaged)
            let run = try await store.run("end", "--all", "-y")
            #expect(run.status == 65 && run.output == "Ended 1 session.\n", "\(run)")
            #expect(run.errors == "Error: \(setAside(damaged))\n", "\(run)")
            #expect(try await store.load(whole)?.end?.reason == .endedByOperator)
            #expect(try await quarantined(in: store) == [damaged])
            let again = try await store.run("end", "--all", "-y")
            #expect(again.status == 1 && again.output == "There was no session to end.\n", "\(again)")
            #expect(again.errors == "", "\(again)")
        }
    }

    @Test("So do all of a user", arguments: CLIStore.Kind.allCases)
    func endsAllOfAUser(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let (whole, damaged) = (try await store.session(of: "ada").id, try await store.session(of: "ada").id)
            try await store.damage(damaged)
            let run = try await store.run("end", "-p", "ada", "-y", "--json")
            #expect(run.status == 65, "\(run)")
            #expect(run.output.filter { !" \n".contains($0) } == "{\"ended\":1,\"overAlready\":[]}", "\(run)")
            #expect(run.errors == json("error", setAside(damaged)), "\(run)")
            #expect(try await store.load(whole)?.end?.reason == .endedByOperator)
            #expect(try await quarantined(in: store) == [damaged])
        }
    }

    @Test("Half the ID of a session that can't be read says that there is such a one, and half of another doesn't")
    func halfID() async throws {
        try await CLIStore.with(.sqlite) { store in
            let damaged = try #require(SessionID("0123456789abcdef0123456789abcdef"))
            try await store.session(damaged, of: "ada")
            try await store.damage(damaged)
            func run(_ id: String) async throws -> SessionsProcess { try await store.run("show", id) }
            let none = "is no whole ID, and no live session has one that begins so\n"
            let half = try await run("01234567")
            #expect(half.status == 1 && half.output == "", "\(half)")
            #expect(half.errors == "Error: 01234567 \(none)\(leftOut(damaged))\n", "\(half)")
            #expect(try await run("0123ffff").errors == "Error: 0123ffff \(none)")
            let other = try #require(SessionID("0123456789abcdeffedcba9876543210"))
            try await store.session(other, of: "ada")
            let both = try await run("01234567")
            #expect(both.errors.hasPrefix("Error: 01234567 is no whole ID; it could be this:\nID  "), "\(both)")
            #expect(both.errors.contains("\n\(other)  ada ") && both.errors.hasSuffix("\n\(leftOut(damaged))\n"))
        }
    }
}
