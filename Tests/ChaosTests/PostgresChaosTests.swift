#if Postgres
    import Chaos
    import Foundation
    import PostgresServers
    import RedisServers
    import SessionsTesting
    import Synchronization
    import Testing

    extension ChaosTests {
        /// Three shops that are killed, paused and stopped, on a PostgreSQL that has troubles of its own.
        @Suite("PostgreSQL", .timeLimit(.minutes(10))) struct PostgresChaosTests {
            private func server(_ settings: [String] = []) async throws -> PostgresProcess {
                let server = try PostgresProcess(["fsync=on"] + settings)
                try await server.initialize()
                try await server.start()
                return server
            }

            @Test("Chaos: PostgreSQL is killed and restarted, and nothing that was answered is lost")
            func killed() async throws {
                let server = try await server()
                try await ChaosTests.run("PostgreSQL, killed", seed: 20_261_131, on: server.url(), for: .seconds(14)) {
                    random in
                    server.kill()
                    try await Task.sleep(for: .milliseconds(random.below(500)))
                    try await server.start()
                    return .nothing
                }
            }

            @Test("Chaos: connections to PostgreSQL are cut and rows are locked, and nothing that was answered is lost")
            func cutAndLocked() async throws {
                let server = try await server()
                try await ChaosTests.run(
                    "PostgreSQL, cut off and locked out", seed: 20_261_132, on: server.url(), for: .seconds(14)
                ) {
                    random in
                    if random.below(2) == 0 {
                        try server.sql(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'swift-sessions'
                            """)
                    } else {
                        // Every row, for less than a write waits and for more.
                        try server.sql(
                            """
                            BEGIN; SELECT id FROM sessions FOR UPDATE; SELECT pg_sleep(\(random.below(3))); COMMIT
                            """)
                    }
                    return .nothing
                }
            }

            @Test("Chaos: a primary dies and its synchronous standby takes over, and nothing that was answered is lost")
            func failedOver() async throws {
                let primary = try await server(["wal_level=replica", "max_wal_senders=4"])
                let standby = try PostgresProcess(["fsync=on"])
                try await standby.initialize(asStandbyOf: primary)
                try await standby.start()
                try primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
                try primary.sql("SELECT pg_reload_conf()")
                try await eventually("the standby is synchronous") {
                    try primary.sql("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
                }
                let url =
                    "postgres://postgres@127.0.0.1:\(primary.port),127.0.0.1:\(standby.port)/postgres?connect_timeout=2"
                let isFirst = Mutex(true)
                try await ChaosTests.run("PostgreSQL, failed over", seed: 20_261_133, on: url, for: .seconds(14)) { _ in
                    let isFirst = isFirst.withLock { isFirst in
                        defer { isFirst = false }
                        return isFirst
                    }
                    if isFirst {
                        primary.kill()
                        try standby.sql("ALTER SYSTEM RESET synchronous_standby_names")
                        try standby.sql("SELECT pg_promote(true, 240)")
                    } else {
                        try standby.sql(
                            """
                            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'swift-sessions'
                            """)
                    }
                    return .nothing
                }
            }
        }
    }
#endif
