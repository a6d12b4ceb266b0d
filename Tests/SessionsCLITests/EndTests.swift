import Foundation
import Sessions
import StoreSupport
import Testing

@testable import SessionsCLI

@Suite("Command line: ending", .timeLimit(.minutes(10)))
struct EndTests {
    @Test("Without --yes and a terminal nothing is ended", arguments: CLIStore.Kind.allCases)
    func asks(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let id = try await store.session(of: "ada").id
            for what in [["\(id)"], ["--principal", "ada"], ["--all"]] {
                let refused = try await SessionsProcess(["end", "--store", store.url] + what)
                #expect(refused.status == 2 && refused.output == "", "\(refused)")
                let problem = "Error: there is no terminal to ask at; add --yes to do it without a question\n"
                #expect(refused.errors.hasSuffix(problem) && (what != ["--all"] || refused.errors == problem))
            }
            #expect(try await store.load(id)?.end == nil)
        }
    }

    @Test("Where the store fails in the middle, the error says at which session, and how many have ended")
    func brokenOff() async throws {
        let ids = [1, 2, 3].map { SessionID(Block16(1, $0)) }
        for (number, place) in [
            (0, "at \(ids[0]), after 0 sessions had ended: "), (2, "at \(ids[2]), after 2 sessions had ended: "),
        ] {
            let store = CarelessStore(committing: { (changes, id, base) async throws(SessionError) in
                if id == ids[number] { throw SessionError(.unavailable, "the store is down") }
                return try await base.commit(changes, to: id, at: .now)
            })
            let records = ids.map { record($0, at: .now) }
            for record in records {
                let isMade = try await store.create(record)
                #expect(isMade)
            }
            for (chosen, message) in [
                (records, place + "the store is down"), ([records[number]], "the store is down"),
            ] {
                let error = await #expect(throws: Failure.self) { try await EndCommand.end(chosen, in: store) }
                #expect(error?.message == message && error?.status == .unavailable)
            }
            let last = try await store.load(ids[2], at: .now)
            #expect(last != nil && last?.end == nil)
            let first = try await store.load(ids[0], at: .now)
            #expect((first?.end == nil) == (number == 0))
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

    @Test("What was over already is told of each session, and of one alone when and why")
    func overAlready() async throws {
        try await CLIStore.with(.sqlite) { store in
            let now = CLIStore.now
            var over: [SessionID] = []
            for _ in 1...2 { over.append(try await store.session(of: "ada", age: .seconds(300)).id) }
            for id in over { _ = try await store.store.commit(ending(at: now - .seconds(150)), to: id, at: now) }
            let alone = try await store.run("end", "\(over[0])", "-y")
            #expect(alone.status == 1 && alone.output == "", "\(alone)")
            // How long ago it was depends on how long the test takes.
            #expect(
                alone.errors.replacing(/[0-9]+ min/, with: "N min")
                    == "Error: session \(over[0]) was over already: it ended N min ago. The user signed out.\n")
            let live = try await store.session(of: "ada").id
            let ids = over.map { "Session \($0) was over already.\n" }.joined()
            let runs: [([String], String)] = [([], "There was no session to end."), (["\(live)"], "Ended 1 session.")]
            for (more, sentence) in runs {
                let run = try await SessionsProcess(
                    ["end", "-y", "--store", store.url] + over.map { "\($0)" } + more)
                #expect(run.status == 1 && run.output == "\(sentence)\n\(ids)" && run.errors == "", "\(run)")
            }
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
            #expect(foreign.status == 64 && foreign.output == "", "\(foreign)")
            #expect(foreign.errors == "Error: --except: session \(others[0]) is not one of ada\n")
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

    @Test("A user's sessions end in the realm that is named, and in no other one", arguments: CLIStore.Kind.allCases)
    func ofAUserInARealm(_ kind: CLIStore.Kind) async throws {
        try await CLIStore.with(kind) { store in
            let office = try Realm("office")
            let here = try await store.session(of: "ada", in: office).id
            let elsewhere = try await store.session(of: "ada").id
            let run = try await store.run("end", "-p", "ada", "--realm", "office", "-y")
            #expect(run.status == 0 && run.output == "Ended 1 session.\n", "\(run)")
            #expect(try await store.load(here)?.end?.reason == .endedByOperator)
            #expect(try await store.load(elsewhere)?.end == nil)
            #expect(try await store.store.watermark(of: owner("ada", in: office), raisedTo: nil) != nil)
            #expect(try await store.store.watermark(of: owner("ada"), raisedTo: nil) == nil)
        }
    }

    @Test("An ID of another realm than the one that is named ends nothing")
    func ofAnotherRealm() async throws {
        try await CLIStore.with(.sqlite) { store in
            let id = try await store.session(of: "ada").id
            let wrong = try await store.run("end", "\(id)", "--realm", "office", "-y")
            #expect(wrong.status == 1 && wrong.output == "", "\(wrong)")
            #expect(wrong.errors == "Error: session \(id) is in the realm default, not in office\n")
            #expect(try await store.load(id)?.end == nil)
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
