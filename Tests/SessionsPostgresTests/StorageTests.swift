#if Postgres
    import PostgresServers
    import RedisServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Testing

    @testable import SessionsPostgres

    /// How sessions lie in the tables.
    @Suite(.timeLimit(.minutes(30))) struct StorageTests {
        @Test(
            "Touches are HOT updates, which leave every index alone",
            arguments: [100, 16_000])
        func touches(_ bytes: Int) async throws {
            // Alone: PostgreSQL cleans no page up while something is written anywhere on the server, in whatever database.
            let server = try PostgresProcess(["autovacuum=off"])
            try await server.initialize()
            try await server.start()
            let store = try await PostgresSessionStore(url: server.url(), configuration: SharedStores.patient)
            var random = SystemRandomNumberGenerator()
            let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
            let text = String((0..<bytes).map { _ in letters.randomElement(using: &random) ?? "x" })
            let records = (0..<100).map { _ in record(["data": "\"\(text)\""]) }
            for record in records { #expect(try await store.create(record)) }
            let moment = now
            // One after the other: where many are at one page at once, PostgreSQL can't clean it up for the next.
            for step in 1...40 {
                for record in records {
                    let touch = touching(at: moment + .milliseconds(step))
                    let result = try await store.commit(touch, to: record.id, at: moment)
                    #expect(result.name == "committed")
                }
            }
            // What the connections did is counted when they have ended.
            try await store.close()
            func updates() throws -> [Int] {
                try server.sql("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'sessions'")
                    .split(separator: "|").compactMap { Int($0) }
            }
            try await eventually("all updates are counted") { try updates().first == 4000 }
            let hot = try updates().last ?? 0
            #expect(hot * 100 >= 4000 * 95, "\(hot) of 4000")
        }

        @Test(
            "A touch leaves when the sweep looks at a session alone; a shorter lifetime and an end move it, and never too late"
        )
        func dueFrom() async throws {
            try await withStore { store, database in
                let moment = now
                let record = record(at: moment)
                #expect(try await store.create(record))
                func due() throws -> Int64? {
                    Int64(try database.sql("SELECT due_from FROM sessions WHERE id = '\(record.id)'"))
                }
                #expect(try due() == record.dueAt.milliseconds)
                let touched = try await store.commit(touching(at: moment + .minutes(20)), to: record.id, at: moment)
                #expect(touched.record?.deadline == moment + .minutes(51))
                #expect(try due() == record.dueAt.milliseconds)
                var shorter = SessionChanges(expectedGeneration: 1)
                shorter.lifetime = record.lifetime
                shorter.lifetime?.absoluteDeadline = moment + .minutes(5)
                _ = try await store.commit(shorter, to: record.id, at: moment)
                #expect(try due() == (moment + .minutes(5)).milliseconds)
                // A shorter idle timeout moves it as well, from the last use as it was.
                let idle = StoreSupport.record(freshID(), at: moment)
                #expect(try await store.create(idle))
                var sooner = SessionChanges(expectedGeneration: 1)
                sooner.lifetime = idle.lifetime
                sooner.lifetime?.idleTimeout = .minutes(2)
                _ = try await store.commit(sooner, to: idle.id, at: moment)
                let lowered = try database.sql("SELECT due_from FROM sessions WHERE id = '\(idle.id)'")
                #expect(Int64(lowered) == (moment + .minutes(3)).milliseconds)
                // What may be forgotten before it was due is due then.
                var short = StoreSupport.record(freshID(), at: moment)
                short.lifetime.retention = .seconds(1)
                #expect(try await store.create(short))
                _ = try await store.commit(ending(at: moment), to: short.id, at: moment)
                let ended = try database.sql("SELECT due_from FROM sessions WHERE id = '\(short.id)'")
                #expect(Int64(ended) == (moment + .seconds(1)).milliseconds)
            }
        }

        @Test(
            "Statements that several callers share read no table whole, also one that was empty when they were planned")
        func sharedPlans() async throws {
            try await withStore { store, database in
                for (query, types, accesses) in [
                    (store.statements.loadTogether, "uuid[]", ["Index Scan using sessions_pkey"]),
                    (
                        store.statements.commitTogether,
                        "uuid[], xid[], timestamptz[], timestamptz, jsonb[], jsonb[], bigint[]",
                        ["Index Scan using sessions_pkey", "Tid Scan on sessions"]
                    ),
                ] {
                    let values = Array(repeating: "NULL", count: query.parameterTypes.count).joined(separator: ", ")
                    let plan = try database.sql(
                        """
                        PREPARE q(\(types)) AS \(query.text);
                        SET plan_cache_mode = force_generic_plan;
                        EXPLAIN (COSTS OFF) EXECUTE q(\(values))
                        """)
                    for access in accesses { #expect(plan.contains(access), "\(plan)") }
                    #expect(!plan.contains("Seq Scan on sessions"), "\(plan)")
                }
            }
        }

        @Test("No call reads or counts the whole table: each goes by an index, and a list stops at its limit")
        func plans() async throws {
            try await withStore { store, database in
                let record = StoreSupport.record(freshID(), principal: try Principal("ada"), at: now)
                #expect(try await store.create(record))
                let copied = Columns.all.dropFirst().joined(separator: ", ")
                try database.sql(
                    """
                    INSERT INTO sessions (id, \(copied), due_from)
                        SELECT gen_random_uuid(), \(copied), due_from + n FROM sessions, generate_series(1, 20000) AS n;
                    ANALYZE sessions
                    """)
                let id = "'\(record.id)'", owner = "'default', 'ada'"
                for (query, values, index) in [
                    (store.statements.load, id, "sessions_pkey"),
                    (store.statements.listAll, "\(id), 10", "sessions_pkey"),
                    (store.statements.listRealm, "'default', \(id), 10", "sessions_"),
                    (store.statements.listOwner, "\(owner), \(id), 10", "sessions_"),
                    (store.statements.sweep, "\(record.dueAt.milliseconds + 5), 10", "sessions_due"),
                    (store.statements.removeProof, id, "sessions_pkey"),
                ] {
                    let types = query.parameterTypes.map { type in
                        switch type {
                        case .uuid: "uuid"
                        case .bigint: "bigint"
                        default: "text"
                        }
                    }
                    let plan = try database.sql(
                        """
                        PREPARE q(\(types.joined(separator: ", "))) AS \(query.text);
                        EXPLAIN (COSTS OFF) EXECUTE q(\(values))
                        """)
                    #expect(plan.contains("using \(index)"), "\(plan)")
                    #expect(!plan.contains("Seq Scan on sessions"), "\(plan)")
                    #expect(!query.text.contains("count(*) FROM \"public\""), "\(query.text)")
                }
            }
        }

        @Test("The tables have an index for each thing that lists and sweeps look for")
        func indexes() async throws {
            try await withStore { _, database in
                let indexes = try database.sql(
                    """
                    SELECT indexdef FROM pg_indexes
                    WHERE schemaname = 'public' AND indexdef NOT LIKE 'CREATE UNIQUE%' ORDER BY indexname
                    """)
                #expect(
                    indexes.split(separator: "\n").map(String.init) == [
                        "CREATE INDEX session_watermarks_age ON public.session_watermarks USING btree (raised_to)",
                        "CREATE INDEX sessions_due ON public.sessions USING btree (due_from)",
                        "CREATE INDEX sessions_owner ON public.sessions USING btree (realm, principal, id) "
                            + "WHERE (principal IS NOT NULL)",
                        "CREATE INDEX sessions_realm ON public.sessions USING btree (realm, id)",
                    ])
            }
        }

        @Test("A page has at least one session and at most a thousand, whatever its query says")
        func pages() async throws {
            try await withStore { store, database in
                #expect(try await store.create(record()))
                let copied = Columns.all.dropFirst().joined(separator: ", ")
                try database.sql(
                    """
                    INSERT INTO sessions (id, \(copied), due_from)
                        SELECT gen_random_uuid(), \(copied), due_from FROM sessions, generate_series(1, 1000)
                    """)
                for (limit, count) in [(0, 1), (-1, 1), (1, 1), (1000, 1000), (1001, 1000), (Int.max, 1000)] {
                    var query = SessionQuery(.all)
                    query.limit = limit
                    let page = try await store.list(query, at: now)
                    #expect(page.records.count == count && page.next == page.records.last?.id.description, "\(limit)")
                }
            }
        }

        @Test("A revision or generation that bigint can't count on from is refused, and one less is kept")
        func largest() async throws {
            try await withStore { store, _ async throws in
                let most = UInt64(Int64.max)
                for (revision, generation) in [(most, 1), (1, most), (.max, 1), (1, .max)] as [(UInt64, UInt64)] {
                    var record = record()
                    (record.revision, record.generation) = (revision, generation)
                    let large = record
                    await expectError(.invalid, mentioning: "2^63 or more can't be kept in PostgreSQL") {
                        _ = try await store.create(large)
                    }
                    let stored = try await store.load(large.id, at: now)
                    #expect(stored == nil)
                }
                var kept = record()
                (kept.revision, kept.generation) = (most - 1, most - 1)
                #expect(try await store.create(kept))
                let stored = try await store.load(kept.id, at: now)
                #expect(stored?.revision == most - 1 && stored?.generation == most - 1)
            }
        }

        @Test(
            "A connection has the lock timeout just as PostgreSQL shows it, so that no commit sets it again",
            arguments: [
                (Duration.milliseconds(1), "1ms"), (.microseconds(1999), "1ms"), (.milliseconds(1500), "1500ms"),
                (.seconds(2), "2s"), (.seconds(90), "90s"), (.seconds(120), "2min"), (.hours(1), "1h"),
            ])
        func lockTimeout(_ timeout: Duration, _ text: String) async throws {
            var configuration = SharedStores.patient
            configuration.lockTimeout = timeout
            try await withStore(configuration) { store, _ in
                let query = PostgresQuery("SELECT current_setting('lock_timeout')", effect: .read)
                let answer = try await store.commands.run(PostgresStatement(query), deadline: .now + .seconds(300))
                if case .rows(let rows) = answer { #expect(rows.text() == text) } else { Issue.record("no rows") }
                for isKnown in [false, true] {
                    let commit = store.statements.commit([.use], toKnownRow: isKnown)
                    #expect(commit.text.contains("(current_setting('lock_timeout') = '\(text)'"))
                }
            }
        }

        @Test("Moments at both ends of their range are kept, and no sum of them fails")
        func extremes() async throws {
            try await withStore { store, _ async throws in
                var far = record(["n": "1"])
                far.lifetime = SessionLifetime(
                    idleTimeout: .milliseconds(Int64.max), touchInterval: .milliseconds(Int64.max),
                    absoluteDeadline: Timestamp(milliseconds: .max), retention: .milliseconds(Int64.max),
                    isPersistent: true)
                #expect(try await store.create(far))
                var changes = setting("n", to: "2")
                changes.lastUsedAt = Timestamp(milliseconds: .max - 1)
                changes.lifetime = far.lifetime
                let result = try await store.commit(changes, to: far.id, at: now)
                #expect(result.record?.attributes["n"]?.json == "2")
                #expect(result.record?.lastUsedAt == Timestamp(milliseconds: .max - 1))
                #expect(try await store.commit(ending(at: now), to: far.id, at: now).name == "committed")
                #expect(try await store.sweep(at: Timestamp(milliseconds: .max - 1), limit: 10).examined == 0)
            }
        }

        @Test("Attributes set alone, together and beside a removal are written with their revision and their bytes")
        func sets() async throws {
            try await withStore { store, database in
                let one = SessionChanges.Edit.set(json: "[1]"), two = SessionChanges.Edit.set(json: "\"é\"")
                for (edits, values, writes) in [
                    (
                        ["a": one] as [String: SessionChanges.Edit], #"{"a": [1], "c": true}"#,
                        #"{"a": [2, 3], "c": [1, 4]}"#
                    ),
                    (["b": two], #"{"a": 0, "b": "é", "c": true}"#, #"{"a": [1, 1], "b": [2, 4], "c": [1, 4]}"#),
                    (
                        ["a": one, "b": two], #"{"a": [1], "b": "é", "c": true}"#,
                        #"{"a": [2, 3], "b": [2, 4], "c": [1, 4]}"#
                    ),
                    (["b": two, "c": .remove], #"{"a": 0, "b": "é"}"#, #"{"a": [1, 1], "b": [2, 4]}"#),
                    (["a": one, "b": two, "c": .remove], #"{"a": [1], "b": "é"}"#, #"{"a": [2, 3], "b": [2, 4]}"#),
                    (["a": .remove, "c": .remove], "{}", "{}"),
                ] {
                    let record = record(["a": "0", "c": "true"])
                    #expect(try await store.create(record))
                    var changes = SessionChanges(expectedGeneration: 1)
                    for (name, edit) in edits { changes.attributes[name] = edit }
                    #expect(try await store.commit(changes, to: record.id, at: now).name == "committed")
                    let row = try database.sql(
                        "SELECT attributes, attribute_writes FROM sessions WHERE id = '\(record.id)'")
                    #expect(row == "\(values)|\(writes)")
                }
            }
        }

        @Test("JSON comes back without blanks, so that it counts as much as when it was set")
        func compact() async throws {
            try await withStore { store, _ async throws in
                let record = record(["a": #"{"x":[1,2,{"y z":"a, b: c \" d"}],"t":true}"#, "q\"\\": "[]"])
                #expect(try await store.create(record))
                let stored = try await store.load(record.id, at: now)
                #expect(stored?.attributes.byteCount == record.attributes.byteCount)
            }
        }
    }
#endif
