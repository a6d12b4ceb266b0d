#if Postgres
    import RedisServers
    import Sessions
    import SessionsTesting
    import StoreSupport
    import Testing

    @testable import SessionsPostgres

    @Suite("G11: a table has room for users whatever strangers do", .timeLimit(.minutes(10)))
    struct RoomTests {
        private func limited(
            records: Int? = nil, bytes: Int? = nil, reserve: Double = 0
        ) -> PostgresSessionStore.Configuration {
            var configuration = SharedStores.patient
            configuration.maximumRecords = records
            configuration.maximumBytes = bytes
            configuration.reserve = reserve
            return configuration
        }

        private func user(_ attributes: [String: String] = [:]) throws -> SessionRecord {
            record(freshID(), principal: try Principal("ada"), attributes: attributes, at: now)
        }

        @Test("The store says about how many sessions the table has, also without a limit; of few it is their number")
        func count() async throws {
            try await withStore(limited()) { (store, _) async throws in
                #expect(try await store.count() == SessionCount(sessions: 0, isExact: false))
                for _ in 0..<3 { #expect(try await store.create(record())) }
                #expect(try await store.count() == SessionCount(sessions: 3, isExact: false))
            }
        }

        @Test("Visitors get what is not reserved, users get all of it, and a full table says which limit to raise")
        func records() async throws {
            try await withStore(limited(records: 10, reserve: 0.2)) { (store, _) async throws in
                var made: [SessionRecord] = []
                for _ in 0..<8 { made.append(record()) }
                for record in made { #expect(try await store.create(record)) }
                await expectError(.full, mentioning: "10 sessions", "signed-in users", "raise maximumRecords") {
                    _ = try await store.create(record())
                }
                for _ in 0..<2 { #expect(try await store.create(try user())) }
                await expectError(.full, mentioning: "raise maximumRecords") {
                    _ = try await store.create(try user())
                }
                for record in made { #expect(try await store.load(record.id, at: now)?.id == record.id) }
            }
        }

        @Test(
            "A session that is over, or that another server has made, counts at the next look, five seconds later")
        func looks() async throws {
            let clock = ManualClock(SystemSessionClock().now)
            try await withStore(limited(records: 2), clock: clock) { (store, database) async throws in
                let first = record(at: clock.now)
                for session in [first, record(at: clock.now)] { #expect(try await store.create(session)) }
                _ = try await store.commit(ending(at: clock.now), to: first.id, at: clock.now)
                clock.advance(by: .milliseconds(4_999))
                await expectError(.full) { _ = try await store.create(record(at: clock.now)) }
                clock.advance(by: .milliseconds(1))
                #expect(try await store.create(record(at: clock.now)))
                await expectError(.full) { _ = try await store.create(record(at: clock.now)) }
                try database.sql("DELETE FROM sessions")
                clock.advance(by: .seconds(5))
                for _ in 0..<2 { #expect(try await store.create(record(at: clock.now))) }
                await expectError(.full) { _ = try await store.create(record(at: clock.now)) }
            }
        }

        @Test("At the limit of bytes a visitor's session doesn't grow, a user's grows into the reserve")
        func bytes() async throws {
            let visitor = record(["a": "\"\(String(repeating: "x", count: 500))\""]), ada = try user(["a": "1"])
            try await withStore(limited(bytes: 1800, reserve: 0.3)) { (store, _) async throws in
                for session in [visitor, ada] { #expect(try await store.create(session)) }
                await expectError(.full, mentioning: "1800 bytes of sessions", "raise maximumBytes") {
                    _ = try await store.create(record())
                }
                await expectError(.full) {
                    _ = try await store.commit(setting("b", to: "1"), to: visitor.id, at: now)
                }
                #expect(try await store.load(visitor.id, at: now)?.attributes["b"] == nil)
                for changes in [
                    setting("a", to: "1"), touching(at: now), signingIn(try Principal("ada"), at: now),
                    setting("b", to: "123", generation: 2), ending(at: now),
                ] {
                    #expect(try await store.commit(changes, to: visitor.id, at: now).name == "committed")
                }
                #expect(try await store.commit(setting("b", to: "123"), to: ada.id, at: now).name == "committed")
            }
        }

        @Test("A visitor's session that grows as its user signs in takes what is reserved for users")
        func signIn() async throws {
            // Just what visitors may take, so that growth is looked at.
            let visitor = record(["a": "\"\(String(repeating: "x", count: 97))\""])
            try await withStore(limited(bytes: 1000, reserve: 0.5)) { (store, _) async throws in
                #expect(try await store.create(visitor))
                let growing = setting("b", to: "1")
                await expectError(.full, mentioning: "raise maximumBytes") {
                    _ = try await store.commit(growing, to: visitor.id, at: now)
                }
                var signIn = signingIn(try Principal("ada"), at: now)
                signIn.attributes = growing.attributes
                #expect(try await store.commit(signIn, to: visitor.id, at: now).name == "committed")
            }
        }

        @Test(
            "Of few sessions what they take is known exactly: 400 bytes each, and what their attributes take on the disk"
        )
        func looked() async throws {
            try await withStore(limited()) { (store, database) async throws in
                #expect(try await store.create(record()))
                #expect(try await store.create(record(["a": "1", "b": "\"\(String(repeating: "x", count: 5000))\""])))
                let ended = record(["a": "1"])
                #expect(try await store.create(ended))
                _ = try await store.commit(ending(at: now), to: ended.id, at: now)
                let look = try #require(try await store.look(deadline: .now + .seconds(300)))
                let bytes = try database.sql(
                    """
                    SELECT sum(400 + pg_column_size(attributes) + pg_column_size(attribute_writes))
                    FROM sessions WHERE end_reason IS NULL
                    """)
                #expect(look.records == 2 && "\(look.bytes)" == bytes)
            }
        }

        @Test("The estimate of a large table is near the truth, and ended sessions are none of it")
        func estimate() async throws {
            try await withStore { (store, database) async throws in
                #expect(try await store.create(record(["a": "1"])))
                let columns = try database.sql(
                    """
                    SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
                    WHERE table_name = 'sessions' AND column_name NOT IN ('id', 'ended_at', 'end_reason')
                    """
                )
                try database.sql(
                    """
                    INSERT INTO sessions (id, ended_at, end_reason, \(columns))
                    SELECT gen_random_uuid(), CASE WHEN n % 4 = 0 THEN 1 END, CASE WHEN n % 4 = 0 THEN 'signedOut' END,
                        \(columns) FROM sessions, generate_series(1, 40000) AS n
                    """)
                let text = try database.sql(
                    "SELECT max(400 + pg_column_size(attributes) + pg_column_size(attribute_writes)) FROM sessions")
                let size = try #require(Int(text))
                var estimates: [Int] = []
                for _ in 0..<10 {
                    let look = try #require(try await store.look(deadline: .now + .seconds(300)))
                    estimates.append(look.records)
                    // All are of one size, and each number is rounded by itself.
                    #expect(abs(look.bytes - look.records * size) <= size)
                }
                // Of 30,001: pages are chosen by chance, and the mean of ten looks is within a sixth for certain.
                let mean = estimates.reduce(0, +) / estimates.count
                #expect((25_000...35_000).contains(mean), "\(estimates)")
            }
        }

        @Test("Limits below 1 and shares that are none are refused, and the defaults are those of a file")
        func validation() throws {
            for (configuration, text) in [
                (limited(records: 0), "maximumRecords is 0"), (limited(bytes: 0), "maximumBytes is 0"),
                (limited(reserve: 1.001), "reserve is 1.001"), (limited(reserve: -0.001), "reserve is -0.001"),
            ] {
                let error = #expect(throws: SessionError.self) { try configuration.check() }
                #expect(error?.code == .configuration && error?.message.contains(text) == true)
            }
            try limited(records: 1, bytes: 1, reserve: 1).check()
            let defaults = PostgresSessionStore.Configuration()
            #expect(defaults.maximumRecords == 10_000_000 && defaults.maximumBytes == 8_589_934_592)
            #expect(defaults.reserve == 0.1)
        }

        @Test("PostgreSQL's time is that of the machine, to the millisecond")
        func time() async throws {
            try await withStore { (store, _) async throws in
                let before = now
                let time = try await store.time(of: try owner("ada"))
                #expect(before <= time && time <= now)
            }
        }
    }
#endif
