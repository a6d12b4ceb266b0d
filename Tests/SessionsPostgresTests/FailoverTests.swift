#if Postgres
    import PostgresServers
    import RedisServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport
    import Synchronization
    import Testing

    @testable import SessionsPostgres

    @Suite("A failover that loses commits", .timeLimit(.minutes(10)))
    struct FailoverTests {
        /// One of two servers, as a client's connections lead to it.
        private final class Switched: PostgresCommands {
            private let clients: [PostgresClient]
            private let index = Mutex(0)

            init(_ clients: [PostgresClient]) { self.clients = clients }

            func failOver() { index.withLock { $0 = 1 } }

            func run(
                _ statement: PostgresStatement, deadline: ContinuousClock.Instant
            ) async throws(PostgresFailure) -> PostgresAnswer {
                try await clients[index.withLock { $0 }].run(statement, deadline: deadline)
            }
        }

        @Test("A row known from the server that was lost isn't taken for one that the same transaction's number wrote")
        func sameTransaction() async throws {
            let settings = ["autovacuum=off"]
            let primary = try PostgresProcess(settings + ["wal_level=replica", "max_wal_senders=4"])
            try await primary.initialize()
            try await primary.start()
            let standby = try PostgresProcess(settings)
            let urls = [primary.url(), standby.url()]
            let opened = try await PostgresSessionStore(url: urls[0], configuration: SharedStores.patient)
            let session = record(["n": "1"])
            #expect(try await opened.create(session))
            try await opened.close()
            try await standby.initialize(asStandbyOf: primary)
            try await standby.start()
            #expect(try standby.sql("SELECT pg_promote(true, 240)") == "t")

            let clients = try urls.map { try PostgresSessionStore.client($0, SharedStores.patient) }
            let switched = Switched(clients)
            // However long this takes, the row is known.
            let start = ContinuousClock.now
            let store = try PostgresSessionStore(
                unchecked: switched, configuration: SharedStores.patient, clock: SystemSessionClock(), uptime: { start }
            )
            // Until the primary is ahead by as many transactions as the standby skipped.
            let ahead = try #require(Int(standby.sql("SELECT pg_current_xact_id()")))
            while try #require(Int(primary.sql("SELECT pg_current_xact_id()"))) < ahead + 50 {}
            #expect(try await store.load(session.id, at: now) != nil)
            #expect(try await store.commit(setting("n", to: "2"), to: session.id, at: now).name == "committed")
            let lost = try #require(Int(primary.sql("SELECT xmin FROM sessions")))
            // On the other server another request signs the user out.
            while try #require(Int(standby.sql("SELECT pg_current_xact_id()"))) < lost - 1 {}
            try standby.sql(
                "UPDATE sessions SET revision = 2, end_reason = 'signed-out', ended_at = 5, attributes = '{}', "
                    + "attribute_writes = '{}'")
            #expect(try standby.sql("SELECT xmin FROM sessions") == "\(lost)")
            switched.failOver()
            #expect(try await store.commit(setting("n", to: "3"), to: session.id, at: now).name == "ended")
            #expect(try standby.sql("SELECT attributes FROM sessions") == "{}")
            for client in clients { client.close() }
        }
    }
#endif
