import Foundation
import RedisServers
import Sessions
import SessionsStores
import Synchronization
import Testing

@Suite("Command line: failing", .timeLimit(.minutes(10)))
struct FailureTests {
    @Test(
        "A store that fails while it is read fails each command, with the store's error and its exit status",
        arguments: [
            ["list"], ["list", "-p", "ada"], ["show", "abcd"], ["explain", "abcd"], ["stats"], ["keys"], ["policy"],
            ["end", "abcd", "-y"], ["end", "-p", "ada", "-y"], ["end", "--all", "-y"], ["sweep"],
            ["copy", "--to", "sqlite:FILE"],
        ])
    func failingStore(_ arguments: [String]) async throws {
        // It takes all that opening a store asks for, and has no lists.
        let server = try await FakeServer { _ in nil }
        let store = ["SESSIONS_STORE": "redis://127.0.0.1:\(server.port)"]
        try await CLIStore.withURL(of: .sqlite) { url in
            let arguments = arguments.map { $0 == "sqlite:FILE" ? url : $0 }
            let run = try await SessionsProcess(arguments, environment: store)
            #expect(run.status == 69 && run.output == "", "\(run)")
            let message = "Redis gave an answer of the wrong kind while listing; is it Redis or Valkey?"
            #expect(run.errors == "Error: \(message)\n", "\(run)")
            let json = try await SessionsProcess(arguments + ["--json"], environment: store)
            #expect(json.status == 69 && json.output == "", "\(json)")
            #expect(
                try json.json() as? [String: [String: String]] == [
                    "error": ["code": "unavailable", "message": message]
                ])
        }
        try await server.close()
    }

    @Test("A sweep that breaks off tells what it has done, and then why")
    func brokenSweep() async throws {
        let id = "0123456789abcdef"
        let looks = Mutex(0)
        // The first shard has one session, which can't be read. After the 64 that are looked at together none answers.
        let server = try await FakeServer { command in
            switch command[0] {
            case "ZRANGEBYSCORE" where command.contains("LIMIT"):
                let look = looks.withLock { looks in
                    looks += 1
                    return looks
                }
                return .bytes(look == 1 ? "*1\r\n$16\r\n\(id)\r\n" : look <= 64 ? "*0\r\n" : "-ERR broken\r\n")
            case "EVALSHA" where command.last == id: return .bytes(":0\r\n")
            default: return nil
            }
        }
        let name = id.utf8.map { String($0, radix: 16) }.joined()
        let run = try await SessionsProcess(["sweep", "--store", "redis://127.0.0.1:\(server.port)"])
        #expect(run.status == 69, "\(run)")
        #expect(
            run.output
                == "0 sessions had expired. Looked at 1 record in all. These can't be read: \(name).\n", "\(run)")
        #expect(run.errors.hasPrefix("Error: ") && run.errors.contains("ERR broken, while sweeping"), "\(run)")
        try await server.close()
    }

    @Test("A check says what a store warns of, and other commands leave that to it")
    func warnings() async throws {
        let server = try await FakeServer { command in
            guard command[0] == "CONFIG" else { return nil }
            return switch command.last {
            case "appendonly": .bytes("*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n")
            case "save": .bytes("*2\r\n$4\r\nsave\r\n$0\r\n\r\n")
            default: nil
            }
        }
        for (command, warns) in [("check", true), ("stats", false)] {
            let run = try await SessionsProcess([command, "--store", "redis://127.0.0.1:\(server.port)"])
            #expect(run.errors.contains("keeps nothing on its disk (appendonly no, save \"\")") == warns, "\(run)")
        }
        try await server.close()
    }

    @Test("Without a store the command says how to name one, and which kinds there are")
    func noStore() async throws {
        let forms = SessionStoreURL.forms.filter { $0 != "memory" }
        #expect(forms.first == "sqlite:PATH" && forms.count + 1 == SessionStoreURL.forms.count)
        let run = try await SessionsProcess(["stats"])
        #expect(run.status == 64 && run.output == "", "\(run)")
        #expect(
            run.errors == "Error: no store is named; write --store URL or set SESSIONS_STORE: "
                + "\(forms.joined(separator: ", "))\n")
    }

    @Test(
        "A realm or a user of no possible name is refused by its option",
        arguments: [
            ["list"], ["show", "abcd"], ["explain", "abcd"], ["stats"], ["keys"], ["policy"], ["end", "abcd", "-y"],
            ["end", "--all", "-y"], ["end", "-p", "ada", "-y"], ["list", "-p", "ada"],
        ])
    func names(_ arguments: [String]) async throws {
        try await CLIStore.with(.sqlite) { store in
            let id = try await store.session(of: "ada").id
            let realm = try await SessionsProcess(arguments + ["--realm", "a b", "--store", store.url])
            #expect(realm.status == 64 && realm.output == "", "\(realm)")
            #expect(
                realm.errors == "Error: --realm: \"a b\" can't name a realm: "
                    + "it takes 1 to 64 of the characters a-z A-Z 0-9 . _ -\n")
            if arguments.contains("-p") {
                let wrong = arguments.map { $0 == "ada" ? "" : $0 } + ["--store", store.url]
                let user = try await SessionsProcess(wrong)
                #expect(user.status == 64 && user.output == "", "\(user)")
                #expect(user.errors == "Error: --principal: a principal takes 1 to 255 bytes of UTF-8, not 0\n")
            }
            #expect(try await store.load(id)?.end == nil)
        }
    }

    @Test("An error as JSON is readable, and no slash of a path in it is escaped")
    func json() async throws {
        try await CLIStore.with(.sqlite) { store in
            let same = try await SessionsProcess(["copy", "--from", store.url, "--to", store.url, "--json"])
            #expect(same.status == 64 && same.output == "")
            #expect(
                same.errors == """
                    {
                      "error" : {
                        "code" : "usage",
                        "message" : "--to names the store that is copied, \(store.url); name another one"
                      }
                    }

                    """)
        }
    }
}
