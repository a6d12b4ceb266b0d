#if Postgres
    import Sessions
    import SessionsPostgres
    import SessionsPostgresClient
    import SessionsTesting
    import StoreSupport
    import Testing

    /// Under Read Committed, an UPDATE that waited for a row judges that row anew, and nothing else.
    @Suite(.timeLimit(.minutes(10))) struct LockedRowTests {
        @Test(
            "An update that waited for another one of the same attribute is a conflict, and loses nothing",
            arguments: [false, true])
        func conflict(_ isKnown: Bool) async throws {
            try await withStore { store, database in
                let record = record(["n": "1", "other": "1"])
                #expect(try await store.create(record))
                if isKnown { #expect(try await store.load(record.id, at: now) != nil) }
                let other = try await OpenTransaction(
                    """
                    UPDATE sessions SET revision = 2, attributes = '{"n": 2, "other": 1}',
                        attribute_writes = '{"n": [2, 1], "other": [1, 1]}' WHERE id = '\(record.id)'
                    """, in: database)
                var changes = setting("n", to: "10")
                changes.expectedRevisions = ["n": 1]
                async let late = store.commit(changes, to: record.id, at: now)
                try await other.untilWaitedFor()
                try await other.finish()
                #expect(try await late.name == "conflict")
                let stored = try await store.load(record.id, at: now)
                #expect(stored?.attributes["n"]?.json == "2")
                #expect(stored?.revision == 2)
            }
        }

        @Test(
            "With attributes in a table of their own the same schedule loses an update, which is why a session is one row"
        )
        func twoTables() async throws {
            try await withStore { _, database in
                try database.sql(
                    """
                    CREATE TABLE session (id int PRIMARY KEY, revision int);
                    CREATE TABLE attribute (session int PRIMARY KEY, revision int, value int);
                    INSERT INTO session VALUES (1, 1); INSERT INTO attribute VALUES (1, 1, 1);
                    """)
                let other = try await OpenTransaction(
                    """
                    UPDATE session SET revision = 2 WHERE id = 1;
                    UPDATE attribute SET revision = 2, value = 2 WHERE session = 1
                    """, in: database)
                let client = try PostgresClient(database.url)
                let naive = """
                    WITH session AS (
                        UPDATE session AS s SET revision = s.revision + 1
                        WHERE id = 1 AND EXISTS (SELECT FROM attribute AS a WHERE a.session = s.id AND a.revision = 1) RETURNING id
                    ) UPDATE attribute AS a SET value = 10 FROM session AS s WHERE a.session = s.id RETURNING a.value
                    """
                async let late = client.rows(naive)
                try await other.untilWaitedFor()
                try await other.finish()
                // The condition held when the statement began, and isn't asked again: the other's 2 is gone.
                #expect(try await late.count == 1)
                #expect(try database.sql("SELECT value FROM attribute") == "10")
                client.close()
            }
        }

        @Test(
            "A condition that PostgreSQL makes a join of isn't asked again either, which is why the store's is an aggregate"
        )
        func joins() async throws {
            try await withStore { _, database in
                try database.sql(
                    "CREATE TABLE one (id int PRIMARY KEY, v jsonb); INSERT INTO one VALUES (1, '{\"n\": 1}')")
                let client = try PostgresClient(database.url)
                for (condition, count) in [
                    ("NOT EXISTS (SELECT FROM unnest($1::text[]) AS e(n) WHERE (o.v ->> e.n)::int <> 1)", 1),
                    ("(SELECT bool_and((o.v ->> e.n)::int = 1) FROM unnest($1::text[]) AS e(n))", 0),
                ] {
                    try database.sql("UPDATE one SET v = '{\"n\": 1}'")
                    let other = try await OpenTransaction("UPDATE one SET v = '{\"n\": 2}'", in: database)
                    let query = PostgresQuery(
                        "UPDATE one AS o SET v = '{\"n\": 10}' WHERE id = 1 AND \(condition) RETURNING id",
                        [.textArray],
                        effect: .write)
                    var statement = PostgresStatement(query)
                    statement.append(["n"])
                    async let late = client.run(statement, deadline: .now + .seconds(300))
                    try await other.untilWaitedFor()
                    try await other.finish()
                    guard case .rows(let rows) = try await late else {
                        Issue.record("no rows")
                        continue
                    }
                    #expect(rows.count == count, "\(condition)")
                }
                client.close()
            }
        }

        @Test(
            "A write that waited for a sign-in is superseded, one that waited for an end is refused with it",
            arguments: [false, true])
        func privilegesAndEnds(_ isKnown: Bool) async throws {
            try await withStore { store, database in
                for (change, outcome) in [
                    ("generation = 2, revision = 2", "superseded"),
                    ("end_reason = 'signed-out', ended_at = 5, attributes = '{}', attribute_writes = '{}'", "ended"),
                    ("last_used_at = 0, absolute_deadline = 1", "ended"),
                ] {
                    let record = record(["n": "1"])
                    #expect(try await store.create(record))
                    if isKnown { #expect(try await store.load(record.id, at: now) != nil) }
                    let other = try await OpenTransaction(
                        "UPDATE sessions SET \(change) WHERE id = '\(record.id)'", in: database)
                    async let late = store.commit(setting("n", to: "10"), to: record.id, at: now)
                    try await other.untilWaitedFor()
                    try await other.finish()
                    #expect(try await late.name == outcome, "\(change)")
                    #expect(try await store.load(record.id, at: now)?.attributes["n"]?.json != "10")
                }
            }
        }

        @Test(
            "A commit that waited for a row longer than its lock timeout is refused, and never applied",
            arguments: [false, true], [false, true])
        func lockTimeout(_ isKnown: Bool, _ isSetByConnection: Bool) async throws {
            var configuration = SharedStores.patient
            configuration.lockTimeout = .milliseconds(50)
            try await withStore(configuration) { own, database in
                // A client that knows nothing of the lock timeout, as one of the user's own.
                let client = try PostgresClient(database.url, configuration: configuration.client)
                defer { client.close() }
                let store =
                    isSetByConnection ? own : try await PostgresSessionStore(client, configuration: configuration)
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                if isKnown { #expect(try await store.load(record.id, at: now) != nil) }
                let other = try await OpenTransaction(
                    "PERFORM FROM sessions WHERE id = '\(record.id)' FOR UPDATE", in: database)
                await expectError(.unavailable, mentioning: "another transaction holds the row", "55P03") {
                    _ = try await store.commit(setting("n", to: "10"), to: record.id, at: now)
                }
                try await other.finish()
                #expect(try await store.load(record.id, at: now)?.revision == 1)
            }
        }

        @Test("A write other than a commit bounds its wait for a row as well, where the connection doesn't")
        func otherLockTimeouts() async throws {
            var configuration = SharedStores.patient
            configuration.lockTimeout = .milliseconds(4321)
            try await withStore(configuration) { _, database in
                // Notes the bound there is when a row is written.
                try database.sql(
                    """
                    CREATE TABLE seen (what text);
                    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $note$ BEGIN
                        INSERT INTO seen VALUES (TG_OP || ' ' || TG_TABLE_NAME || ' ' || current_setting('lock_timeout'));
                        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                        RETURN NEW;
                    END $note$;
                    CREATE TRIGGER note BEFORE DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION note();
                    CREATE TRIGGER note BEFORE INSERT ON session_watermarks FOR EACH ROW EXECUTE FUNCTION note();
                    """)
                let client = try PostgresClient(database.url, configuration: configuration.client)
                defer { client.close() }
                let store = try await PostgresSessionStore(client, configuration: configuration)
                let broken = record()
                #expect(try await store.create(broken))
                try database.sql("UPDATE sessions SET carrier = 'pigeon' WHERE id = '\(broken.id)'")
                #expect(try await store.quarantine(broken.id, at: now))
                try await store.checkHealth()
                #expect(try await store.watermark(of: try owner("ada"), raisedTo: now) != nil)
                let seen = try database.sql("SELECT what FROM seen ORDER BY what")
                #expect(
                    seen.split(separator: "\n") == [
                        "DELETE sessions 4321ms", "DELETE sessions 4321ms", "INSERT session_watermarks 4321ms",
                    ])
            }
        }

        @Test(
            "A commit that reaches PostgreSQL after its time, by PostgreSQL's clock, is refused and never applied",
            arguments: [false, true])
        func fence(_ isKnown: Bool) async throws {
            let late = ShiftedClock(by: .seconds(-400))
            try await withStore(clock: late) { store, _ async throws in
                let record = record(["n": "1"])
                #expect(try await store.create(record))
                if isKnown { #expect(try await store.load(record.id, at: now) != nil) }
                await expectError(.unavailable, mentioning: "too late by PostgreSQL's clock") {
                    _ = try await store.commit(setting("n", to: "10"), to: record.id, at: now)
                }
                #expect(try await store.load(record.id, at: now)?.revision == 1)
            }
        }

        @Test(
            "A commit that waited for its row beyond its time is refused, though the row is free by then",
            arguments: [false, true], [false, true])
        func fenceAfterWaiting(_ isLate: Bool, _ isKnown: Bool) async throws {
            try await withStore { first, database in
                let record = record(["n": "1"])
                #expect(try await first.create(record))
                // PostgreSQL's clock, which a test can set: no test waits for time to pass.
                try database.sql(
                    """
                    CREATE SCHEMA fake; CREATE TABLE fake.shift AS SELECT interval '0' AS by;
                    CREATE FUNCTION fake.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql
                        AS 'SELECT pg_catalog.clock_timestamp() + by FROM fake.shift';
                    ALTER DATABASE \(database.name) SET search_path = fake, pg_catalog, public
                    """)
                let store = try await PostgresSessionStore(url: database.url, configuration: SharedStores.patient)
                if isKnown { #expect(try await store.load(record.id, at: now) != nil) }
                let other = try await OpenTransaction(
                    "UPDATE sessions SET revision = 2 WHERE id = '\(record.id)'", in: database)
                let commit = Task { try await store.commit(setting("n", to: "10"), to: record.id, at: now) }
                try await other.untilWaitedFor()
                // The command timeout and the tolerance are 302 seconds.
                if isLate { try database.sql("UPDATE fake.shift SET by = interval '303 s'") }
                try await other.finish()
                if isLate {
                    await expectError(.unavailable, mentioning: "too late by PostgreSQL's clock") {
                        _ = try await commit.value
                    }
                } else {
                    #expect(try await commit.value.name == "committed")
                }
                #expect(try await store.load(record.id, at: now)?.revision == (isLate ? 2 : 3))
                try await store.close()
            }
        }

        @Test("Two sweeps at once pass each other by: each session is ended and reported once")
        func sweeps() async throws {
            try await withStore { store, database in
                let ids = try await withThrowingTaskGroup(of: SessionID.self) { group in
                    for _ in 0..<40 {
                        group.addTask {
                            let record = record(at: now - .days(1))
                            _ = try await store.create(record)
                            return record.id
                        }
                    }
                    return try await group.reduce(into: Set<SessionID>()) { $0.insert($1) }
                }
                let locked = try #require(ids.first)
                let other = try await OpenTransaction(
                    "PERFORM FROM sessions WHERE id = '\(locked)' FOR UPDATE", in: database)
                let moment = now - .days(1) + .minutes(60)
                async let first = store.sweep(at: moment, limit: 1000)
                async let second = store.sweep(at: moment, limit: 1000)
                let reported = try await first.expired + second.expired
                #expect(reported.count == 39)
                #expect(Set(reported.map(\.id)) == ids.subtracting([locked]))
                try await other.finish()
                #expect(try await store.sweep(at: moment, limit: 1000).expired.map(\.id) == [locked])
            }
        }

        @Test("A sweep passes a watermark and a row that was set aside where they are locked, and forgets the others")
        func forgetting() async throws {
            var configuration = SharedStores.patient
            // A sweep that waited for them would be refused soon.
            configuration.lockTimeout = .milliseconds(50)
            try await withStore(configuration) { store, database in
                let (moment, records) = (now, [record(), record()])
                for (record, name) in zip(records, ["ada", "bob"]) {
                    _ = try await store.create(record)
                    try database.sql("UPDATE sessions SET carrier = 'pigeon' WHERE id = '\(record.id)'")
                    let isAside = try await store.quarantine(record.id, at: moment)
                    #expect(isAside)
                    _ = try await store.watermark(of: try owner(name), raisedTo: moment)
                }
                let other = try await OpenTransaction(
                    """
                    PERFORM FROM session_watermarks WHERE principal = 'ada' FOR UPDATE;
                    PERFORM FROM quarantined_sessions WHERE id = '\(records[0].id)' FOR UPDATE
                    """, in: database)
                var failure: SessionError?
                do throws(SessionError) {
                    failure = try await store.sweep(at: moment + .days(31), limit: 10).failure
                } catch {
                    failure = error
                }
                #expect(failure == nil, "\(failure as Any)")
                #expect(try database.sql("SELECT principal FROM session_watermarks") == "ada")
                #expect(try await store.quarantined(limit: 10) == [records[0].id])
                try await other.finish()
                _ = try await store.sweep(at: moment + .days(31), limit: 10)
                #expect(try database.sql("SELECT count(*) FROM session_watermarks") == "0")
                #expect(try await store.quarantined(limit: 10) == [])
            }
        }
    }
#endif
