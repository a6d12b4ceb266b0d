import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct CommitTests {
    @Test func whatIsCommittedIsWhatIsLoaded() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            var changes = setting("a", to: "1")
            changes.attributes["b"] = .set(json: "2")
            changes.lastUsedAt = start + .minutes(2)
            changes.secretMove = .init(
                expected: digest(1),
                step: .renew(digest: digest(2), nonce: RenewalNonce(Block16(1, 2)), issuedAt: start))
            let first = try #require(try await store.commit(changes, to: id(1), at: start).record)
            try #expect(fields(#require(await store.load(id(1), at: start))) == fields(first))
            changes = setting("b", to: "3")
            changes.attributes["a"] = .remove
            changes.secretMove = .init(expected: digest(2), step: .forgetPrevious)
            let second = try #require(try await store.commit(changes, to: id(1), at: start).record)
            #expect(second.attributes.names == ["b"] && second.previous == nil && second.revision == 3)
            try #expect(fields(#require(await store.load(id(1), at: start))) == fields(second))
        }
    }

    /// A commit that changes one part of a record.
    enum Part: CaseIterable, Sendable {
        case use, attribute, lifetime, renewal, seen, forgotten, privileges, end

        func changes(of record: SessionRecord) throws -> SessionChanges {
            var changes = SessionChanges(expectedGeneration: record.generation)
            switch self {
            case .use: changes.lastUsedAt = start + .seconds(1)
            case .attribute: changes.attributes = ["a": .set(json: "2")]
            case .lifetime:
                changes.lifetime = SessionLifetime(
                    idleTimeout: nil, touchInterval: .seconds(2), absoluteDeadline: start + .minutes(2),
                    retention: .seconds(3), isPersistent: true)
            case .renewal:
                changes.secretMove = .init(
                    expected: record.secretDigest,
                    step: .renew(digest: digest(7), nonce: RenewalNonce(Block16(1, 2)), issuedAt: start + .seconds(1)))
            case .seen:
                changes.secretMove = .init(expected: record.secretDigest, step: .seen(at: start + .seconds(1)))
            case .forgotten: changes.secretMove = .init(expected: record.secretDigest, step: .forgetPrevious)
            case .privileges:
                return signingIn(try Principal("ann"), by: [.init(.password, at: start)], at: start + .seconds(1))
            case .end: return ending(at: start + .seconds(1))
            }
            return changes
        }
    }

    @Test("A commit of one part of a record is kept, and leaves the rest as it was", arguments: Part.allCases)
    func aCommitOfOnePartIsKept(_ part: Part) async throws {
        try await withStore { store in
            var stored = record(1)
            stored.previous = .init(digest: digest(8), nonce: RenewalNonce(Block16(3, 4)))
            stored.attributes = SessionAttributes([
                .init(name: "a", json: "1", revision: 1), .init(name: "b", json: "1", revision: 1),
            ])
            _ = try await store.create(stored)
            let result = try await store.commit(part.changes(of: stored), to: id(1), at: start + .seconds(1))
            let committed = try #require(result.record)
            #expect(fields(committed) != fields(stored) && committed.revision == 2)
            try #expect(fields(#require(await store.load(id(1), at: start))) == fields(committed))
        }
    }

    @Test func aCommitNeverCreates() async throws {
        try await withStore { store in
            let result = try await store.commit(setting("a", to: "1"), to: id(1), at: start)
            #expect(result.name == "missing")
            #expect(try await store.load(id(1), at: start) == nil)
        }
    }

    @Test func theGenerationIsAFence() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            let signedIn = try await store.commit(signingIn(try Principal("ann"), at: start), to: id(1), at: start)
            #expect(signedIn.record?.generation == 2)
            #expect(try await store.commit(setting("a", to: "1"), to: id(1), at: start).name == "superseded")
            let loaded = try #require(try await store.load(id(1), at: start))
            #expect(fields(loaded) == fields(try #require(signedIn.record)))
        }
    }

    @Test func anAttributeOfAnotherRevisionIsAConflict() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start)
            var late = setting("a", to: "9")
            late.expectedRevisions = ["a": 0]
            guard case .conflict(let now) = try await store.commit(late, to: id(1), at: start) else {
                Issue.record("no conflict")
                return
            }
            #expect(now.attributes["a"]?.json == "1" && now.attributes["a"]?.revision == 2)
        }
    }

    @Test func nothingBringsASessionBack() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start)
            #expect(try await store.commit(ending(at: start), to: id(1), at: start).record?.attributes.isEmpty == true)
            #expect(try await store.commit(setting("a", to: "2"), to: id(1), at: start).name == "ended")
            #expect(try await store.load(id(1), at: start)?.attributes.isEmpty == true)
            _ = try await store.create(record(2))
            #expect(try await store.commit(setting("a", to: "2"), to: id(2), at: start + .minutes(31)).name == "ended")
        }
    }

    @Test func concurrentUpdatesAllCount() async throws {
        try await withPath { path in
            let stores = [
                try await SQLiteSessionStore(path: path, configuration: .patient()),
                try await SQLiteSessionStore(path: path, configuration: .patient()),
            ]
            _ = try await stores[0].create(record(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    let store = stores[number % 2]
                    group.addTask { for _ in 0..<25 { try await increment(in: store) } }
                }
                try await group.waitForAll()
            }
            for store in stores {
                #expect(try await store.load(id(1), at: start)?.attributes["n"]?.json == "200")
                try await store.close()
            }
        }
    }

    private func increment(in store: SQLiteSessionStore) async throws {
        while true {
            let seen = try #require(try await store.load(id(1), at: start)).attributes["n"]
            var changes = setting("n", to: "\((seen.flatMap { Int($0.json) } ?? 0) + 1)")
            changes.expectedRevisions = ["n": seen?.revision ?? 0]
            if case .committed = try await store.commit(changes, to: id(1), at: start) { return }
        }
    }

    @Test func anotherConnectionSeesACommitAtOnce() async throws {
        try await withPath { path in
            let one = try await SQLiteSessionStore(path: path, configuration: .patient())
            let two = try await SQLiteSessionStore(path: path, configuration: .patient())
            _ = try await one.create(record(1))
            for number in 1...50 {
                _ = try await one.commit(setting("a", to: "\(number)"), to: id(1), at: start)
                #expect(try await two.load(id(1), at: start)?.attributes["a"]?.json == "\(number)")
            }
            _ = try await two.commit(ending(at: start), to: id(1), at: start)
            #expect(try await one.load(id(1), at: start)?.end != nil)
            try await one.close()
            #expect(try await two.load(id(1), at: start)?.end != nil)
            try await two.close()
        }
    }
}
