import RedisServers
import Sessions
import SessionsRedisClient
import StoreSupport
import Synchronization
import Testing

@testable import SessionsRedis

/// A commit to a session that was read a moment ago says which version of it was judged.
@Suite("A commit to a session in Redis that was read a moment ago", .timeLimit(.minutes(10)))
struct KnownSessionTests {
    /// Tells which scripts a store sends.
    private final class Noted: RedisCommands {
        private let base: any RedisCommands
        private let scripts: Scripts
        private let texts = Mutex<[String]>([])

        init(_ base: any RedisCommands, _ scripts: Scripts) {
            self.base = base
            self.scripts = scripts
        }

        /// What was sent since the last call: a load, a commit to a known version, or one that judges.
        var kinds: [String] {
            texts.withLock { texts in
                defer { texts = [] }
                return texts
            }
        }

        func send(
            _ command: RedisCommand, deadline: ContinuousClock.Instant
        ) async throws(RedisFailure) -> RedisReply {
            let words = command.arguments.prefix(2).map { String(decoding: $0, as: UTF8.self) }
            switch (words[0], words[1]) {
            case ("EVALSHA", scripts.commitToKnown.digest): texts.withLock { $0.append("known") }
            case ("EVALSHA", scripts.commit.digest): texts.withLock { $0.append("judging") }
            case ("EVAL", _), ("EVALSHA", _): break
            default: texts.withLock { $0.append("load") }
            }
            return try await base.send(command, deadline: deadline)
        }
    }

    private func withNotedStore(
        limits: SessionLimits = .init(), clock: any SessionClock = SystemSessionClock(),
        _ body: (RedisSessionStore, Database, Noted) async throws -> Void
    ) async throws {
        try await withStore(limits: limits) { store, database in
            let noted = Noted(database.client, store.scripts)
            let watched = RedisSessionStore(
                unchecked: noted, configuration: store.configuration, limits: limits, clock: clock,
                recent: RecentSessions(age: .hours(1)))
            try await body(watched, database, noted)
        }
    }

    /// Changes a session as another server does, which knows nothing of this one.
    private func elsewhere(
        _ database: Database, _ changes: SessionChanges, _ id: SessionID, at moment: Timestamp
    ) async throws {
        let result = try await database.store.commit(changes, to: id, at: moment)
        #expect(result.name == "committed")
    }

    @Test("Every kind of change is applied to a known session, and leaves what a load then finds")
    func everyChange() async throws {
        try await withNotedStore { store, database, noted in
            let moment = now
            var record = record(["a": "1", "b": #"{"x":[1,2]}"#, "é": "true"], at: moment)
            #expect(try await store.create(record))
            let owner = try Principal("ada")
            func moving(_ step: SessionChanges.SecretMove.Step, expected: SecretDigest? = nil) -> SessionChanges {
                var changes = SessionChanges(expectedGeneration: record.generation)
                changes.secretMove = .init(expected: expected ?? record.secretDigest, step: step)
                return changes
            }
            func renewal(_ number: UInt64) -> SessionChanges.SecretMove.Step {
                .renew(
                    digest: digest(number), nonce: RenewalNonce(bytes: [UInt8](repeating: 7, count: 16))!,
                    issuedAt: moment + .seconds(Int(number)))
            }
            let steps: [(String, () -> SessionChanges)] = [
                ("known", { setting("a", to: #"{"n":1.50,"q":"é \" \\"}"#) }),
                (
                    "known",
                    {
                        var changes = setting("new", to: "null")
                        changes.attributes["a"] = .set(json: "[]")
                        changes.attributes["b"] = .remove
                        changes.attributes["nothing"] = .remove
                        changes.expectedRevisions = ["é": 1, "new": 0]
                        return changes
                    }
                ),
                (
                    "known",
                    {
                        var changes = SessionChanges(expectedGeneration: 1)
                        changes.attributes = ["é": .remove]
                        return changes
                    }
                ),
                ("known", { touching(at: moment + .seconds(5)) }), ("known", { touching(at: moment) }),
                ("known", { moving(renewal(5), expected: digest(99)) }), ("known", { moving(renewal(5)) }),
                ("known", { moving(.seen(at: moment + .seconds(2))) }),
                ("known", { moving(.seen(at: moment + .seconds(3))) }),
                ("known", { moving(renewal(6)) }), ("known", { moving(.forgetPrevious) }),
                (
                    "judging",
                    {
                        var changes = touching(at: moment + .seconds(6))
                        changes.lifetime = record.lifetime
                        changes.lifetime?.idleTimeout = .minutes(5)
                        return changes
                    }
                ),
                ("judging", { signingIn(owner, at: moment + .seconds(9)) }),
                ("known", { setting("a", to: "2", generation: 2) }),
                ("judging", { ending(at: moment + .seconds(10)) }),
            ]
            for (number, (kind, step)) in steps.enumerated() {
                _ = try await store.load(record.id, at: moment)
                let before = record.revision
                _ = noted.kinds
                let changed = try #require(try await store.commit(step(), to: record.id, at: moment).record)
                #expect(noted.kinds == [kind], "\(number)")
                // By a store that knows nothing yet.
                record = try #require(try await database.store.load(record.id, at: moment))
                #expect(fields(record) == fields(changed), "\(number)")
                #expect(record.revision == before + 1)
            }
            #expect(record.end?.reason == .signedOut && record.attributes.isEmpty)
        }
    }

    @Test("After a commit the next one needs no load in between, whether it was judged here or by Redis")
    func inARow() async throws {
        try await withNotedStore { store, _, noted in
            let record = record(["n": "1"])
            #expect(try await store.create(record))
            for number in 2...5 {
                let changed = try await store.commit(setting("n", to: "\(number)"), to: record.id, at: now).record
                #expect(changed?.revision == UInt64(number) && changed?.attributes["n"]?.json == "\(number)")
            }
            #expect(noted.kinds == ["judging", "known", "known", "known"])
        }
    }

    @Test("Where another server has changed the session it is judged anew, and what was known isn't told")
    func changedElsewhere() async throws {
        let moment = now
        let changes: [(SessionChanges, String)] = [
            (signingIn(try Principal("ada"), at: moment), "superseded"), (ending(at: moment), "ended"),
            (setting("n", to: "7"), "conflict"), (setting("m", to: "7"), "committed"),
            (touching(at: moment + .seconds(9)), "committed"),
        ]
        try await withNotedStore { store, database, noted in
            for (change, outcome) in changes {
                let record = record(["n": "1"], at: moment)
                #expect(try await store.create(record))
                _ = try await store.load(record.id, at: moment)
                try await elsewhere(database, change, record.id, at: moment)
                _ = noted.kinds
                var ours = setting("other", to: "2")
                ours.expectedRevisions = ["n": 1]
                let result = try await store.commit(ours, to: record.id, at: moment)
                #expect(result.name == outcome)
                #expect(noted.kinds == ["known", "judging"])
                let stored = try #require(try await database.store.load(record.id, at: moment))
                #expect(stored.attributes["other"]?.json == (outcome == "committed" ? "2" : nil))
                if let told = result.record { #expect(fields(stored) == fields(told)) }
            }
        }
    }

    @Test("A session that is gone meanwhile isn't made anew by a commit to what was known of it")
    func gone() async throws {
        try await withNotedStore { store, database, noted in
            let record = record(["n": "1"])
            #expect(try await store.create(record))
            _ = try await store.load(record.id, at: now)
            #expect(try await database.ask("DEL", store.keys.session(record.id)) == .integer(1))
            _ = noted.kinds
            #expect(try await store.commit(setting("n", to: "2"), to: record.id, at: now).name == "missing")
            #expect(noted.kinds == ["known", "judging"])
            #expect(try await store.load(record.id, at: now) == nil)
        }
    }

    @Test("A session of the same ID and the same revision that was made anew is not taken for the one before")
    func madeAnew() async throws {
        try await withNotedStore { store, database, noted in
            let moment = now
            let first = record(["n": "1"], at: moment)
            #expect(try await store.create(first))
            _ = try await store.load(first.id, at: moment)
            #expect(try await database.ask("DEL", store.keys.session(first.id)) == .integer(1))
            let second = StoreSupport.record(first.id, digests: 3, attributes: ["n": "5"], at: moment)
            #expect(try await database.store.create(second))
            _ = noted.kinds
            let changed = try await store.commit(setting("m", to: "2"), to: first.id, at: moment).record
            #expect(changed?.secretDigest == digest(3) && changed?.attributes["n"]?.json == "5")
            #expect(noted.kinds == ["known", "judging"])
        }
    }

    @Test(
        "Where Redis has lost the write that this server knows, a commit is judged by what came in its place",
        arguments: ["ended", "conflict", "committed"])
    func lostWrite(_ outcome: String) async throws {
        try await withNotedStore { store, database, noted in
            let moment = now
            let record = record(["n": "1"], at: moment)
            #expect(try await store.create(record))
            let key = store.keys.session(record.id)
            var before: [RedisReply] = []
            if case .array(let fields) = try await database.ask("HGETALL", key) { before = fields }
            _ = try await store.load(record.id, at: moment)
            #expect(try await store.commit(setting("n", to: "2"), to: record.id, at: moment).record?.revision == 2)
            // Redis is back at what it was before, as a replica is that hadn't received the write.
            _ = try await database.ask("DEL", key)
            let fields = before.compactMap { if case .bytes(let bytes) = $0 { Array(bytes) } else { nil } }
            _ = try await database.ask("HSET", key, arguments: fields)
            try await elsewhere(
                database, outcome == "ended" ? ending(at: moment) : setting("m", to: "7"), record.id, at: moment)
            _ = noted.kinds
            var ours = setting("other", to: "3")
            if outcome == "conflict" { ours.expectedRevisions = ["n": 2] }
            let result = try await store.commit(ours, to: record.id, at: moment)
            #expect(result.name == outcome && noted.kinds == ["known", "judging"])
            let stored = try #require(try await database.store.load(record.id, at: moment))
            let names = ["ended": [], "conflict": ["m", "n"], "committed": ["m", "n", "other"]][outcome]
            #expect(stored.attributes.map(\.name) == names)
            if let told = result.record { #expect(StoreSupport.fields(stored) == StoreSupport.fields(told)) }
        }
    }

    @Test("What isn't good by what is known is judged by Redis, since the session may have changed meanwhile")
    func refusedHere() async throws {
        try await withNotedStore { store, database, noted in
            let record = record(["n": "1"])
            #expect(try await store.create(record))
            _ = try await store.load(record.id, at: now)
            try await elsewhere(database, signingIn(try Principal("ada"), at: now), record.id, at: now)
            _ = noted.kinds
            let changed = try await store.commit(setting("n", to: "2", generation: 2), to: record.id, at: now)
            #expect(changed.name == "committed" && noted.kinds == ["judging"])
        }
    }

    @Test("A commit to a known session is not applied after its end by Redis's clock")
    func fenced() async throws {
        // A whole minute, so that neither the server's pace nor the tolerance of clocks matters.
        try await withNotedStore(clock: ShiftedClock(by: .seconds(-120))) { store, database, noted in
            let record = record(["n": "1"])
            #expect(try await database.store.create(record))
            _ = try await store.load(record.id, at: now)
            await expectError(.unavailable, mentioning: "not applied while committing", "too late by Redis's clock") {
                _ = try await store.commit(setting("n", to: "2"), to: record.id, at: now)
            }
            #expect(noted.kinds == ["load", "known"])
            #expect(try await database.store.load(record.id, at: now)?.attributes["n"]?.json == "1")
        }
    }

    @Test("A use of a known session moves when Redis deletes its key, to a minute after it may be forgotten")
    func kept() async throws {
        try await withNotedStore { store, database, noted in
            let moment = now
            let record = record(["n": "1"], at: moment)
            #expect(try await store.create(record))
            _ = try await store.load(record.id, at: moment)
            let key = store.keys.session(record.id)
            #expect(try await database.ask("PEXPIRE", key, Array("5000000".utf8)) == .integer(1))
            _ = noted.kinds
            _ = try await store.commit(setting("n", to: "2"), to: record.id, at: moment)
            #expect(try await database.timeLeft(key) <= .milliseconds(5_000_000))
            _ = try await store.commit(touching(at: moment), to: record.id, at: moment)
            #expect(try await database.timeLeft(key) <= .milliseconds(5_000_000))
            // Idle timeout 30 minutes, touch interval 1, retention 1 hour, and Redis's minute.
            _ = try await store.commit(touching(at: moment + .milliseconds(1)), to: record.id, at: moment)
            let whole = Duration.minutes(92) + .milliseconds(1)
            let left = try await database.timeLeft(key)
            #expect(left <= whole && left > whole - .minutes(5))
            #expect(noted.kinds == ["known", "known", "known"])
        }
    }

    @Test("Sizes of a known session are judged at each limit and one byte over it")
    func sizes() async throws {
        try await withNotedStore(limits: TightLimits.limits) { store, _, noted in
            let record = record(TightLimits.attributes)
            #expect(try await store.create(record))
            for (name, json, outcome) in TightLimits.steps {
                _ = try await store.load(record.id, at: now)
                _ = noted.kinds
                let result = try await store.commit(setting(name, to: json), to: record.id, at: now)
                #expect(result.name == outcome, "\(name): \(json)")
                #expect(noted.kinds == [outcome == "committed" ? "known" : "judging"], "\(name): \(json)")
            }
        }
    }

    @Test("As many attributes as may be are removed from a known session at once")
    func manyRemoved() async throws {
        let limits = SessionLimits(attributeBytes: 100, sessionBytes: 100_000, attributeCount: 2000)
        try await withNotedStore(limits: limits) { store, database, noted in
            let names = (0..<1001).map { "\($0)" }
            // Of more bytes nothing would be known.
            let record = record(Dictionary(uniqueKeysWithValues: names.map { ($0, "1") }))
            #expect(record.attributes.byteCount == 3895)
            #expect(try await store.create(record))
            _ = try await store.load(record.id, at: now)
            _ = noted.kinds
            var changes = SessionChanges(expectedGeneration: 1)
            for name in names { changes.attributes[name] = .remove }
            #expect(try await store.commit(changes, to: record.id, at: now).record?.attributes.isEmpty == true)
            #expect(noted.kinds == ["known"])
            #expect(try await database.store.load(record.id, at: now)?.attributes.isEmpty == true)
        }
    }
}
