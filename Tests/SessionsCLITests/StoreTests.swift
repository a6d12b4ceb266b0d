import Foundation
import RedisServers
import Testing

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
        #expect(check.status == 69 && check.errors.contains("read it failed"), "\(check)")
        try await server.close()
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
