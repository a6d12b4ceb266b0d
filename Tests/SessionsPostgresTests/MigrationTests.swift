#if Postgres
    import PostgresServers
    import RedisServers
    import Sessions
    import SessionsPostgres
    import StoreSupport
    import Testing

    @Suite(.timeLimit(.minutes(10))) struct MigrationTests {
        @Test("Ten servers may start at once on an empty database")
        func atOnce() async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let store = try await PostgresSessionStore(
                            url: server.url(database), configuration: SharedStores.patient)
                        #expect(try await store.create(record()))
                        try await store.close()
                    }
                }
                try await group.waitForAll()
            }
            #expect(try server.sql("SELECT count(*) FROM sessions", in: database) == "10")
            #expect(
                try server.sql("SELECT name FROM session_migrations ORDER BY name", in: database)
                    == "sessions-1\nsessions-2")
        }

        @Test("A server waits for another one's migration longer than for a locked row")
        func slowMigration() async throws {
            let (server, name) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            let database = Database(server: server, name: name)
            let other = try await OpenTransaction(
                "PERFORM pg_advisory_xact_lock(\(0x7365_7373_696f_6e73 as Int64))", in: database)
            var configuration = SharedStores.patient
            configuration.lockTimeout = .milliseconds(1)
            let opening = Task { [configuration] in
                try await PostgresSessionStore(url: database.url, configuration: configuration)
            }
            try await eventually("a server has waited for the migration for longer than its lock timeout") {
                try database.sql(
                    """
                    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'
                        AND query LIKE 'DO %session_migrations%' AND clock_timestamp() - query_start > interval '100 ms'
                    """) == "1"
            }
            try await other.finish()
            let store = try await opening.value
            #expect(try await store.create(record()))
            try await store.close()
        }

        @Test("Tables of a newer version are refused, and left alone")
        func newer() async throws {
            try await withStore { _, database in
                try database.sql("INSERT INTO session_migrations (name) VALUES ('sessions-99-later')")
                await expectError(
                    .configuration, mentioning: "newer than this version", "sessions-99-later", "update it"
                ) {
                    _ = try await PostgresSessionStore(url: database.url, configuration: SharedStores.patient)
                }
            }
        }

        @Test("Tables of an earlier version get what they lack, or are refused where nothing may migrate")
        func older() async throws {
            try await withStore { store, database in
                let kept = record(["n": "1"])
                #expect(try await store.create(kept))
                // As the version before left them.
                try database.sql(
                    "DROP TABLE quarantined_sessions; DELETE FROM session_migrations WHERE name = 'sessions-2'")
                var configuration = SharedStores.patient
                configuration.migrates = false
                await expectError(.configuration, mentioning: "missing or older", "PostgresSessionStore.migration") {
                    _ = try await PostgresSessionStore(url: database.url, configuration: configuration)
                }
                configuration.migrates = true
                let opened = try await PostgresSessionStore(url: database.url, configuration: configuration)
                #expect(try await opened.load(kept.id, at: now)?.attributes["n"]?.json == "1")
                #expect(try await opened.quarantined(limit: 1) == [])
                try await opened.close()
            }
        }

        @Test("A role that may not make the tables is told what to do, and works once another role has made them")
        func anotherRole() async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try server.sql("CREATE ROLE other_\(database) LOGIN")
            let url = server.url(database, user: "other_\(database)")
            await expectError(.configuration, mentioning: "may not make the tables", "PostgresSessionStore.migration") {
                _ = try await PostgresSessionStore(url: url, configuration: SharedStores.patient)
            }
            try server.sql(try PostgresSessionStore.migration(), in: database)
            try server.sql("GRANT SELECT ON session_migrations TO other_\(database)", in: database)
            await expectError(.configuration, mentioning: "may not SELECT", "session_watermarks", "GRANT") {
                _ = try await PostgresSessionStore(url: url, configuration: SharedStores.patient)
            }
            try server.sql(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, session_watermarks, quarantined_sessions TO other_\(database)",
                in: database)
            let store = try await PostgresSessionStore(url: url, configuration: SharedStores.patient)
            #expect(try await store.create(record()))
            try await store.close()
        }

        @Test(
            "A role that lacks one privilege on one table is told which table it is",
            arguments: ["SELECT", "INSERT", "UPDATE", "DELETE"])
        func onePrivilege(_ privilege: String) async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try server.sql(try PostgresSessionStore.migration(), in: database)
            let role = try await TestPostgres.role(grantedIn: "public", of: database)
            let url = server.url(database, user: role)
            for table in ["sessions", "session_watermarks", "quarantined_sessions"] {
                try server.sql("REVOKE \(privilege) ON \(table) FROM \(role)", in: database)
                await expectError(
                    .configuration, mentioning: "SELECT, INSERT, UPDATE and DELETE in \(table) of schema \"public\""
                ) {
                    _ = try await PostgresSessionStore(url: url, configuration: SharedStores.patient)
                }
                try server.sql("GRANT \(privilege) ON \(table) TO \(role)", in: database)
            }
            try await PostgresSessionStore(url: url, configuration: SharedStores.patient).close()
        }

        @Test(
            "Tables of which one is gone are refused, and not made anew",
            arguments: ["sessions", "session_watermarks", "quarantined_sessions"])
        func gone(_ table: String) async throws {
            try await withStore { _, database in
                try database.sql("DROP TABLE \(table)")
                await expectError(
                    .configuration, mentioning: "are gone, but not its session_migrations", "restore them, or drop all"
                ) {
                    _ = try await PostgresSessionStore(url: database.url, configuration: SharedStores.patient)
                }
                #expect(try database.sql("SELECT to_regclass('\(table)') IS NULL") == "t")
            }
        }

        @Test("A store that doesn't migrate refuses a database without tables, and leaves it empty")
        func withoutMigrating() async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            var configuration = SharedStores.patient
            configuration.migrates = false
            await expectError(.configuration, mentioning: "missing or older", "PostgresSessionStore.migration") {
                _ = try await PostgresSessionStore(url: server.url(database), configuration: configuration)
            }
            #expect(try server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", in: database) == "0")
        }

        @Test("Two schemas of one database are two stores, whatever their names are and whatever search_path says")
        func schemas() async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            try server.sql("ALTER DATABASE \(database) SET search_path = nowhere")
            let names = [
                "public", "Public", "a\"b", "x'; DROP SCHEMA public CASCADE; --", "$migration$", "E'\\'", "select",
            ]
            let record = record(["n": "1"])
            for name in names {
                var configuration = SharedStores.patient
                configuration.schema = name
                for isNew in [true, false] {
                    let store = try await PostgresSessionStore(url: server.url(database), configuration: configuration)
                    #expect(try await store.create(record) == isNew, "\(name)")
                    try await store.close()
                }
            }
            let found = try server.sql(
                "SELECT count(*) FROM pg_tables WHERE tablename = 'sessions' AND schemaname <> 'nowhere'", in: database)
            #expect(found == "\(names.count)")
        }

        @Test(
            "A schema's name of 63 bytes, the most that PostgreSQL keeps, is taken whole",
            arguments: [String(repeating: "s", count: 63), String(repeating: "é", count: 31) + "s"])
        func longestSchema(_ name: String) async throws {
            let (server, database) = (try await TestPostgres.shared, try await TestPostgres.freshDatabase())
            var configuration = SharedStores.patient
            configuration.schema = name
            let session = record(["n": "1"])
            for isNew in [true, false] {
                let store = try await PostgresSessionStore(url: server.url(database), configuration: configuration)
                #expect(try await store.create(session) == isNew)
                try await store.close()
            }
            let length = try server.sql(
                "SELECT octet_length(schemaname::text) FROM pg_tables WHERE tablename = 'sessions'", in: database)
            #expect(length == "63")
        }

        @Test(
            "A schema's name that PostgreSQL would cut or refuse is an error",
            arguments: ["", String(repeating: "é", count: 32), "a\0b", "pg_mine"])
        func badSchemas(_ name: String) async throws {
            await expectError(.configuration, mentioning: "schema is") {
                _ = try PostgresSessionStore.migration(schema: name)
            }
            var configuration = SharedStores.patient
            configuration.schema = name
            await expectError(.configuration, mentioning: "schema is") {
                _ = try await PostgresSessionStore(
                    url: TestPostgres.shared.url(), configuration: configuration)
            }
        }

        @Test("Operators read sessions with plain SQL: who is signed in, and attributes as jsonb")
        func readable() async throws {
            try await withStore { store, database in
                let record = StoreSupport.record(
                    freshID(), principal: try Principal("ada"), attributes: ["cart": #"{"items":[1,2]}"#], at: now)
                #expect(try await store.create(record))
                #expect(try await store.create(SessionsPostgresTests.record()))
                #expect(try database.sql("SELECT count(*) FROM sessions WHERE principal IS NOT NULL") == "1")
                #expect(
                    try database.sql(
                        "SELECT attributes -> 'cart' -> 'items' -> 1 FROM sessions WHERE id = '\(record.id)'") == "2")
            }
        }
    }
#endif
