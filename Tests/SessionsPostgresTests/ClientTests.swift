#if Postgres
    import Foundation
    import PostgresServers
    import RedisServers
    import Testing

    @testable import SessionsPostgresClient

    /// The client by libpq, without a store.
    @Suite(.timeLimit(.minutes(10))) struct ClientTests {
        private static let patient = PostgresClientConfiguration(
            connectTimeout: .seconds(60), statementTimeout: .seconds(300))

        private func withClient(
            _ configuration: PostgresClientConfiguration = patient,
            uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
            _ body: (PostgresClient, Database) async throws -> Void
        ) async throws {
            let database = Database(server: try await TestPostgres.shared, name: try await TestPostgres.freshDatabase())
            let client = try PostgresClient(database.url, configuration: configuration, uptime: uptime)
            try await body(client, database)
            client.close()
        }

        private func connections(to database: Database) throws -> Int {
            Int(
                try database.sql(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'swift-sessions' AND datname = current_database()"
                )) ?? -1
        }

        @Test("Statements that share a connection are transactions of their own: one that fails takes no other with it")
        func transactions() async throws {
            var configuration = Self.patient
            configuration.maximumConnections = 1
            try await withClient(configuration) { client, database in
                try database.sql("CREATE TABLE t (n int PRIMARY KEY)")
                let codes = await withTaskGroup(of: String.self) { group in
                    for number in 0..<60 {
                        group.addTask {
                            do {
                                _ = try await client.rows("INSERT INTO t VALUES (\(number / 2)) RETURNING n")
                                return "ok"
                            } catch let error as PostgresServerError {
                                return error.code
                            } catch {
                                return "\(error)"
                            }
                        }
                    }
                    return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
                }
                #expect(codes == ["ok": 30, "23505": 30])
                #expect(try database.sql("SELECT count(*) FROM t") == "30")
                #expect(try connections(to: database) == 1)
            }
        }

        @Test("A pool opens no more connections than it may, and serves more callers than that")
        func pool() async throws {
            var configuration = Self.patient
            configuration.maximumConnections = 3
            configuration.maximumStatementsPerConnection = 1
            try await withClient(configuration) { client, database in
                let gate = try await AdvisoryGate(in: database)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<40 {
                        group.addTask { _ = try await client.rows(AdvisoryGate.passing, effect: .read) }
                    }
                    try await eventually("three wait in the server") { try database.waiting("advisory") >= 3 }
                    try await gate.open()
                    try await group.waitForAll()
                }
                #expect(try connections(to: database) == 3)
            }
        }

        @Test(
            "A statement past its deadline is unknown where it writes and isn't where it reads, and the client goes on")
        func deadlines() async throws {
            let uptime = TestUptime()
            try await withClient(uptime: { uptime.now }) { client, database in
                for (effect, outcome) in [
                    (PostgresQuery.Effect.read, PostgresFailure.Outcome.notApplied), (.write, .unknown),
                ] {
                    let gate = try await AdvisoryGate(in: database)
                    let deadline = uptime.now + .seconds(2)
                    async let late = failure {
                        _ = try await client.rows(AdvisoryGate.passing, effect: effect, until: deadline)
                    }
                    try await eventually("it waits in the server") { try database.waiting("advisory") == 1 }
                    uptime.pass(.seconds(2))
                    let failed = try #require(await late)
                    #expect(failed.outcome == outcome && failed.message.contains("no answer in time"), "\(failed)")
                    try await gate.open()
                }
                #expect(try await client.rows("SELECT 'here'").text() == "here")
            }
        }

        @Test("The server ends a statement by itself when its time is over")
        func statementTimeout() async throws {
            var configuration = Self.patient
            configuration.statementTimeout = .milliseconds(250)
            try await withClient(configuration) { client, _ in
                // On a busy machine this may take longer itself.
                try await eventually("the server has the setting") {
                    let answer = try? await client.rows("SELECT current_setting('statement_timeout')", effect: .read)
                    return answer?.text() == "250ms"
                }
                do {
                    _ = try await client.rows("SELECT pg_sleep(300)")
                    Issue.record("no error")
                } catch let error as PostgresServerError {
                    #expect(error.code == "57014")
                }
            }
        }

        @Test(
            "A connection has the timeouts that its client asks for; over a pooler none is set, which others would get",
            arguments: [true, false])
        func timeouts(isPooled: Bool) async throws {
            let name = try await TestPostgres.freshDatabase()
            let url = try await isPooled ? TestPostgres.pooler.url(name) : TestPostgres.shared.url(name)
            var configuration = Self.patient
            (configuration.maximumConnections, configuration.lockTimeout) = (1, .seconds(299))
            let client = try PostgresClient(url, configuration: configuration)
            let shown = try await client.rows(
                "SELECT concat(current_setting('statement_timeout'), ' ', current_setting('lock_timeout'))")
            #expect(shown.text() == (isPooled ? "0 0" : "5min 299s"))
            client.close()
        }

        @Test("Connections have the name that their client gives them, in pg_stat_activity too")
        func applicationName() async throws {
            var configuration = Self.patient
            configuration.applicationName = "shop of Ada"
            try await withClient(configuration) { client, _ in
                let shown = try await client.rows(
                    "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()")
                #expect(shown.text() == "shop of Ada")
            }
        }

        @Test("A read whose connection is cut is asked again; a write is unknown, and is not")
        func lostConnections() async throws {
            try await withClient { client, database in
                try database.sql("CREATE TABLE t (n int)")
                for (effect, text) in [
                    (PostgresQuery.Effect.read, "SELECT 'read' FROM pg_advisory_xact_lock_shared(7)"),
                    (
                        .write,
                        "WITH w AS (INSERT INTO t VALUES (1)) SELECT 'written' FROM pg_advisory_xact_lock_shared(7)"
                    ),
                ] {
                    let gate = try await AdvisoryGate(in: database)
                    async let answer = client.rows(text, effect: effect)
                    try await eventually("the statement waits") { try database.waiting("advisory") == 1 }
                    // Returns once they are gone.
                    try database.sql(
                        """
                        SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event = 'advisory'
                        """)
                    if effect == .read {
                        try await eventually("the statement waits again") { try database.waiting("advisory") == 1 }
                    }
                    try await gate.open()
                    do {
                        #expect(try await answer.text() == "read")
                        #expect(effect == .read)
                    } catch let failure as PostgresFailure {
                        #expect(effect == .write && failure.outcome == .unknown, "\(failure)")
                    }
                }
                #expect(try database.sql("SELECT count(*) FROM t") == "0")
            }
        }

        @Test("A server that was the primary and is read-only now may become it again: what waits goes on waiting")
        func readOnlyForAWhile() async throws {
            try await withClient { client, database in
                _ = try await client.rows("SELECT 1")
                try database.server.sql("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
                // Returns once they are gone.
                try database.sql(
                    """
                    SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
                    WHERE application_name = 'swift-sessions' AND datname = current_database()
                    """)
                async let answer = client.rows("SELECT 'here'", effect: .read)
                var isPermanent: Bool?
                try await eventually("a new connection finds the server read-only") {
                    let late = await failure {
                        _ = try await client.rows("SELECT 1", effect: .read, until: .now + .milliseconds(100))
                    }
                    guard let late, late.message.contains("is read-only; the URL must name the primary") else {
                        return false
                    }
                    isPermanent = late.isPermanent
                    return true
                }
                #expect(isPermanent == false)
                try database.server.sql("ALTER DATABASE \(database.name) RESET default_transaction_read_only")
                #expect(try await answer.text() == "here")
            }
        }

        @Test("A statement whose preparation the server has forgotten is prepared again")
        func preparations() async throws {
            var configuration = Self.patient
            configuration.maximumConnections = 1
            try await withClient(configuration) { client, _ in
                let query = PostgresQuery("SELECT $1::text", [.text], effect: .write)
                for text in ["one", "two", "three"] {
                    var statement = PostgresStatement(query)
                    statement.append(text)
                    guard case .rows(let rows) = try await client.run(statement, deadline: .now + .seconds(300)) else {
                        Issue.record("no rows")
                        continue
                    }
                    #expect(rows.text() == text)
                    _ = try await client.rows("DEALLOCATE ALL")
                }
            }
        }

        @Test(
            "Over a pooler no statement is sent before the one before it has ended, and on a connection of its own it is",
            arguments: [true, false])
        func pooled(isPooled: Bool) async throws {
            let name = try await TestPostgres.freshDatabase()
            let database = Database(server: try await TestPostgres.shared, name: name)
            let url = isPooled ? try await TestPostgres.pooler.url(name) : database.url
            var configuration = Self.patient
            configuration.maximumConnections = 1
            let uptime = TestUptime()
            let client = try PostgresClient(url, configuration: configuration, uptime: { uptime.now })
            let gate = try await AdvisoryGate(in: database)
            async let first = client.rows("SELECT 'first' FROM pg_advisory_xact_lock_shared(7)")
            try await eventually("the first waits") { try database.waiting("advisory") == 1 }
            let deadline = uptime.now + .seconds(1)
            async let second = failure { _ = try await client.rows("SELECT 'second'", until: deadline) }
            try await eventually("the second is sent, or waits here") {
                let (queued, sent) = client.statements
                return queued + sent == 2
            }
            #expect(client.statements.sent == (isPooled ? 1 : 2))
            uptime.pass(.seconds(1))
            // What was never sent has done nothing.
            #expect(await second?.outcome == (isPooled ? .notApplied : .unknown))
            try await gate.open()
            #expect(try await first.text() == "first")
            #expect(try await client.rows("SELECT 'third'").text() == "third")
            client.close()
        }

        @Test("As many statements wait as there are places, and the next one is refused at once")
        func places() async throws {
            var configuration = Self.patient
            configuration.maximumPendingStatements = 5
            configuration.maximumStatementsPerConnection = 1
            try await withClient(configuration) { client, database in
                let gate = try await AdvisoryGate(in: database)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<5 { group.addTask { _ = try await client.rows(AdvisoryGate.passing) } }
                    try await eventually("all five wait in the server") { try database.waiting("advisory") == 5 }
                    // Refused before any time counts, and none of them keeps a place.
                    for _ in 0..<5 {
                        let sixth = await failure {
                            _ = try await client.rows(AdvisoryGate.passing, until: .now + .seconds(5))
                        }
                        #expect(sixth?.outcome == .notApplied && sixth?.message.contains("5 statements wait") == true)
                    }
                    try await gate.open()
                    try await group.waitForAll()
                }
                #expect(try await client.rows("SELECT 'free'").text() == "free")
            }
        }

        @Test("A closed client refuses every statement")
        func closed() async throws {
            try await withClient { client, _ in
                _ = try await client.rows("SELECT 1")
                client.close()
                client.close()
                await #expect(throws: PostgresFailure.self) { try await client.rows("SELECT 1") }
            }
        }

        @Test("Values of every type come back as they went, also empty ones and NULL")
        func values() async throws {
            try await withClient { client, _ in
                let query = PostgresQuery(
                    "SELECT $1::bytea, $2::text, $3::text, $4::bigint, $5::boolean, $6::text[] = ARRAY['a', '', 'é'], $7::bigint[] = ARRAY[-1, 9]::bigint[], $8::jsonb[] = ARRAY['{\"a\": [1]}']::jsonb[], $9::timestamptz = '2026-11-25T00:00:00.001Z', $10::text[] = '{}', $11::jsonb = '{\"é\": null}'",
                    [
                        .bytea, .text, .text, .bigint, .bool, .textArray, .bigintArray, .jsonbArray, .timestamptz,
                        .textArray, .jsonb,
                    ],
                    effect: .read)
                var statement = PostgresStatement(query)
                statement.append([0, 1, 255] as [UInt8])
                statement.append("")
                statement.append(nil as String?)
                statement.append(Int64.min)
                statement.append(true)
                statement.append(["a", "", "é"])
                statement.append([-1, 9] as [Int64])
                statement.append(json: ["{\"a\":[1]}"])
                statement.append(millisecondsSince1970: 1_795_564_800_001)
                statement.append([] as [String])
                statement.append(json: "{\"é\":null}")
                guard case .rows(let rows) = try await client.run(statement, deadline: .now + .seconds(300)) else {
                    Issue.record("no rows")
                    return
                }
                #expect(rows.withValue(row: 0, column: 0) { $0.map(Array.init) } == [0, 1, 255])
                #expect(rows.text(0, 1) == "")
                #expect(rows.text(0, 2) == nil)
                #expect(rows.withValue(row: 0, column: 3) { $0.map(Array.init) } == [128, 0, 0, 0, 0, 0, 0, 0])
                for column in 4...10 { #expect(rows.withValue(row: 0, column: column) { $0?.first } == 1, "\(column)") }
                #expect(statement.values.count == 11 && statement.values[2] == nil && statement.values[1] == [])
            }
        }

        @Test("A statement that is larger than what a socket takes at once is sent in parts")
        func large() async throws {
            try await withClient { client, _ in
                let query = PostgresQuery(
                    "SELECT octet_length($1)::text, get_byte($1, 16777215)::text", [.bytea], effect: .read)
                var statement = PostgresStatement(query)
                statement.append([UInt8](repeating: 7, count: (1 << 24) - 1) + [9])
                guard case .rows(let rows) = try await client.run(statement, deadline: .now + .seconds(300)) else {
                    Issue.record("no rows")
                    return
                }
                #expect(rows.text(0, 0) == "16777216" && rows.text(0, 1) == "9")
            }
        }

        @Test("The settings that a client doesn't choose are those of its page")
        func usualSettings() {
            let usual = PostgresClientConfiguration()
            #expect(usual.maximumConnections == 16 && usual.maximumStatementsPerConnection == 32)
            #expect(usual.maximumPendingStatements == 10_000 && usual.connectTimeout == .seconds(5))
            #expect(usual.statementTimeout == .seconds(5) && usual.lockTimeout == nil)
            #expect(usual.applicationName == "swift-sessions")
        }

        @Test("A setting out of its range is an error with its name, and each end of the range is in it")
        func settings() throws {
            let (most, more) = (Duration.seconds(3600), Duration.seconds(3600) + .nanoseconds(1))
            for (name, change, isGood) in [
                ("maximumConnections", { $0.maximumConnections = 0 }, false),
                ("maximumConnections", { $0.maximumConnections = 1 }, true),
                ("maximumStatementsPerConnection", { $0.maximumStatementsPerConnection = 0 }, false),
                ("maximumStatementsPerConnection", { $0.maximumStatementsPerConnection = 1 }, true),
                ("maximumPendingStatements", { $0.maximumPendingStatements = 0 }, false),
                ("maximumPendingStatements", { $0.maximumPendingStatements = 1 }, true),
                ("connectTimeout", { $0.connectTimeout = .zero }, false),
                ("connectTimeout", { $0.connectTimeout = .nanoseconds(1) }, true),
                ("statementTimeout", { $0.statementTimeout = most }, true),
                ("statementTimeout", { $0.statementTimeout = more }, false),
                ("lockTimeout", { $0.lockTimeout = .zero }, false), ("lockTimeout", { $0.lockTimeout = most }, true),
                ("lockTimeout", { $0.lockTimeout = more }, false),
            ] as [(String, (inout PostgresClientConfiguration) -> Void, Bool)] {
                var configuration = PostgresClientConfiguration()
                change(&configuration)
                do throws(PostgresConfigurationError) {
                    _ = try PostgresClient("postgres://u@h/d", configuration: configuration)
                    #expect(isGood, "\(name)")
                } catch {
                    #expect(!isGood && error.message.hasPrefix("\(name) is "), "\(error)")
                }
            }
        }
    }
#endif
