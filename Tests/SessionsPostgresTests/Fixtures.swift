#if Postgres
    import PostgresServers
    import RedisServers
    import Sessions
    import SessionsPostgresClient
    import StoreSupport

    @testable import SessionsPostgres

    /// Runs `body` with a store in a new database of the shared server, and that database.
    func withStore(
        _ configuration: PostgresSessionStore.Configuration = SharedStores.patient, limits: SessionLimits = .init(),
        clock: any SessionClock = SystemSessionClock(), _ body: (PostgresSessionStore, Database) async throws -> Void
    ) async throws {
        let database = try await TestPostgres.freshDatabase()
        let url = try await TestPostgres.shared.url(database)
        let client = try PostgresSessionStore.client(url, configuration)
        let store = try await PostgresSessionStore(
            client, configuration: configuration, limits: limits, clock: clock, ownClient: client)
        try await body(store, Database(server: TestPostgres.shared, name: database))
        try await store.close()
    }

    /// A database, asked and changed past the store.
    struct Database: Sendable {
        let server: PostgresProcess
        let name: String

        @discardableResult
        func sql(_ text: String) throws -> String { try server.sql(text, in: name) }

        var url: String { server.url(name) }
    }

    /// A transaction that does something and then waits, holding its locks, until it is let go.
    final class OpenTransaction: Sendable {
        private let gate: PostgresClient
        private let worker: PostgresClient
        private let database: Database
        private let work: Task<Void, any Error>

        /// - Parameter sql: what it does, one or more statements
        init(_ sql: String, in database: Database) async throws {
            self.database = database
            let configuration = PostgresClientConfiguration(maximumConnections: 1, statementTimeout: .seconds(300))
            gate = try PostgresClient(database.url, configuration: configuration)
            worker = try PostgresClient(database.url, configuration: configuration)
            _ = try await gate.rows("SELECT pg_advisory_lock(7) IS NULL")
            let worker = worker
            work = Task {
                _ = try await worker.rows("DO $work$ BEGIN \(sql); PERFORM pg_advisory_xact_lock(7); END $work$")
            }
            try await eventually("the transaction has done its work and waits") {
                try database.waiting("advisory") == 1
            }
        }

        /// Waits until another statement waits for this transaction.
        func untilWaitedFor() async throws {
            let database = database
            try await eventually("a statement waits for the row") {
                try database.waiting("transactionid") + database.waiting("tuple") > 0
            }
        }

        /// Lets it commit.
        func finish() async throws {
            _ = try await gate.rows("SELECT pg_advisory_unlock(7)")
            try await work.value
            gate.close()
            worker.close()
        }
    }

    extension Database {
        /// The processes that wait for a lock of a kind.
        func waiting(_ kind: String) throws -> Int {
            Int(
                try sql(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND wait_event_type = 'Lock' AND wait_event = '\(kind)'
                    """)) ?? 0
        }
    }

    extension PostgresClient {
        /// Runs a text once, as a write.
        func rows(
            _ text: String, effect: PostgresQuery.Effect = .write, within limit: Duration = .seconds(300)
        ) async throws -> PostgresRows {
            switch try await run(PostgresStatement(PostgresQuery(text, effect: effect)), deadline: .now + limit) {
            case .rows(let rows): return rows
            case .error(let error): throw error
            }
        }
    }

    extension PostgresRows {
        func text(_ row: Int = 0, _ column: Int = 0) -> String? {
            withValue(row: row, column: column) { $0.map { String(decoding: $0, as: UTF8.self) } }
        }
    }

    /// A visitor's session made now: idle timeout 30 minutes, touch interval 1, absolute 8 hours, retention 1 hour.
    func record(_ attributes: [String: String] = [:], at now: Timestamp = SystemSessionClock().now) -> SessionRecord {
        record(freshID(), attributes: attributes, at: now)
    }

    var now: Timestamp { SystemSessionClock().now }

    /// A clock that differs from the system's by always the same.
    struct ShiftedClock: SessionClock {
        let span: Duration

        init(by span: Duration) { self.span = span }

        var now: Timestamp { SystemSessionClock().now + span }
    }
#endif
