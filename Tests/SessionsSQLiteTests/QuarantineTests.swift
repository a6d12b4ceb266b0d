import Foundation
import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("Rows that can't be read are set aside", .timeLimit(.minutes(10)))
struct QuarantineTests {
    private static let damages = [
        "UPDATE session SET secret_digest = x'00' WHERE id = ?", "UPDATE session SET carrier = 'pigeon' WHERE id = ?",
        "UPDATE session SET ended_at = 1 WHERE id = ?", "UPDATE session SET principal = '' WHERE id = ?",
        "UPDATE session_attribute SET json = CAST(x'ff' AS TEXT) WHERE session_id = ?",
    ]

    @Test("A row is moved as it was, counts as none from then on, and is kept for 30 days", arguments: damages)
    func moved(_ damage: String) async throws {
        try await withStore { (store) async throws in
            var damaged = record(1)
            damaged.attributes = SessionAttributes([.init(name: "a", json: "1", revision: 1)])
            for session in [damaged, record(2)] { #expect(try await store.create(session)) }
            try await store.pool.write { db in try db.execute(sql: damage, arguments: ["\(id(1))"]) }
            func rows(_ suffix: String) async throws -> [String] {
                try await store.pool.read { db in
                    let columns = SessionTable.columns.map { "quote(\($0))" }.joined(separator: " || ',' || ")
                    let name = suffix.isEmpty ? "session" : "quarantined_session"
                    let attributes = suffix.isEmpty ? "session_attribute" : "quarantined_attribute"
                    return try String.fetchAll(db, sql: "SELECT \(columns) FROM \(name) WHERE id = '\(id(1))'")
                        + String.fetchAll(
                            db,
                            sql: "SELECT name || hex(json) || revision FROM \(attributes) WHERE session_id = '\(id(1))'"
                        )
                }
            }
            let before = try await rows("")
            #expect(before.count == 2)
            #expect(try await store.quarantine(id(1), at: start))
            #expect(try await rows("quarantined") == before)
            #expect(try await rows("").isEmpty)
            #expect(try await store.load(id(1), at: start) == nil)
            #expect(try await store.quarantined(limit: 10) == [id(1)])
            for none in [0, -1, Int.min] { #expect(try await store.quarantined(limit: none).isEmpty) }
            #expect(try await !store.quarantine(id(1), at: start))

            #expect(try await store.load(id(2), at: start) != nil)
            _ = try await store.sweep(at: start + .days(30) - .milliseconds(1), limit: 10)
            #expect(try await store.quarantined(limit: 10) == [id(1)])
            _ = try await store.sweep(at: start + .days(30), limit: 10)
            #expect(try await store.quarantined(limit: 10).isEmpty)
            #expect(try await rows("quarantined").isEmpty)
        }
    }

    @Test("What can be read isn't set aside, nor what isn't there")
    func readable() async throws {
        try await withStore { (store) async throws in
            #expect(try await store.create(record(1)))
            #expect(try await !store.quarantine(id(1), at: start))
            #expect(try await !store.quarantine(id(2), at: start))
            #expect(try await store.load(id(1), at: start) != nil)
            #expect(try await store.quarantined(limit: 10).isEmpty)
        }
    }

    @Test("What was set aside is listed from the oldest on, as many as asked for")
    func listed() async throws {
        try await withStore { (store) async throws in
            for number in 1...3 as ClosedRange<UInt64> { #expect(try await store.create(record(number))) }
            try await store.pool.write { db in try db.execute(sql: "UPDATE session SET carrier = 'pigeon'") }
            for (number, second) in [(1, 2), (2, 0), (3, 1)] as [(UInt64, Int)] {
                #expect(try await store.quarantine(id(number), at: start + .seconds(second)))
            }
            for (limit, expected) in [(0, []), (1, [2]), (2, [2, 3]), (3, [2, 3, 1])] as [(Int, [UInt64])] {
                #expect(try await store.quarantined(limit: limit) == expected.map { id($0) })
            }
        }
    }

    @Test("What was set aside is forgotten from the oldest on, no more at a time than a sweep may look at")
    func forgotten() async throws {
        try await withStore { (store) async throws in
            for number in 1...3 as ClosedRange<UInt64> {
                var damaged = record(number)
                damaged.attributes = SessionAttributes([.init(name: "a", json: "1", revision: 1)])
                _ = try await store.create(damaged)
            }
            try await store.pool.write { db in try db.execute(sql: "UPDATE session SET carrier = 'pigeon'") }
            for (number, second) in [(1, 2), (2, 0), (3, 1)] as [(UInt64, Int)] {
                #expect(try await store.quarantine(id(number), at: start + .seconds(second)))
            }
            for left in [[3, 1], [1], []] as [[UInt64]] {
                _ = try await store.sweep(at: start + .days(31), limit: 1)
                let attributes = try await store.pool.read { db in
                    try String.fetchAll(db, sql: "SELECT session_id FROM quarantined_attribute ORDER BY session_id")
                }
                #expect(attributes == left.sorted().map { "\(id($0))" })
                #expect(try await store.quarantined(limit: 10) == left.map { id($0) })
            }
        }
    }

    @Test("A list names what it can't read, and shows the rest", arguments: ["all", "realm", "owner"])
    func lists(_ kind: String) async throws {
        try await withStore { (store) async throws in
            let ada = try Principal("ada")
            for number in 1...3 as ClosedRange<UInt64> {
                #expect(try await store.create(record(number, principal: ada)))
            }
            try await store.pool.write { db in try db.execute(sql: Self.damages[1], arguments: ["\(id(2))"]) }
            let scope: SessionQuery.Scope =
                switch kind {
                case "all": .all
                case "realm": .realm(.default)
                default: .owner(owner(ada))
                }
            let page = try await store.list(.init(scope), at: start)
            #expect(page.records.map(\.id) == [id(1), id(3)] && page.unreadable == [id(2)] && page.next == nil)
        }
    }

    @Test("A damaged file concerns the whole store, so no session is called over because of it")
    func wholeFile() async throws {
        let error = SessionError(
            sqlite: DatabaseError(resultCode: .SQLITE_CORRUPT), while: "loading", on: "/sessions.db")
        #expect(error.code == .corrupt && error.concernsStore)
    }
}
