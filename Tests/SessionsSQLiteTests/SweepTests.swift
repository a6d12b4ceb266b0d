import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct SweepTests {
    @Test func theExpiredBecomeTombstonesAndThenNothing() async throws {
        try await withStore { store in
            var expiring = record(1)
            expiring.attributes = SessionAttributes([.init(name: "a", json: "1", revision: 1)])
            _ = try await store.create(expiring)
            let deadline = start + .minutes(31)
            #expect(try await store.sweep(at: deadline - .milliseconds(1), limit: 10).examined == 0)
            #expect(try await store.sweep(at: deadline, limit: 10).examined == 1)
            let tombstone = try #require(try await store.load(id(1), at: deadline))
            #expect(tombstone.end == SessionEnd(reason: .expired, at: deadline) && tombstone.attributes.isEmpty)
            #expect(try await rows("session_attribute", in: store) == 0)
            #expect(try await store.sweep(at: deadline + .minutes(59), limit: 10).examined == 0)
            #expect(try await store.sweep(at: deadline + .hours(1), limit: 10).examined == 1)
            #expect(try await store.load(id(1), at: deadline) == nil)
        }
    }

    @Test func whatIsLongGoneGoesAtOnce() async throws {
        try await withStore { store in
            _ = try await store.create(record(1, principal: try Principal("ann")))
            #expect(try await store.sweep(at: start + .days(2), limit: 10).examined == 1)
            for table in ["session", "session_attribute", "principal_session"] {
                #expect(try await rows(table, in: store) == 0, "\(table)")
            }
        }
    }

    @Test func aTouchLeavesTheIndexAndTheSweepMovesIt() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            var touch = SessionChanges(expectedGeneration: 1)
            touch.lastUsedAt = start + .minutes(20)
            _ = try await store.commit(touch, to: id(1), at: start + .minutes(20))
            #expect(try await dueFrom(in: store) == start + .minutes(31))
            #expect(try await store.sweep(at: start + .minutes(31), limit: 10).examined == 1)
            #expect(try await store.load(id(1), at: start)?.end == nil)
            #expect(try await dueFrom(in: store) == start + .minutes(51))
            #expect(try await store.sweep(at: start + .minutes(50), limit: 10).examined == 0)
        }
    }

    @Test func whatBringsTheEndNearerLowersTheBound() async throws {
        try await withStore { store in
            var long = record(1)
            long.lifetime.idleTimeout = nil
            _ = try await store.create(long)
            #expect(try await dueFrom(in: store) == start + .hours(8))
            var shorter = SessionChanges(expectedGeneration: 1)
            shorter.lifetime = long.lifetime
            shorter.lifetime?.absoluteDeadline = start + .hours(5)
            _ = try await store.commit(shorter, to: id(1), at: start)
            #expect(try await dueFrom(in: store) == start + .hours(5))
            _ = try await store.commit(ending(at: start), to: id(1), at: start)
            #expect(try await store.sweep(at: start + .hours(1), limit: 10).examined == 1)
            #expect(try await store.load(id(1), at: start) == nil)
        }
    }

    @Test func aSweepIsBoundedAndSaysWhenMoreIsDue() async throws {
        try await withStore { store in
            for number in 0..<300 { _ = try await store.create(record(UInt64(number))) }
            let late = start + .days(2)
            #expect(try await store.sweep(at: late, limit: 0).examined == 0)
            #expect(try await store.sweep(at: late, limit: 7).examined == 7)
            #expect(try await rows("session", in: store) == 293)
            #expect(try await store.sweep(at: late, limit: 290).examined == 290)
            #expect(try await store.sweep(at: late, limit: 10).examined == 3)
        }
    }

    @Test("What may be forgotten at the moment of a sweep is gone after it, and a millisecond before not")
    func toTheMillisecond() async throws {
        try await withStore { store in
            for number in 1...2 { _ = try await store.create(record(UInt64(number))) }
            let moment = record(1).forgettableAt
            #expect(try await store.sweep(at: moment - .milliseconds(1), limit: 1).expired.count == 1)
            #expect(try await store.list(.init(.all), at: start).records.count == 1)
            for number in 1...2 { #expect(try await store.load(id(UInt64(number)), at: moment) != nil) }
            #expect(try await store.sweep(at: moment, limit: 10).expired.count == 1)
            for number in 1...2 { #expect(try await store.load(id(UInt64(number)), at: moment) == nil) }
        }
    }

    @Test("A sweep looks at 256 records in a transaction", arguments: [(255, 1), (256, 1), (257, 2), (300, 2)])
    func aSweepLooksAt256RecordsInATransaction(_ count: Int, parts: Int) async throws {
        try await withStore { store in
            for number in 0..<count { _ = try await store.create(record(UInt64(number))) }
            let before = store.writes.transactions
            #expect(try await store.sweep(at: start + .days(2), limit: count).examined == count)
            // One more cleans the index, one more gives space back.
            #expect(store.writes.transactions - before == parts + 2)
        }
    }

    @Test("A sweep cleans at most as many entries and watermarks as records it may look at, and at most 256")
    func whatASweepCleansIsBounded() async throws {
        try await withStore { store in
            for number in 0..<300 {
                let user = owner(try Principal("user \(number)"))
                try await store.enroll(id(UInt64(number)), of: user, at: start)
                _ = try await store.watermark(of: user, raisedTo: start)
            }
            for (limit, left) in [(10, 290), (1000, 34), (1000, 0)] {
                _ = try await store.sweep(at: start + .days(2), limit: limit)
                #expect(try await rows("principal_session", in: store) == left)
                #expect(try await rows("watermark", in: store) == left)
            }
        }
    }

    @Test("A sweep reports what had expired, also what it forgets at once, and nothing that ended otherwise")
    func aSweepReportsWhatHadExpired() async throws {
        try await withStore { store in
            let shop = try Realm("shop")
            for number in 0..<3 { _ = try await store.create(record(UInt64(number), of: shop)) }
            _ = try await store.commit(ending(at: start), to: id(1), at: start)
            let expired = try await store.sweep(at: start + .minutes(31), limit: 10).expired
            #expect(expired.map(\.id) == [id(0), id(2)])
            #expect(expired.map(\.realm) == [shop, shop])
            let end = SessionEnd(reason: .expired, at: start + .minutes(31))
            #expect(expired.map(\.end) == [end, end])
            _ = try await store.create(record(4))
            #expect(try await store.sweep(at: start + .days(2), limit: 10).expired.map(\.id) == [id(4)])
        }
    }

    @Test("A sweep that fails reports what it had ended before, and the next one the rest", arguments: [0, 299])
    func partOfASweep(_ broken: UInt64) async throws {
        try await withStore { store in
            for number in 0..<300 { _ = try await store.create(record(UInt64(number))) }
            let last = try await store.pool.write { db in
                try db.execute(
                    sql: "UPDATE session SET due_from = due_from + 1 WHERE id = ?", arguments: ["\(id(broken))"])
                try db.execute(
                    sql: """
                        CREATE TRIGGER broken BEFORE UPDATE ON session WHEN old.id = '\(id(broken))'
                        BEGIN SELECT RAISE(ABORT, 'broken'); END
                        """)
                return try String.fetchAll(db, sql: "SELECT id FROM session ORDER BY due_from LIMIT 44 OFFSET 256")
            }
            #expect(last.contains("\(id(broken))"))
            let moment = start + .minutes(32)
            let result = try await store.sweep(at: moment, limit: 1000)
            #expect(result.failure?.code == .unavailable && result.examined == 256 && result.expired.count == 256)
            await expectError(.unavailable, mentioning: "broken") {
                _ = try await store.sweep(at: moment, limit: 1000)
            }
            try await store.pool.write { db in try db.execute(sql: "DROP TRIGGER broken") }
            let rest = try await store.sweep(at: moment, limit: 1000)
            #expect(rest.failure == nil && rest.expired.map { "\($0.id)" } == last)
        }
    }

    @Test func aBadRowIsReportedAndStopsNobody() async throws {
        try await withStore { store in
            for number in 0..<3 { _ = try await store.create(record(UInt64(number))) }
            try await store.pool.write { db in
                try db.execute(
                    sql: "UPDATE session SET carrier = '?', due_from = 0 WHERE id = ?", arguments: ["\(id(0))"])
            }
            let result = try await store.sweep(at: start + .days(2), limit: 10)
            #expect(
                result.unreadable == [id(0)] && result.failure == nil && result.expired.map(\.id) == [id(1), id(2)])
            #expect(try await rows("session", in: store) == 1)
            // It comes again a day later, and not with each sweep.
            for time in [Duration.days(2), .days(3) - .milliseconds(1)] {
                let next = try await store.sweep(at: start + time, limit: 10)
                #expect(next.examined == 0)
            }
            #expect(try await store.sweep(at: start + .days(3), limit: 10).unreadable == [id(0)])
        }
    }

    @Test("A row whose ID is no ID is named as a failure, and what was swept with it is reported")
    func rowWithoutAnID() async throws {
        try await withStore { store in
            for number in 0..<3 { _ = try await store.create(record(UInt64(number))) }
            try await store.pool.write { db in
                try db.execute(sql: "UPDATE session SET id = 'x' WHERE id = ?", arguments: ["\(id(0))"])
            }
            let result = try await store.sweep(at: start + .minutes(31), limit: 10)
            #expect(result.failure?.code == .corrupt && result.expired.map(\.id) == [id(1), id(2)])
        }
    }

    private func rows(_ table: String, in store: SQLiteSessionStore) async throws -> Int {
        try await store.pool.read { db in try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
    }

    private func dueFrom(in store: SQLiteSessionStore) async throws -> Timestamp {
        try await store.pool.read { db in
            Timestamp(milliseconds: try Int64.fetchOne(db, sql: "SELECT due_from FROM session") ?? 0)
        }
    }
}
