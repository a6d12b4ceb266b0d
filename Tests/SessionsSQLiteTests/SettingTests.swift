import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("What a session file is opened with", .timeLimit(.minutes(10)))
struct SettingTests {
    @Test("A setting that can't work is refused by its name, value and limit, and the next one works")
    func configuration() async {
        typealias Configuration = SQLiteSessionStore.Configuration
        let cases: [(String, Configuration, Configuration)] = [
            (
                "maximumReaders is 0; it takes at least 1", .init(maximumReaders: 0), .init(maximumReaders: 1)
            ),
            (
                "maximumQueuedCommits is 0; it takes at least 1", .init(maximumQueuedCommits: 0),
                .init(maximumQueuedCommits: 1)
            ),
            (
                "maximumQueuedLoads is 0; it takes at least 1", .init(maximumQueuedLoads: 0),
                .init(maximumQueuedLoads: 1)
            ),
            (
                "commitDeadline is 0.0 seconds; it must be positive", .init(commitDeadline: .zero),
                .init(commitDeadline: .milliseconds(1))
            ),
            (
                "loadDeadline is 0.0 seconds; it must be positive", .init(loadDeadline: .zero),
                .init(loadDeadline: .milliseconds(1))
            ),
            (
                "busyTimeout is -0.001 seconds; it can't be negative", .init(busyTimeout: .milliseconds(-1)),
                .init(busyTimeout: .zero)
            ),
            (
                "lockTolerance is -0.001 seconds; it can't be negative", .init(lockTolerance: .milliseconds(-1)),
                .init(lockTolerance: .zero)
            ),
        ]
        for (message, wrong, right) in cases {
            let error = #expect(throws: SessionError.self) { try wrong.check() }
            #expect(error?.code == .configuration && error?.message == message)
            #expect(throws: Never.self) { try right.check() }
        }
    }

    @Test("The defaults are what the documentation says")
    func defaults() {
        let configuration = SQLiteSessionStore.Configuration()
        #expect(configuration.synchronous == .full && configuration.maximumReaders == 5)
        #expect(configuration.busyTimeout == .seconds(5) && configuration.lockTolerance == .seconds(1))
        #expect(configuration.commitDeadline == .seconds(10) && configuration.loadDeadline == .seconds(5))
        #expect(configuration.maximumQueuedCommits == 10_000 && configuration.maximumQueuedLoads == 10_000)
    }

    @Test(
        "The writer flushes as configured, bounds its log, and tries for 20 ms at a time",
        arguments: [(true, 2), (false, 1)])
    func pragmas(isFull: Bool, synchronous: Int) async throws {
        try await withStore(configuration: .patient(synchronous: isFull ? .full : .normal)) { (store) async throws in
            let values = try await store.pool.writeWithoutTransaction { db in
                try ["synchronous", "journal_size_limit", "busy_timeout", "auto_vacuum", "foreign_keys"].map {
                    try Int.fetchOne(db, sql: "PRAGMA \($0)")
                }
            }
            #expect(values == [synchronous, 64 * 1024 * 1024, 20, 2, 0])
            let journal = try await store.pool.read { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") }
            #expect(journal == "wal")
        }
    }

    @Test(
        "Opening waits for other programs as long as configured",
        arguments: [(0, 0), (20, 0.02), (5000, 5)] as [(Int, Double)])
    func busyTimeout(milliseconds: Int, seconds: Double) async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(busyTimeout: .milliseconds(milliseconds)))
            guard case .timeout(seconds) = store.pool.configuration.busyMode else {
                Issue.record("\(store.pool.configuration.busyMode)")
                return
            }
            try await store.close()
        }
    }

    @Test("Closing waits for other programs as long as configured, and not as briefly as a write's try to begin")
    func closingWaits() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(busyTimeout: .milliseconds(4321)))
            let settings = Counter()
            try await store.pool.writeWithoutTransaction { db in
                db.trace { event in if "\(event)".hasPrefix("PRAGMA busy_timeout = 4321") { settings.add() } }
            }
            try await store.close()
            #expect(settings.count == 1)
        }
    }

    @Test(
        "Readers wait for a program that restores the log as long as a load may wait, and not for SQLite's ten seconds",
        arguments: [(.milliseconds(7), 7), (.seconds(5), 5000), (.days(60), Int(Int32.max))] as [(Duration, Int)])
    func readersWait(_ deadline: Duration, milliseconds: Int) async throws {
        try await withStore(configuration: .init(loadDeadline: deadline)) { (store) async throws in
            let value = try await store.pool.read { db in try Int.fetchOne(db, sql: "PRAGMA busy_timeout") }
            #expect(value == milliseconds)
        }
    }

    @Test("As many connections read as configured", arguments: [1, 2, 5, 6, 20])
    func readers(_ count: Int) async throws {
        try await withStore(configuration: .patient(maximumReaders: count)) { (store) async throws in
            #expect(store.pool.configuration.maximumReaderCount == count)
        }
    }

    @Test(
        "The error of a row that can't be read names the column and what is wrong with it",
        arguments: [
            ("secret_digest = x'00'", "column secret_digest has the wrong form"),
            ("family_digest = x'00'", "column family_digest has the wrong form"),
            ("carrier = 'pigeon'", "column carrier has the wrong form"),
            ("principal = ''", "column principal has the wrong form"),
            ("realm = 'no such realm'", "column realm has the wrong form"),
            ("authentications = 'pwd'", "column authentications has the wrong form"),
        ])
    func column(_ damage: String, problem: String) async throws {
        try await withStore { (store) async throws in
            _ = try await store.create(record(1))
            try await store.pool.write { db in try db.execute(sql: "UPDATE session SET \(damage)") }
            let error = await #expect(throws: SessionError.self) { _ = try await store.load(id(1), at: start) }
            #expect(error?.code == .corrupt && error?.message == "session \(id(1)) can't be read: its \(problem)")
        }
    }

    @Test("A file whose tables are not those of its format is refused, and what to do is said")
    func tables() async throws {
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path)
            try await store.close()
            let other = try DatabaseQueue(path: path)
            try await other.write { db in
                try db.execute(
                    sql: """
                        DELETE FROM grdb_migrations WHERE identifier = 'sessions-3-quarantine';
                        DROP TABLE quarantined_attribute;
                        """)
            }
            try other.close()
            await expectError(.configuration, mentioning: "doesn't have the expected tables", "restore a backup") {
                _ = try await SQLiteSessionStore(path: path)
            }
        }
    }
}
