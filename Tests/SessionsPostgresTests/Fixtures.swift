#if Postgres
    import Foundation
    import PostgresServers
    import RedisServers
    import Sessions
    import StoreSupport
    import Synchronization

    @testable import SessionsPostgres
    @testable import SessionsPostgresClient

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

    /// Holds up the statements that ask for its lock, until it is opened.
    final class AdvisoryGate: Sendable {
        /// A statement that goes through the gate.
        static let passing = "SELECT 1 FROM pg_advisory_xact_lock_shared(7)"

        private let client: PostgresClient

        init(in database: Database) async throws {
            let configuration = PostgresClientConfiguration(
                maximumConnections: 1, connectTimeout: .seconds(60), statementTimeout: .seconds(300),
                applicationName: "gate")
            client = try PostgresClient(database.url, configuration: configuration)
            _ = try await client.rows("SELECT pg_advisory_lock(7) IS NULL")
        }

        func open() async throws {
            _ = try await client.rows("SELECT pg_advisory_unlock(7)")
            client.close()
        }
    }

    /// A transaction that does something and then waits, holding its locks, until it is let go.
    final class OpenTransaction: Sendable {
        private let gate: AdvisoryGate
        private let worker: PostgresClient
        private let database: Database
        private let work: Task<Void, any Error>

        /// - Parameter sql: what it does, one or more statements
        init(_ sql: String, in database: Database) async throws {
            self.database = database
            gate = try await AdvisoryGate(in: database)
            let worker = try PostgresClient(
                database.url,
                configuration: .init(
                    maximumConnections: 1, connectTimeout: .seconds(60), statementTimeout: .seconds(300)))
            self.worker = worker
            work = Task {
                _ = try await worker.rows("DO $work$ BEGIN \(sql); PERFORM pg_advisory_xact_lock_shared(7); END $work$")
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
            try await gate.open()
            try await work.value
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
            _ text: String, effect: PostgresQuery.Effect = .write,
            until deadline: ContinuousClock.Instant = .now + .seconds(300)
        ) async throws -> PostgresRows {
            switch try await run(PostgresStatement(PostgresQuery(text, effect: effect)), deadline: deadline) {
            case .rows(let rows): return rows
            case .error(let error): throw error
            }
        }

        /// The statements that wait for a connection here, and those that were sent and are waited for.
        var statements: (queued: Int, sent: Int) {
            let counts = look { pool in (pool.queue.count, pool.links.map(\.waitedFor)) }
            return (counts.0, counts.1.reduce(0, +))
        }

        /// The statements that were sent over each connection that is of use, and are waited for.
        var sentByConnection: [Int] { look { pool in pool.links.filter(\.isReady).map(\.waitedFor) } }

        /// The connections that are of no more use, and have statements to answer.
        var retired: Int { look { pool in pool.links.count { $0.isRetired } } }

        /// The connections that are being made.
        var connecting: Int { look { $0.connecting } }

        private func look<Value: Sendable>(_ body: (Pool) -> Value) -> Value {
            let value = loop.pool.withLock { pool in body(pool) }
            // A caller who finds the lock taken relies on the one who has it to look once more.
            loop.inbox.wake()
            return value
        }
    }

    extension Link {
        fileprivate var waitedFor: Int { flights.count { $0.pending != nil } }
    }

    /// Statements with these deadlines, none of which is answered.
    func withStatements(_ deadlines: [ContinuousClock.Instant], _ body: ([PendingStatement]) -> Void) async {
        let query = PostgresQuery("SELECT 1", effect: .read)
        _ = await withUnsafeContinuation { (continuation: UnsafeContinuation<PendingStatement.Outcome, Never>) in
            body(deadlines.map { PendingStatement(PostgresStatement(query), deadline: $0, continuation) })
            continuation.resume(returning: .success(.rows(PostgresRows([]))))
        }
    }

    extension Inbox {
        /// Whether its thread is to look at it, or is so within a time.
        func isReadable(within milliseconds: Int32 = 0) -> Bool {
            var descriptor = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&descriptor, 1, milliseconds) == 1
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

    /// A clock of instants, which goes on when it is told.
    final class TestUptime: Sendable {
        let start = ContinuousClock.now
        private let passed = Mutex(Duration.zero)

        var now: ContinuousClock.Instant { start + passed.withLock { $0 } }

        func pass(_ span: Duration) { passed.withLock { $0 += span } }

        /// Runs `body` while time passes, no faster than it does, so that what is tried again later is tried again.
        func passing<Value>(_ body: () async throws -> Value) async rethrows -> Value {
            let ticks = Task {
                while !Task.isCancelled {
                    pass(.milliseconds(20))
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { ticks.cancel() }
            return try await body()
        }
    }

    /// What a client throws, or `nil`.
    func failure(_ body: () async throws -> Void) async -> PostgresFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? PostgresFailure
        }
    }

    /// A clock that differs from the system's by always the same.
    struct ShiftedClock: SessionClock {
        let span: Duration

        init(by span: Duration) { self.span = span }

        var now: Timestamp { SystemSessionClock().now + span }
    }
#endif
