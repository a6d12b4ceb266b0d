import Foundation
import Sessions
import StoreSupport
import Testing

@Suite("Command line: at a terminal", .timeLimit(.minutes(10)))
struct TerminalTests {
    private func end(_ what: [String], in store: CLIStore, typed: String) async throws -> SessionsProcess {
        try await SessionsProcess(["end"] + what, environment: ["SESSIONS_STORE": store.url], typed: typed)
    }

    @Test("Sessions are ended where the operator says yes", arguments: ["y", "Y", "yes", "YES"])
    func yes(_ answer: String) async throws {
        try await CLIStore.with(.sqlite) { store in
            let id = try await store.session(of: "ada", age: .seconds(150)).id
            let run = try await end(["\(id)"], in: store, typed: answer + "\n")
            #expect(run.status == 0 && run.output == "Ended 1 session.\n", "\(run)")
            #expect(
                dateless(run.errors) == """
                    ID                                USER  CREATED    LAST USED  ENDS
                    \(id)  ada   N min ago  N min ago  in N min
                    End this session? [y/N] \

                    """, "\(run)")
            #expect(try await store.load(id)?.end?.reason == .endedByOperator)
        }
    }

    @Test("Several sessions are asked for at once, with their realms where they have several")
    func several() async throws {
        try await CLIStore.with(.sqlite) { store in
            let ada = try await store.session(of: "ada", in: Realm("office"), age: .seconds(150)).id
            let visitor = try await store.session(age: .seconds(210)).id
            let run = try await end(["\(ada)", "\(visitor)"], in: store, typed: "y\n")
            #expect(run.status == 0 && run.output == "Ended 2 sessions.\n", "\(run)")
            #expect(
                dateless(run.errors) == """
                    ID                                USER       REALM    CREATED    LAST USED  ENDS
                    \(ada)  ada        office   N min ago  N min ago  in N min
                    \(visitor)  (visitor)  default  N min ago  N min ago  in N min
                    End these sessions? [y/N] \

                    """, "\(run)")
        }
    }

    @Test("The question names the realm, and no realm where there is no session")
    func realms() async throws {
        try await CLIStore.with(.sqlite) { store in
            let none = try await end(["--all"], in: store, typed: "y\n")
            #expect(none.status == 1 && none.output == "There was no session to end.\n", "\(none)")
            #expect(none.errors == "End every session, 0 in all? All users are signed out. [y/N] ")
            try await store.session(of: "ada", in: Realm("office"))
            try await store.session(of: "ada")
            let office = try await end(["--all", "--realm", "office"], in: store, typed: "n\n")
            #expect(
                office.errors == "End every session, 1 in all (1 of office)? All users are signed out. [y/N] "
                    + "Error: nothing was changed\n")
            let ada = try await end(["-p", "ada", "--realm", "office"], in: store, typed: "y\n")
            #expect(ada.errors.hasSuffix("\nEnd all sessions of ada in the realm office (1 now)? [y/N] "), "\(ada)")
            #expect(ada.status == 0 && ada.output == "Ended 1 session.\n", "\(ada)")
            let json = try await end(["-p", "ada", "--json"], in: store, typed: "n\n")
            #expect(
                json.errors == """
                    End all sessions of ada in the realm default (1 now)? [y/N] {
                      "error" : {
                        "code" : "refused",
                        "message" : "nothing was changed"
                      }
                    }

                    """, "\(json)")
        }
    }

    @Test("Nothing is ended where the operator says anything else", arguments: ["", "n", "no", "ye", "yes!", " y"])
    func no(_ answer: String) async throws {
        try await CLIStore.with(.sqlite) { store in
            let id = try await store.session(of: "ada").id
            let run = try await end(["\(id)"], in: store, typed: answer + "\n")
            #expect(
                run.status == 2 && run.output == "" && run.errors.hasSuffix("Error: nothing was changed\n"), "\(run)")
            #expect(try await store.load(id)?.end == nil)
        }
    }

    @Test("The question tells what would end: twenty sessions as lines, and how many more")
    func questions() async throws {
        try await CLIStore.with(.sqlite) { store in
            let kept = try await store.session(of: "ada").id
            for number in 1...21 {
                let id = try await store.session(of: "ada", age: .minutes(number)).id
                if number < 20 { continue }
                let run = try await end(["-p", "ada", "--except", "\(kept)"], in: store, typed: "n\n")
                #expect(
                    !run.errors.contains("\(kept)  ada") && run.errors.contains("\(id)") == (number == 20), "\(run)")
                #expect(run.errors.contains("and 1 more\n") == (number == 21), "\(run)")
                #expect(
                    run.errors.contains(
                        "End all sessions of ada in the realm default but \(kept) (\(number) now)? [y/N] "), "\(run)")
            }
            try await store.session(of: "bob", in: Realm("office"))
            let all = try await end(["--all"], in: store, typed: "n\n")
            #expect(
                all.errors.hasPrefix(
                    "End every session, 23 in all (22 of default, 1 of office)? All users are signed out. [y/N] "),
                "\(all)")
            let json = try await end(["-p", "ada", "--json"], in: store, typed: "n\n")
            #expect(json.errors.hasPrefix("End all sessions of ada in the realm default (22 now)? [y/N] "), "\(json)")
            #expect(try await store.run("stats", "--json").json()["live"] as? Int == 23)
        }
    }

    @Test("A copy tells how far it has come, and leaves the line to what follows")
    func progress() async throws {
        try await CLIStore.with(.sqlite) { from in
            try await CLIStore.with(.sqlite) { to in
                let arguments = ["copy", "--from", from.url, "--to", to.url]
                let full = String(repeating: "#", count: 30)
                #expect(
                    try await SessionsProcess(arguments, typed: "").errors
                        == "\r[\(full)] 100 %  0 of 0 sessions\r\u{1b}[K")
                // A page and one session.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 1...501 { group.addTask { try await from.session() } }
                    try await group.waitForAll()
                }
                let run = try await SessionsProcess(arguments, typed: "")
                let (empty, most) = (String(repeating: ".", count: 30), String(repeating: "#", count: 29) + ".")
                #expect(
                    run.errors
                        == "\r[\(empty)] 0 %  0 of 501 sessions\r[\(most)] 99 %  500 of 501 sessions"
                        + "\r[\(full)] 100 %  501 of 501 sessions\r\u{1b}[K", "\(run)")
                #expect(run.output == "Copied 501 sessions, each read back and compared.\n")
                // What it says of an error stands on a line of its own.
                let id = try #require(try await to.store.list(SessionQuery(.all), at: CLIStore.now).records.first?.id)
                for (store, json) in [(from, "1"), (to, "2")] {
                    _ = try await store.store.commit(setting("n", to: json), to: id, at: CLIStore.now)
                }
                let differs = try await SessionsProcess(arguments, typed: "").errors
                #expect(differs.contains("\r\u{1b}[KError: session \(id) is not the same in both stores"), "\(differs)")
                try await from.end(id, .signedOut)
                #expect(try await SessionsProcess(arguments).errors == "", "nothing where no terminal is")
                #expect(
                    try await SessionsProcess(arguments + ["--json"], typed: "").errors == "", "nothing for a script")
            }
        }
    }
}
