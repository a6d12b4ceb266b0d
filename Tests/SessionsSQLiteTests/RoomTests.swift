import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("G11: a session file has room for users whatever strangers do", .timeLimit(.minutes(10)))
struct RoomTests {
    private func total(_ store: SQLiteSessionStore) async throws -> [Int] {
        try await store.pool.read { db in
            let total = try TotalTable.fetch(in: db)
            return [total.records, total.bytes]
        }
    }

    /// Limits, with nothing reserved.
    private func limited(records: Int, bytes: Int? = nil) -> SQLiteSessionStore.Configuration {
        var configuration = SQLiteSessionStore.Configuration.patient()
        configuration.maximumRecords = records
        configuration.maximumBytes = bytes
        configuration.reserve = 0
        return configuration
    }

    private func visitor(_ number: UInt64, _ attributes: [String: String] = [:]) -> SessionRecord {
        StoreSupport.record(id(number), digests: number, attributes: attributes, at: start)
    }

    @Test("The store says how many sessions the file has, live ones alone")
    func count() async throws {
        try await withStore { (store) async throws in
            #expect(try await store.count() == SessionCount(sessions: 0, isExact: true))
            for number in 1...3 { #expect(try await store.create(visitor(UInt64(number)))) }
            #expect(try await store.count() == SessionCount(sessions: 3, isExact: true))
            _ = try await store.commit(ending(at: start), to: id(2), at: start)
            #expect(try await store.count() == SessionCount(sessions: 2, isExact: true))
        }
    }

    @Test("The total follows everything that makes, changes, ends, sweeps, sets aside or deletes a session")
    func followed() async throws {
        try await withStore { (store) async throws in
            #expect(try await total(store) == [0, 0])
            #expect(try await store.create(visitor(1, ["a": "\"é\"", "ü": "12"])))
            // 400; a byte and four; two bytes and two.
            #expect(try await total(store) == [1, 409])
            #expect(try await !store.create(visitor(1, ["b": "1234"])))
            #expect(try await total(store) == [1, 409])
            _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start)
            #expect(try await total(store) == [1, 406])
            _ = try await store.commit(setting("a", to: "2"), to: id(1), at: start)
            _ = try await store.commit(setting("new", to: "345"), to: id(1), at: start)
            #expect(try await total(store) == [1, 412])
            var removal = SessionChanges(expectedGeneration: 1)
            removal.attributes["ü"] = .remove
            _ = try await store.commit(removal, to: id(1), at: start)
            #expect(try await total(store) == [1, 408])
            _ = try await store.commit(setting("late", to: "1", generation: 7), to: id(1), at: start)
            try await store.checkHealth()
            #expect(try await total(store) == [1, 408])
            _ = try await store.commit(ending(at: start), to: id(1), at: start)
            #expect(try await total(store) == [0, 0])
            _ = try await store.commit(ending(at: start), to: id(1), at: start)
            for number: UInt64 in 2...4 { #expect(try await store.create(visitor(number, ["a": "1"]))) }
            #expect(try await total(store) == [3, 1206])
            // As an operator with a shell, or a server of the version before, would.
            try await store.pool.write { db in
                try db.execute(sql: "DELETE FROM session_attribute WHERE session_id = '\(id(2))'")
                try db.execute(sql: "DELETE FROM session WHERE id = '\(id(2))'")
                try db.execute(sql: "UPDATE session SET carrier = 'pigeon' WHERE id = '\(id(3))'")
            }
            #expect(try await total(store) == [2, 804])
            #expect(try await store.quarantine(id(3), at: start))
            #expect(try await total(store) == [1, 402])
            // The expired session becomes a tombstone, and then nothing.
            #expect(try await store.sweep(at: start + .minutes(31), limit: 10).expired.count == 1)
            #expect(try await total(store) == [0, 0])
            _ = try await store.sweep(at: start + .days(1), limit: 10)
            #expect(try await total(store) == [0, 0])
            // One that is long gone goes at once.
            #expect(try await store.create(visitor(5, ["a": "1"])))
            _ = try await store.sweep(at: start + .days(2), limit: 10)
            #expect(try await total(store) == [0, 0])
        }
    }

    @Test("Without its total a file is never taken for empty: nothing is made and nothing grows, and the rest goes on")
    func withoutTotal() async throws {
        try await withStore { (store) async throws in
            #expect(try await store.create(visitor(1)))
            try await store.pool.write { db in try db.execute(sql: "DELETE FROM session_total") }
            let calls: [@Sendable () async throws -> Void] = [
                { _ = try await store.create(visitor(2)) },
                { _ = try await store.commit(setting("a", to: "1"), to: id(1), at: start) },
                { _ = try await store.count() },
            ]
            let message =
                "the table session_total has no row, so nothing tells whether the file is full; restore a backup"
            for call in calls {
                let error = await #expect(throws: SessionError.self) { try await call() }
                #expect(error?.code == .corrupt && error?.message == message && error?.concernsStore == true)
            }
            #expect(try await store.load(id(1), at: start)?.revision == 1)
            #expect(try await store.commit(ending(at: start), to: id(1), at: start).name == "committed")
        }
    }

    @Test("What a failed write has done is not counted")
    func rolledBack() async throws {
        try await withStore { (store) async throws in
            #expect(try await store.create(visitor(1)))
            await expectError(.invalid) {
                try await store.writes.write { transaction in
                    try SessionTable.insert(visitor(2, ["a": "1"]), in: transaction)
                    throw SessionError(.invalid, "no")
                }
            }
            #expect(try await total(store) == [1, 400])
        }
    }

    @Test("A file of an earlier version is counted once, when it is opened")
    func migrated() async throws {
        try await withPath { path in
            let old = try DatabaseQueue(path: path)
            try Schema.migrator.migrate(old, upTo: "sessions-3-quarantine")
            try await old.write { db in
                for session in [visitor(1, ["a": "\"é\"", "ü": "12"]), visitor(2, ["b": "1"])] {
                    try SessionTable.insert(session, in: Transaction(db))
                }
                var ended = visitor(3)
                ended.end = SessionEnd(reason: .signedOut, at: start)
                try SessionTable.insert(ended, in: Transaction(db))
            }
            try old.close()
            for _ in 0..<2 {
                let store = try await SQLiteSessionStore(
                    path: path, configuration: limited(records: 3, bytes: 1211))
                #expect(try await total(store) == [2, 811])
                await expectError(.full, mentioning: "\(path)", "1211 bytes of sessions", "raise maximumBytes") {
                    _ = try await store.create(visitor(4, ["a": "1"]))
                }
                try await store.close()
            }
        }
    }

    @Test("The servers of one file share its limit, each by the limits of its own")
    func shared() async throws {
        try await withPath { path in
            let first = try await SQLiteSessionStore(path: path, configuration: limited(records: 2))
            let second = try await SQLiteSessionStore(path: path, configuration: limited(records: 3))
            #expect(try await first.create(visitor(1)))
            #expect(try await second.create(visitor(2)))
            await expectError(.full, mentioning: "holds 2 sessions, its limit; raise maximumRecords") {
                _ = try await first.create(visitor(3))
            }
            #expect(try await second.create(visitor(3)))
            await expectError(.full, mentioning: "3 sessions") { _ = try await second.create(visitor(4)) }
            _ = try await first.commit(ending(at: start), to: id(2), at: start)
            #expect(try await second.create(visitor(4)))
            try await first.close()
            try await second.close()
        }
    }

    @Test("A visitor's session that grows as its user signs in takes what is reserved for users, and no other one does")
    func signIn() async throws {
        var configuration = limited(records: 10, bytes: 1000)
        configuration.reserve = 0.5
        try await withStore(configuration: configuration) { (store) async throws in
            #expect(try await store.create(visitor(1, ["a": "1"])))
            let growing = setting("b", to: "\"\(String(repeating: "x", count: 98))\"")
            await expectError(.full, mentioning: "reserved for signed-in users", "raise maximumBytes") {
                _ = try await store.commit(growing, to: id(1), at: start)
            }
            #expect(try await total(store) == [1, 402])
            var signIn = signingIn(try Principal("ann"), at: start)
            signIn.attributes = growing.attributes
            #expect(try await store.commit(signIn, to: id(1), at: start).name == "committed")
            #expect(try await total(store) == [1, 503])
        }
    }

    @Test("Unless set, a file holds 10 million sessions and 8 GiB, a tenth for users; nil is no limit")
    func defaults() async throws {
        let configuration = SQLiteSessionStore.Configuration()
        #expect(configuration.maximumRecords == 10_000_000 && configuration.maximumBytes == 8_589_934_592)
        #expect(configuration.reserve == 0.1)
        try await withPath { path in
            let store = try await SQLiteSessionStore(
                path: path, configuration: .init(maximumRecords: nil, maximumBytes: nil, reserve: 1))
            #expect(try await store.create(visitor(1, ["a": "1"])))
            _ = try await store.commit(setting("a", to: "12"), to: id(1), at: start)
            #expect(try await total(store) == [1, 403])
            try await store.close()
        }
    }

    @Test("Limits below 1 and shares that are none are refused")
    func validation() async throws {
        try await withPath { path in
            for (configuration, text) in [
                (.init(maximumRecords: 0), "maximumRecords is 0"), (.init(maximumBytes: 0), "maximumBytes is 0"),
                (.init(reserve: -0.001), "reserve is -0.001"), (.init(reserve: 1.001), "reserve is 1.001"),
                (.init(reserve: .nan), "reserve is nan"),
            ] as [(SQLiteSessionStore.Configuration, String)] {
                await expectError(.configuration, mentioning: text) {
                    _ = try await SQLiteSessionStore(path: path, configuration: configuration)
                }
            }
            for configuration in [
                .init(maximumRecords: 1, reserve: 1), .init(maximumBytes: 1, reserve: 0),
            ] as [SQLiteSessionStore.Configuration] {
                try await SQLiteSessionStore(path: path, configuration: configuration).close()
            }
        }
    }
}
