import Foundation
import Sessions
import SessionsStores
import SessionsTesting
import StoreSupport
import Testing

@testable import SessionsCLI

@Suite("Command line: copying", .timeLimit(.minutes(10)))
struct CopyTests {
    static let ways: [(CLIStore.Kind, CLIStore.Kind)] = [(.sqlite, .redis), (.redis, .sqlite), (.sqlite, .sqlite)]

    private func withStores(
        _ way: (CLIStore.Kind, CLIStore.Kind), _ body: (_ from: CLIStore, _ to: CLIStore) async throws -> Void
    ) async throws {
        try await CLIStore.with(way.0) { from in try await CLIStore.with(way.1) { to in try await body(from, to) } }
    }

    private func copy(_ from: CLIStore, _ to: CLIStore, _ more: String...) async throws -> SessionsProcess {
        try await SessionsProcess(["copy", "--from", from.url, "--to", to.url] + more)
    }

    @Test("A copy has every field of every live session, and the users' lists", arguments: ways)
    func everyField(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            var made: [SessionRecord] = []
            for number in 0..<70 {
                var made1 = record(
                    freshID(), realm: number % 2 == 0 ? .default : try Realm("office"), digests: UInt64(number),
                    principal: number % 3 == 0 ? nil : try Principal("user \(number % 5)"),
                    attributes: ["cart": "[\(number), 1.50, \"é\"]", "note": "{\"b\":1,\"a\":null}"],
                    at: CLIStore.now)
                if number % 4 == 0 {
                    made1.previous = .init(
                        digest: digest(99), nonce: try #require(RenewalNonce(bytes: [UInt8](repeating: 3, count: 16))),
                        successorSeenAt: number % 8 == 0 ? CLIStore.now : nil)
                    made1.superseded = .init(familyDigest: digest(7), at: CLIStore.now, revision: 3)
                    made1.revision = 5
                    made1.generation = 2
                }
                if let owner = made1.owner { try await from.store.enroll(made1.id, of: owner, at: CLIStore.now) }
                #expect(try await from.store.create(made1))
                made.append(made1)
            }
            let ended = try await from.session(of: "ada").id
            try await from.end(ended, .signedOut)
            let run = try await copy(from, to)
            #expect(run.output == "Copied 70 sessions, each read back and compared.\n", "\(run)")
            for one in made {
                let there = try #require(try await to.load(one.id))
                #expect(fields(there) == fields(one))
            }
            #expect(try await to.load(ended) == nil)
            let owner = SessionOwner(realm: .default, principal: try Principal("user 4"))
            let listed = try await to.store.list(SessionQuery(.owner(owner)), at: CLIStore.now).records.map(\.id)
            #expect(Set(listed) == Set(made.filter { $0.owner == owner }.map(\.id)) && !listed.isEmpty)
        }
    }

    @Test("A store with sessions of its own is refused without --merge, and keeps them with it", arguments: ways)
    func merges(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let copied = try await from.session(of: "ada").id
            let own = try await to.session(of: "bob", ["cart": "[1]"])
            let refused = try await copy(from, to)
            #expect(
                refused.status == 2
                    && refused.errors
                        == "Error: the destination holds 1 live session that the source has not, or not so new, such as "
                        + "\(own.id). Add --merge to keep them beside the copied ones, or name an empty store\n",
                "\(refused)")
            #expect(try await to.load(copied) == nil)
            #expect(try await copy(from, to, "--merge").status == 0)
            #expect(try await to.load(copied) != nil)
            #expect(fields(try #require(try await to.load(own.id))) == fields(own))
        }
    }

    @Test("A copy that was interrupted goes on, and ends what has ended in the source since", arguments: ways)
    func goesOn(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let first = try await from.session(of: "ada").id
            let second = try await from.session(of: "ada").id
            #expect(try await copy(from, to).status == 0)
            let third = try await from.session(of: "bob").id
            try await from.end(first, .suspectedTheft)
            let again = try await copy(from, to, "--json")
            #expect(again.status == 0, "\(again)")
            let counts = try again.json()
            #expect(
                counts["copied"] as? Int == 1 && counts["alreadyThere"] as? Int == 1 && counts["ended"] as? Int == 1)
            #expect(try await to.load(first)?.end?.reason == .suspectedTheft)
            #expect(try await to.load(second)?.end == nil)
            #expect(try await to.load(third)?.end == nil)
        }
    }

    @Test("A newer revision, and what is over in the destination, stay as they are", arguments: ways)
    func neverBack(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let newer = try await from.session(of: "ada", ["n": "1"]).id
            let over = try await from.session(of: "ada").id
            #expect(try await copy(from, to).status == 0)
            _ = try await to.store.commit(setting("n", to: "2"), to: newer, at: CLIStore.now)
            try await to.end(over, .signedOut)
            #expect(try await copy(from, to).status == 2)
            let counts = try await copy(from, to, "--merge", "--json").json()
            #expect(counts["newerThere"] as? Int == 1 && counts["overThere"] as? Int == 1)
            #expect(try await to.load(newer)?.attributes["n"]?.json == "2")
            #expect(try await to.load(over)?.end?.reason == .signedOut)
        }
    }

    @Test("What a copy did is told, line by line", arguments: ways)
    func told(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            #expect(try await copy(from, to).output == "There was nothing to copy.\n")
            let newer = try await from.session(freshID(), ["n": "1"]).id
            let over = try await from.session().id
            let ended = try await from.session().id
            try await from.session()
            #expect(try await copy(from, to).output == "Copied 4 sessions, each read back and compared.\n")
            _ = try await to.store.commit(setting("n", to: "2"), to: newer, at: CLIStore.now)
            try await to.end(over, .signedOut)
            try await from.end(ended, .signedOut)
            try await from.session()
            #expect(
                try await copy(from, to, "--merge").output == """
                    Copied 1 session, each read back and compared.
                    1 were there already, in the same revision.
                    1 are newer there, and stay as they are.
                    1 are over there, and stay so.
                    1 of an earlier copy were ended, because they have ended in the source since.

                    """)
        }
    }

    @Test("What “end all” has ended before stays over: the users' watermarks are copied", arguments: ways)
    func watermarks(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let ada = try owner("ada")
            let raised = try await from.store.watermark(of: ada, raisedTo: CLIStore.now - .seconds(60))
            try await from.session(of: "ada")
            try await from.session(of: "bob")
            #expect(try await copy(from, to).status == 0)
            #expect(try await to.store.watermark(of: ada, raisedTo: nil) == raised && raised != nil)
            #expect(try await to.store.watermark(of: owner("bob"), raisedTo: nil) == nil)
        }
    }

    @Test("A session that is larger than the limits of a new server is copied whole", arguments: ways)
    func large(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let limits = SessionLimits(attributeBytes: 1 << 20, sessionBytes: 1 << 20, attributeCount: 100)
            let store = try await SessionStoreURL(from.url).open(limits: limits)
            var attributes = ["large": "\"\(String(repeating: "x", count: 100_000))\""]
            for number in 1...70 { attributes["n\(number)"] = "1" }
            let made = record(freshID(), attributes: attributes, at: CLIStore.now)
            #expect(try await store.create(made))
            try await store.close()
            #expect(try await copy(from, to).status == 0)
            #expect(fields(try #require(try await to.load(made.id))) == fields(made))
        }
    }

    @Test("What changed in the source after an earlier copy is told, and not passed over", arguments: ways)
    func outdated(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let id = try await from.session(of: "ada", ["n": "1"]).id
            #expect(try await copy(from, to).status == 0)
            _ = try await from.store.commit(setting("n", to: "2"), to: id, at: CLIStore.now)
            let again = try await copy(from, to)
            #expect(again.status == 2 && again.output == "There was nothing to copy.\n", "\(again)")
            #expect(
                again.errors == "Error: 1 session changed in the source after an earlier copy, and the destination has "
                    + "them as they were; copy into a new store instead\n")
            #expect(
                try await copy(from, to, "--json").output.filter { !" \n".contains($0) } == """
                    {"alreadyThere":0,"copied":0,"ended":0,"newerThere":0,"outdated":1,"overThere":0,"unreadable":[]}
                    """)
        }
    }

    @Test("What the destination has in the same revision, and not the same, is told and left as it is", arguments: ways)
    func different(_ way: (CLIStore.Kind, CLIStore.Kind)) async throws {
        try await withStores(way) { from, to in
            let here = try await from.session(freshID(), ["n": "1"])
            var there = here
            there.attributes = SessionAttributes([.init(name: "n", json: "2", revision: 1)])
            #expect(try await to.store.create(there))
            let run = try await copy(from, to)
            #expect(run.status == 65 && run.output == "", "\(run)")
            #expect(
                run.errors
                    == "Error: session \(here.id) is not the same in both stores, in the same revision: "
                    + "attribute n differ; nothing of it was overwritten\n")
            #expect(try await to.load(here.id)?.attributes["n"]?.json == "2")
        }
    }

    @Test("A store isn't copied to itself, nor from a file that isn't there")
    func wrongStores() async throws {
        try await CLIStore.with(.sqlite) { store in
            let same = try await copy(store, store)
            #expect(same.status == 64 && same.output == "", "\(same)")
            #expect(same.errors == "Error: --to names the store that is copied, \(store.url); name another one\n")
            let missing = try await SessionsProcess(["copy", "--from", store.url + "x", "--to", store.url])
            #expect(missing.status == 78 && missing.errors.contains("there is no session file"), "\(missing)")
            let wrong = try await SessionsProcess(["copy", "--from", store.url, "--to", "memory"])
            #expect(wrong.status == 78 && wrong.output == "", "\(wrong)")
            #expect(
                wrong.errors
                    == "Error: --to: what is copied to memory is gone when the copy ends; name a store that stays\n")
        }
    }

    @Test(
        "A copy takes 8 MiB and 1000 attributes of a session, and says what is larger",
        arguments: [
            ([(8 << 20) - 2], nil),
            ([(8 << 20) + 1], "bytes of JSON in attribute \"n0\": 8388609, over the limit of 8388608"),
            (
                [4 << 20, (4 << 20) - 3],
                "bytes in the session's attributes: 8388609, over the limit of 8388608"
            ),
            (Array(repeating: 1, count: 1000), nil),
            (Array(repeating: 1, count: 1001), "the session's attributes: 1001, over the limit of 1000"),
        ] as [([Int], String?)])
    func limits(_ sizes: [Int], _ problem: String?) async throws {
        try await withStores((.sqlite, .sqlite)) { from, to in
            let limits = SessionLimits(attributeBytes: 16 << 20, sessionBytes: 16 << 20, attributeCount: 2000)
            let store = try await SessionStoreURL(from.url).open(limits: limits)
            var attributes: [String: String] = [:]
            for (number, size) in sizes.enumerated() {
                attributes["n\(number)"] = size == 1 ? "1" : "\"\(String(repeating: "x", count: size - 2))\""
            }
            let made = record(freshID(), attributes: attributes, at: CLIStore.now)
            #expect(try await store.create(made))
            try await store.close()
            let run = try await copy(from, to)
            #expect(run.status == (problem == nil ? 0 : 70))
            #expect(run.errors == (problem.map { "Error: \($0)\n" } ?? ""))
            #expect((try await to.load(made.id) != nil) == (problem == nil))
        }
    }

    @Test("A copy writes a session, reads it back, and writes nothing of one that is there")
    func onlyOnce() async throws {
        let (source, destination) = (MemorySessionStore(), RecordingStore(MemorySessionStore()))
        #expect(try await source.create(record(freshID(), principal: try Principal("ada"), at: CLIStore.now)))
        let copy = StoreCopy(source: source, destination: destination)
        var progress: [Int] = []
        let first = try await copy.run { progress.append($0.looked) }
        #expect(first.copied == 1 && destination.operations == [.load, .enroll, .create, .load])
        destination.reset()
        let second = try await copy.run { progress.append($0.looked) }
        #expect(second.alreadyThere == 1 && destination.operations == [.load])
        #expect(progress == [1, 1])
    }

    @Test("The destination learns what “end all” has ended before it gets a session of that user")
    func watermarkFirst() async throws {
        let (source, destination) = (MemorySessionStore(), RecordingStore(MemorySessionStore()))
        #expect(try await source.create(record(freshID(), principal: try Principal("ada"), at: CLIStore.now)))
        _ = try await source.watermark(of: owner("ada"), raisedTo: CLIStore.now - .seconds(60))
        let count = try await StoreCopy(source: source, destination: destination).run { _ in }
        #expect(count.copied == 1)
        // A copy that is interrupted in between finds the session there when it is started again, and leaves it.
        #expect(destination.operations == [.load, .enroll, .watermark, .create, .load])
    }

    @Test("A copy fails where the source doesn't say what has become of a session that the destination has")
    func silentSource() async throws {
        let (source, destination) = (FaultyStore(MemorySessionStore()), MemorySessionStore())
        #expect(try await destination.create(record(freshID(), at: CLIStore.now)))
        source.follow { operation, _ in operation == .load ? .fail : .pass }
        let error = await #expect(throws: SessionError.self) {
            try await StoreCopy(source: source, destination: destination).prepare(merges: true)
        }
        #expect(error?.code == .unavailable)
    }

    @Test("A session that the destination hasn't as it was written is told")
    func readBack() async throws {
        let made = record(freshID(), attributes: ["n": "1"], at: CLIStore.now)
        let source = MemorySessionStore()
        #expect(try await source.create(made))
        let keepsNothing = CarelessStore(making: { (_, _) async throws(SessionError) in true })
        let mixesUp = CarelessStore(making: { (record, base) async throws(SessionError) in
            var other = record
            other.attributes = SessionAttributes([.init(name: "n", json: "2", revision: 1)])
            other.generation = 2
            return try await base.create(other)
        })
        for (store, message) in [
            (keepsNothing, "the destination doesn't have session \(made.id), which it has just taken"),
            (
                mixesUp,
                "session \(made.id) is not the same in both stores, in the same revision: "
                    + "generation, attribute n differ; nothing of it was overwritten"
            ),
        ] {
            let failure = await #expect(throws: Failure.self) {
                try await StoreCopy(source: source, destination: store).run { _ in }
            }
            #expect(failure?.status == .unreadable && failure?.message == message)
        }
    }

    @Test("What happens to a session in the destination while it is copied stays as it is")
    func meanwhile() async throws {
        let made = record(freshID(), attributes: ["n": "1"], at: CLIStore.now)
        let source = MemorySessionStore()
        #expect(try await source.create(made))
        // Its ID is taken, and the session over; a server uses it at once; another copy is first.
        let gone = CarelessStore(making: { (_, _) async throws(SessionError) in false })
        let used = CarelessStore(making: { (record, base) async throws(SessionError) in
            guard try await base.create(record) else { return false }
            _ = try await base.commit(setting("n", to: "2"), to: record.id, at: CLIStore.now)
            return true
        })
        let raced = CarelessStore(making: { (record, base) async throws(SessionError) in
            _ = try await base.create(record)
            return false
        })
        func outcome(_ store: CarelessStore) async throws -> [Int] {
            let count = try await StoreCopy(source: source, destination: store).run { _ in }
            return [count.overThere, count.copied, count.alreadyThere]
        }
        #expect(try await outcome(gone) == [1, 0, 0])
        #expect(try await outcome(used) == [0, 1, 0])
        #expect(try await outcome(raced) == [0, 0, 1])
    }

    @Test("A session of the same ID in another realm is the destination's own")
    func otherRealm() async throws {
        let id = freshID()
        let (source, destination) = (MemorySessionStore(), MemorySessionStore())
        #expect(try await source.create(record(id, at: CLIStore.now)))
        #expect(try await destination.create(record(id, realm: Realm("office"), at: CLIStore.now)))
        let failure = await #expect(throws: Failure.self) {
            try await StoreCopy(source: source, destination: destination).prepare(merges: false)
        }
        #expect(
            failure?.message == "the destination holds 1 live session that the source has not, or not so new, such as "
                + "\(id). Add --merge to keep them beside the copied ones, or name an empty store")
        #expect(try await StoreCopy(source: source, destination: destination).prepare(merges: true) == 0)
    }
}
