import Foundation
import Sessions
import StoreSupport
import Testing

@Suite("Command line: ending", .timeLimit(.minutes(10)))
struct EndTests {
    @Test("Without --yes and a terminal nothing is ended", arguments: CLIStore.Kind.allCases)
    func asks(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let id = try await store.session(of: "ada").id
            for what in [["\(id)"], ["--principal", "ada"], ["--all"]] {
                let refused = try await SessionsProcess(["end", "--store", store.url] + what)
                #expect(refused.status == 2 && refused.output == "", "\(refused)")
                #expect(refused.errors.contains("add --yes"))
            }
            #expect(try await store.load(id)?.end == nil)
        }
    }

    @Test(
        "A session is ended by its ID alone, for the reason that an operator did it", arguments: CLIStore.Kind.allCases)
    func one(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let id = try await store.session(of: "ada", in: Realm("office"), ["cart": "[1]"]).id
            let other = try await store.session(of: "ada", in: Realm("office")).id
            let ended = try await store.run("end", "\(id)", "-y")
            #expect(ended.status == 0 && ended.output == "Ended 1 session.\n", "\(ended)")
            let tombstone = try #require(try await store.load(id))
            #expect(tombstone.end?.reason == .endedByOperator && tombstone.attributes.isEmpty)
            #expect(try await store.load(other)?.end == nil)
            let again = try await store.run("end", "\(id)", "-y")
            #expect(again.status == 1 && again.errors.contains("was over already"), "\(again)")
            let both = try await store.run("end", "\(id)", "\(other)", "-y", "--json")
            #expect(both.status == 1)
            #expect(try both.json()["ended"] as? Int == 1)
            #expect(try both.json()["overAlready"] as? [String] == ["\(id)"])
        }
    }

    @Test("One wrong ID among several ends none of them", arguments: CLIStore.Kind.allCases)
    func oneWrong(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let id = try await store.session(of: "ada").id
            let wrong = try await store.run("end", "\(id)", "\(freshID())", "-y")
            #expect(wrong.status == 1 && wrong.output == "", "\(wrong)")
            #expect(try await store.load(id)?.end == nil)
        }
    }

    @Test("A user's sessions end in one realm, except the one that is named", arguments: CLIStore.Kind.allCases)
    func ofAUser(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let ended = [try await store.session(of: "ada").id, try await store.session(of: "ada").id]
            let kept = try await store.session(of: "ada").id
            let others = [
                try await store.session(of: "bob").id, try await store.session(of: "ada", in: Realm("office")).id,
                try await store.session().id,
            ]
            let foreign = try await store.run("end", "-p", "ada", "--except", "\(others[0])", "-y")
            #expect(foreign.status == 64 && foreign.errors.contains("is not one of ada"), "\(foreign)")
            let run = try await store.run("end", "-p", "ada", "--except", "\(kept)", "-y")
            #expect(run.status == 0 && run.output == "Ended 2 sessions.\n", "\(run)")
            for id in ended { #expect(try await store.load(id)?.end?.reason == .endedByOperator) }
            for id in others + [kept] { #expect(try await store.load(id)?.end == nil) }
            // A sign-in whose password was checked before is over too.
            let watermark = try await store.store.watermark(of: owner("ada"), raisedTo: nil)
            #expect(watermark != nil)
            let none = try await store.run("end", "-p", "eve", "-y")
            #expect(none.status == 1 && none.output == "There was no session to end.\n", "\(none)")
        }
    }

    @Test("All sessions end, of one realm or of the store", arguments: CLIStore.Kind.allCases)
    func all(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let office = try await store.session(of: "ada", in: Realm("office")).id
            for name in ["ada", nil, "bob"] { try await store.session(of: name) }
            #expect(try await store.run("end", "--all", "--realm", "office", "-y").output == "Ended 1 session.\n")
            #expect(try await store.load(office)?.end != nil)
            #expect(try await store.run("end", "--all", "-y").output == "Ended 3 sessions.\n")
            #expect(try await store.run("list").output == "There is no live session.\n")
        }
    }
}
