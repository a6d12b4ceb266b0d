#if Postgres
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres
    @testable import SessionsTesting

    /// A commit to a row that was read a moment ago says which version of it was judged.
    @Suite("A commit to a row that was read a moment ago", .timeLimit(.minutes(10)))
    struct KnownRowTests {
        /// A store whose statements are noted, and for which no more time passes than `uptime` is told.
        private func withNotedStore(
            limits: SessionLimits = .init(), uptime: TestUptime = TestUptime(),
            _ body: (PostgresSessionStore, Database, Noted) async throws -> Void
        ) async throws {
            try await withStore { store, database in
                let noted = Noted()
                let commands = InterruptedCommands(base: store.commands) { statement, _ in
                    noted.texts.withLock { $0.append(statement.query.text) }
                    return nil
                }
                var configuration = store.configuration
                // A limit is looked up by a statement of its own.
                (configuration.maximumRecords, configuration.maximumBytes) = (nil, nil)
                let watched = try PostgresSessionStore(
                    unchecked: commands, configuration: configuration, limits: limits, clock: store.clock,
                    uptime: { uptime.now })
                try await body(watched, database, noted)
            }
        }

        private final class Noted: Sendable {
            let texts = Mutex<[String]>([])

            /// What was sent since the last call: a load, a commit to a known version, or one that judges.
            var kinds: [String] {
                texts.withLock { texts in
                    defer { texts = [] }
                    return texts.map { text in
                        text.hasPrefix("SELECT") ? "load" : text.contains("s.xmin = $3") ? "known" : "judging"
                    }
                }
            }
        }

        @Test("Every kind of change takes one statement that compares versions, and leaves what a load then finds")
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
                let renewal = SessionChanges.SecretMove.Step.renew(
                    digest: digest(5), nonce: RenewalNonce(bytes: [UInt8](repeating: 7, count: 16))!,
                    issuedAt: moment + .seconds(1))
                let steps: [() -> SessionChanges] = [
                    { setting("a", to: #"{"n":1.50,"q":"é \" \\"}"#) },
                    {
                        var changes = setting("new", to: "null")
                        changes.attributes["a"] = .set(json: "[]")
                        changes.attributes["b"] = .remove
                        changes.attributes["nothing"] = .remove
                        changes.expectedRevisions = ["é": 1, "new": 0]
                        return changes
                    },
                    { touching(at: moment + .seconds(5)) }, { touching(at: moment) },
                    {
                        var changes = touching(at: moment + .seconds(6))
                        changes.lifetime = record.lifetime
                        changes.lifetime?.idleTimeout = .minutes(5)
                        changes.lifetime?.isPersistent = true
                        return changes
                    },
                    { moving(renewal, expected: digest(99)) }, { moving(renewal) },
                    { moving(.seen(at: moment + .seconds(2))) }, { moving(.seen(at: moment + .seconds(3))) },
                    { moving(.forgetPrevious) }, { moving(renewal, expected: record.secretDigest) },
                    { signingIn(owner, at: moment + .seconds(9)) },
                    { ending(at: moment + .seconds(10)) },
                ]
                for (number, step) in steps.enumerated() {
                    _ = try await store.load(record.id, at: moment)
                    let before = record.revision
                    _ = noted.kinds
                    let changed = try #require(try await store.commit(step(), to: record.id, at: moment).record)
                    #expect(noted.kinds == ["known"], "\(number)")
                    record = try #require(try await store.load(record.id, at: moment))
                    #expect(
                        record.differences(from: changed).isEmpty, "\(number): \(record.differences(from: changed))")
                    #expect(record.revision == before + 1)
                }
                #expect(record.end?.reason == .signedOut && record.attributes.isEmpty)
            }
        }

        @Test("After a commit the next one needs no load in between, whether that one was judged here or by PostgreSQL")
        func inARow() async throws {
            try await withNotedStore { store, _, noted in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                _ = noted.kinds
                for number in 2...5 {
                    let changed = try await store.commit(setting("n", to: "\(number)"), to: record.id, at: now).record
                    #expect(changed?.revision == UInt64(number) && changed?.attributes["n"]?.json == "\(number)")
                }
                #expect(noted.kinds == ["judging", "known", "known", "known"])
            }
        }

        @Test("A row is known for less than half a minute after it was read or written; then PostgreSQL judges commits")
        func age() async throws {
            let (uptime, almost) = (TestUptime(), Duration.seconds(30) - .nanoseconds(1))
            try await withNotedStore(uptime: uptime) { store, _, noted in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                _ = try await store.load(record.id, at: now)
                _ = noted.kinds
                let steps: [(Duration, String)] = [
                    (almost, "known"), (almost, "known"), (.seconds(30), "judging"), (almost, "known"),
                ]
                for (number, (span, kind)) in steps.enumerated() {
                    uptime.pass(span)
                    let changed = try await store.commit(setting("n", to: "\(number)"), to: record.id, at: now).record
                    #expect(changed?.revision == UInt64(number + 2) && noted.kinds == [kind], "\(number)")
                }
            }
        }

        @Test(
            "Where another writer has changed the row, an operator too, it is judged anew, and what was known isn't told",
            arguments: [
                ("revision = 2, generation = 2", "superseded"),
                ("end_reason = 'signed-out', ended_at = 5, attributes = '{}', attribute_writes = '{}'", "ended"),
                ("last_used_at = 0, absolute_deadline = 1", "ended"),
                ("revision = 2, attribute_writes = '{\"n\": [2, 1]}'", "conflict"),
                ("attributes = '{\"n\": 7}'", "committed"),
                ("principal = 'grace'", "committed"),
            ])
        func changedElsewhere(_ change: String, _ outcome: String) async throws {
            try await withNotedStore { store, database, noted in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                _ = try await store.load(record.id, at: now)
                try database.sql("UPDATE sessions SET \(change) WHERE id = '\(record.id)'")
                _ = noted.kinds
                var changes = setting("other", to: "2")
                changes.expectedRevisions = ["n": 1]
                let result = try await store.commit(changes, to: record.id, at: now)
                #expect(result.name == outcome)
                #expect(noted.kinds == (outcome == "committed" ? ["known", "judging"] : ["known", "judging", "load"]))
                let stored = try #require(try await store.load(record.id, at: now))
                #expect(stored.attributes["other"]?.json == (outcome == "committed" ? "2" : nil))
                if let told = result.record { #expect(stored.differences(from: told).isEmpty) }
            }
        }

        @Test("A row of the same ID and the same revision that was made anew is not taken for the one before")
        func madeAnew() async throws {
            try await withNotedStore { store, database, noted in
                let first = record(["n": "1"])
                #expect(try await store.create(first))
                _ = try await store.load(first.id, at: now)
                try database.sql("DELETE FROM sessions WHERE id = '\(first.id)'")
                let second = StoreSupport.record(first.id, digests: 3, attributes: ["n": "5"], at: now)
                #expect(try await store.create(second))
                _ = noted.kinds
                let changed = try await store.commit(setting("m", to: "2"), to: first.id, at: now).record
                #expect(changed?.secretDigest == digest(3) && changed?.attributes["n"]?.json == "5")
                #expect(noted.kinds == ["known", "judging"])
            }
        }

        @Test("What isn't good by what is known is judged by PostgreSQL, since the row may have changed meanwhile")
        func refusedHere() async throws {
            try await withNotedStore { store, database, noted in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                _ = try await store.load(record.id, at: now)
                try database.sql("UPDATE sessions SET revision = 2, generation = 2 WHERE id = '\(record.id)'")
                _ = noted.kinds
                let changed = try await store.commit(setting("n", to: "2", generation: 2), to: record.id, at: now)
                #expect(changed.name == "committed" && noted.kinds == ["judging"])
            }
        }

        @Test(
            "Sizes are those of the texts as they were set, at each limit and one byte over it, here and in PostgreSQL",
            arguments: [true, false])
        func sizes(_ isKnown: Bool) async throws {
            try await withNotedStore(limits: TightLimits.limits) { store, _, noted in
                let record = record(TightLimits.attributes)
                #expect(try await store.create(record))
                for (name, json, outcome) in TightLimits.steps {
                    _ = try await store.load(record.id, at: now)
                    if !isKnown { store.recent.forget(record.id) }
                    _ = noted.kinds
                    let result = try await store.commit(setting(name, to: json), to: record.id, at: now)
                    #expect(result.name == outcome, "\(name): \(json)")
                    let kind = isKnown && outcome == "committed" ? "known" : "judging"
                    #expect(noted.kinds.first == kind, "\(name): \(json)")
                }
            }
        }

        @Test(
            "An attribute's name may have so many bytes, and one more is too large, here and in PostgreSQL",
            arguments: [true, false])
        func names(_ isKnown: Bool) async throws {
            try await withNotedStore { store, _, _ in
                let session = record(["n": "1"])
                #expect(try await store.create(session))
                for (bytes, outcome) in [
                    (SessionLimits.nameBytes, "committed"), (SessionLimits.nameBytes + 1, "tooLarge"),
                ] {
                    _ = try await store.load(session.id, at: now)
                    if !isKnown { store.recent.forget(session.id) }
                    let changes = setting(String(repeating: "x", count: bytes), to: "1")
                    let result = try await store.commit(changes, to: session.id, at: now)
                    #expect(result.name == outcome, "\(bytes)")
                }
            }
        }

        @Test("Nothing is known of a row where a crash may take transactions back, so that their numbers come again")
        func losing() async throws {
            try await withStore { store, database in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                #expect(try await store.stored(record.id)?.version != nil)
                try database.sql("ALTER DATABASE \(database.name) SET synchronous_commit = off")
                let losing = try await PostgresSessionStore(url: database.url, configuration: store.configuration)
                #expect(try #require(try await losing.stored(record.id)).version == nil)
                for number in 2...3 {
                    let changed = try await losing.commit(setting("n", to: "\(number)"), to: record.id, at: now).record
                    #expect(changed?.revision == UInt64(number))
                    #expect(losing.recent.value(of: record.id, at: .now) == nil)
                }
                try await losing.close()
            }
        }

        @Test(
            "A text that isn't one JSON value is refused, and sets no other attribute, though it would fit among others",
            arguments: [
                #"1,"b":2"#, #"1,"n":2"#, #"1},"b":{"x":2"#, #"{},"b":{}"#, #""x","b":"y""#, #""\"","b":"y""#, "1,",
                "1:2",
                "}", "]", #"{"x":1"#, "[1", #""x"#, #""x\"#, "", " ", "1 2", "{]", "[1}", "[1,]", "nul",
            ])
        func joined(_ json: String) async throws {
            try await withNotedStore { store, _, noted in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                _ = try await store.load(record.id, at: now)
                await expectError(.invalid) {
                    _ = try await store.commit(setting("n", to: json), to: record.id, at: now)
                }
                let stored = try #require(try await store.load(record.id, at: now))
                #expect(stored.revision == 1 && stored.attributes.map(\.json) == ["1"])
            }
        }

        @Test(
            "A text stays one value among others if no comma, colon or bracket outside of its strings ends it",
            arguments: [
                ("1", true), ("\"\"", true), (#"",:{}[]""#, true), (#""\",:""#, true), (#""\\""#, true),
                ("[1,{\"a\":[]}]", true),
                (" {} ", true), (#""\\",1"#, false), ("[],[]", false), ("{}:1", false), ("1}", false), ("}{", false),
                ("[", false), ("{[}", false), ("\"", false), (#""\""#, false),
            ])
        func staysOneValue(_ json: String, _ stays: Bool) {
            #expect(json.staysOneValue == stays)
        }
    }
#endif
