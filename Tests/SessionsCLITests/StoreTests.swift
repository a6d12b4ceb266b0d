import Foundation
import RedisServers
import Sessions
import Testing

@testable import SessionsCLI

@Suite("Command line: stores", .timeLimit(.minutes(10)))
struct StoreTests {
    @Test("A check reads and writes, and leaves no live session", arguments: CLIStore.Kind.allCases)
    func check(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let check = try await store.run("check", "--json")
            #expect(check.status == 0, "\(check)")
            let steps = try check.json()["steps"] as? [[String: Any]]
            #expect(
                steps?.compactMap { $0["name"] as? String } == [
                    "open", "make a session", "read it", "change it", "read the change", "end it", "close",
                ])
            #expect(try await store.run("stats").output == "There is no live session.\n")
        }
    }

    @Test("A store that answers and keeps nothing is found out by the check")
    func lost() async throws {
        // Of the scripts only the one that makes a session has two keys here.
        let server = try await FakeServer { command in
            command.first == "EVALSHA" && command[2] == "2" ? .bytes(":1\r\n") : nil
        }
        let check = try await SessionsProcess(["check", "--store", "redis://127.0.0.1:\(server.port)"])
        #expect(
            check.status == 69 && check.output == ""
                && check.errors.hasSuffix(
                    "Error: redis://127.0.0.1:\(server.port): read it failed: the store answered, and not with what "
                        + "was written: it loses or mixes up writes\n"),
            "\(check)")
        try await server.close()
    }

    private static let careless: [(CarelessStore, [String])] = [
        (
            CarelessStore(making: { (_, _) async throws(SessionError) in false }), ["make a session"]
        ),
        (
            CarelessStore(making: { (record, base) async throws(SessionError) in
                var other = record
                other.createdAt = record.createdAt + .milliseconds(1)
                return try await base.create(other)
            }), ["make a session", "read it"]
        ),
        (
            CarelessStore(committing: { (_, _, _) async throws(SessionError) in .missing }),
            ["make a session", "read it", "change it"]
        ),
        (
            // Says that it has changed the session, and leaves it as it was.
            CarelessStore(committing: { (_, id, base) async throws(SessionError) in
                guard let record = try await base.load(id, at: .now) else { return .missing }
                return .committed(record)
            }), ["make a session", "read it", "change it", "read the change"]
        ),
        (
            CarelessStore(committing: { (changes, id, base) async throws(SessionError) in
                guard changes.end == nil else { return .missing }
                return try await base.commit(changes, to: id, at: .now)
            }), ["make a session", "read it", "change it", "read the change", "end it"]
        ),
    ]

    @Test(
        "A store that answers and does something else is found out by the check, at the step where it shows",
        arguments: careless.indices)
    func lostChange(_ index: Int) async throws {
        let (store, expected) = Self.careless[index]
        var steps: [String] = []
        let error = await #expect(throws: SessionError.self) {
            try await WriteProof(store: store).run { name, work in
                steps.append(name)
                try await work()
            }
        }
        #expect(error?.code == .unavailable)
        #expect(
            error?.message == "the store answered, and not with what was written: it loses or mixes up writes")
        #expect(steps == expected)
    }

    @Test("A check tells how long each step took, and what it has made is gone with the next sweep")
    func toldCheck() async throws {
        try await CLIStore.with(.sqlite) { store in
            let check = try await store.run("check")
            #expect(check.status == 0 && check.errors == "", "\(check)")
            let table = check.output.split(separator: "\n").prefix(8)
            #expect(Set(table.map(\.count)).count == 1, "the times end at one place: \(check)")
            #expect(
                check.output.replacing(/[ ]{2,}/, with: "  ").replacing(/[0-9]+\.[0-9] ms/, with: "N ms") == """
                    STEP  TIME
                    open  N ms
                    make a session  N ms
                    read it  N ms
                    change it  N ms
                    read the change  N ms
                    end it  N ms
                    close  N ms

                    \(store.url) can be used.

                    """)
            #expect(try await store.run("check", "--json").json()["store"] as? String == store.url)
            #expect(try await store.store.sweep(at: CLIStore.now, limit: 10).examined == 2)
        }
    }

    @Test(
        "A store that can't be used is a status of its own, in words without the password",
        arguments: [
            (["--store", "redis://ada:hunter2@127.0.0.1:1"], Int32(69), "127.0.0.1:1"),
            (["--store", "redis://ada:hunter2@127.0.0.1:x"], 78, "isn't a port"),
            (["--store", "mysql://ada:hunter2@127.0.0.1"], 78, "kind of store"),
            (["--store", "memory"], 78, "inside its server"),
            (["--store", "sqlite:/nowhere/x.db"], 78, "/nowhere/x.db"),
            (["redis://ada:hunter2@127.0.0.1"], 64, "Unexpected argument"), ([], 64, "SESSIONS_STORE"),
        ])
    func refused(_ arguments: [String], _ status: Int32, _ words: String) async throws {
        for json in [[], ["--json"]] {
            let run = try await SessionsProcess(["list"] + arguments + json)
            #expect(run.status == status && run.output == "", "\(run)")
            #expect(run.errors.contains(words) && !run.errors.contains("hunter2"), "\(run)")
            if !json.isEmpty {
                let error = try run.json()["error"] as? [String: Any]
                #expect((error?["message"] as? String)?.isEmpty == false && error?["code"] is String)
            }
        }
    }

    @Test("The store that --store names is used, whatever SESSIONS_STORE says")
    func namedTwice() async throws {
        try await CLIStore.with(.sqlite) { named in
            try await CLIStore.with(.sqlite) { other in
                let (here, there) = (try await named.session(of: "ada").id, try await other.session(of: "ada").id)
                let list = try await other.run("list", "--store", named.url, "--json").json()
                let listed = try #require(list["sessions"] as? [[String: Any]])
                #expect(listed.map { $0["id"] as? String } == ["\(here)"])
                let ended = try await other.run("end", "--all", "-y", "--store", named.url)
                #expect(ended.status == 0 && ended.output == "Ended 1 session.\n", "\(ended)")
                #expect(try await named.load(here)?.end?.reason == .endedByOperator)
                #expect(try await other.load(there)?.end == nil)
            }
        }
    }

    @Test("A check that fails names the store, the step and what went wrong, and no password")
    func failedCheck() async throws {
        let arguments = ["check", "--store", "redis://ada:hunter2@127.0.0.1:1"]
        let start = "redis://ada:…@127.0.0.1:1: open failed: "
        let text = try await SessionsProcess(arguments)
        #expect(text.status == 69 && text.output == "" && text.errors.hasPrefix("Error: " + start), "\(text)")
        let json = try await SessionsProcess(arguments + ["--json"])
        let error = try #require(try json.json()["error"] as? [String: Any])
        #expect(json.status == 69 && error["code"] as? String == "unavailable", "\(json)")
        #expect((error["message"] as? String)?.hasPrefix(start) == true, "\(json)")
        #expect(!(text.errors + json.errors).contains("hunter2"))
    }

    @Test("The password in the environment is in no message either")
    func environment() async throws {
        let run = try await SessionsProcess(["stats"], environment: ["SESSIONS_STORE": "redis://:hunter2@127.0.0.1:x"])
        #expect(run.status == 78 && run.errors.hasPrefix("Error: SESSIONS_STORE: "), "\(run)")
        #expect(!run.errors.contains("hunter2"), "\(run)")
    }

    @Test("Shells complete every command", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) async throws {
        let run = try await SessionsProcess(["--generate-completion-script", shell])
        #expect(run.status == 0)
        for command in ["list", "show", "explain", "end", "stats", "keys", "policy", "check", "sweep", "copy"] {
            #expect(run.output.contains(command))
            #expect(try await SessionsProcess([command, "--help"]).status == 0)
        }
    }
}
