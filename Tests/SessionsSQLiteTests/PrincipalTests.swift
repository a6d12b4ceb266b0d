import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct PrincipalTests {
    let ann: Principal
    let bob: Principal

    init() throws {
        ann = try Principal("ann")
        bob = try Principal("bob")
    }

    @Test func aListHasTheLiveOnesInPages() async throws {
        try await withStore { store in
            for number in 0..<7 { _ = try await store.create(record(UInt64(number), principal: ann)) }
            _ = try await store.create(record(7, principal: bob))
            _ = try await store.create(record(8))
            _ = try await store.commit(ending(at: start), to: id(2), at: start)
            #expect(try await all(.init(.owner(owner(ann)), limit: 3), in: store) == [0, 1, 3, 4, 5, 6].map { id($0) })
            #expect(try await all(.init(.all, limit: 2), in: store) == [0, 1, 3, 4, 5, 6, 7, 8].map { id($0) })
            let later = start + .minutes(31)
            #expect(try await store.list(.init(.all), at: later).records.isEmpty)
            await expectError(.invalid) { _ = try await store.list(.init(.all, after: "' OR 1"), at: start) }
        }
    }

    @Test("A page has at least one session and at most a thousand, whatever its query says")
    func pages() async throws {
        try await withStore { (store) async throws in
            _ = try await store.create(record(1))
            try await store.pool.write { db in
                let columns = (SessionTable.columns + ["realm", "due_from"]).joined(separator: ", ")
                try db.execute(
                    sql: """
                        WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 1000)
                        INSERT INTO session (id, \(columns)) SELECT printf('%032x', n), \(columns) FROM session, counted
                        """)
            }
            for (limit, count) in [(0, 1), (-1, 1), (1, 1), (1000, 1000), (1001, 1000), (Int.max, 1000)] {
                var query = SessionQuery(.all)
                query.limit = limit
                let page = try await store.list(query, at: start)
                #expect(page.records.count == count && page.next == page.records.last?.id.description, "\(limit)")
            }
        }
    }

    @Test func theRecordAndNotTheIndexSaysWhose() async throws {
        try await withStore { store in
            _ = try await store.create(record(1))
            try await store.enroll(id(1), of: owner(ann), at: start)
            #expect(try await store.list(.init(.owner(owner(ann))), at: start).records.isEmpty)
            _ = try await store.commit(signingIn(ann, at: start), to: id(1), at: start)
            #expect(try await store.list(.init(.owner(owner(ann))), at: start).records.map(\.id) == [id(1)])
            _ = try await store.commit(signingIn(bob, at: start, generation: 2), to: id(1), at: start)
            #expect(try await store.list(.init(.owner(owner(ann))), at: start).records.isEmpty)
            #expect(try await store.list(.init(.owner(owner(bob))), at: start).records.map(\.id) == [id(1)])
        }
    }

    @Test func anEntryIsCleanedWhenItIsWrongAndOldEnough() async throws {
        try await withStore(configuration: .patient(commitDeadline: .seconds(10))) { store in
            _ = try await store.create(record(1))
            _ = try await store.create(record(2, principal: ann))
            for number in 1...3 { try await store.enroll(id(UInt64(number)), of: owner(ann), at: start) }
            _ = try await store.sweep(at: start + .seconds(10), limit: 10)
            #expect(try await entries(in: store) == [id(1), id(2), id(3)])
            _ = try await store.sweep(at: start + .milliseconds(10_001), limit: 10)
            #expect(try await entries(in: store) == [id(2)])
            _ = try await store.commit(ending(at: start), to: id(2), at: start)
            // A tombstone keeps its entry, for lists that ask for what has ended.
            let forgettable = try #require(try await store.load(id(2), at: start)).forgettableAt
            _ = try await store.sweep(at: forgettable - .milliseconds(1), limit: 10)
            #expect(try await entries(in: store) == [id(2)])
            _ = try await store.sweep(at: forgettable, limit: 10)
            #expect(try await entries(in: store) == [])
        }
    }

    @Test("An entry that a sign-in has made wrong is cleaned once it is older than a commit may take, and not before")
    func anEntryIsCleanedAfterASignIn() async throws {
        try await withStore(configuration: .patient(commitDeadline: .seconds(10))) { store in
            _ = try await store.create(record(1, principal: ann))
            _ = try await store.commit(signingIn(bob, at: start), to: id(1), at: start)
            _ = try await store.sweep(at: start + .seconds(10), limit: 10)
            #expect(try await entries(in: store) == [id(1), id(1)])
            _ = try await store.sweep(at: start + .milliseconds(10_001), limit: 10)
            #expect(try await entries(in: store) == [id(1)])
            #expect(try await store.list(.init(.owner(owner(bob))), at: start).records.map(\.id) == [id(1)])
        }
    }

    @Test("A sign-in has the sweep look at the entry that it made wrong and at no other, once no commit is on its way")
    func whatASignInMakesDue() async throws {
        try await withStore(configuration: .patient(commitDeadline: .seconds(10))) { store in
            for number in 1...2 as ClosedRange<UInt64> { _ = try await store.create(record(number, principal: ann)) }
            #expect(try await index(of: store) == ["ann 1: 0 -", "ann 2: 0 -"])
            // One that is noted late moves nothing back.
            for second in [3, 1] {
                try await store.enroll(id(1), of: owner(bob), at: start + .seconds(second))
                #expect(try await index(of: store) == ["ann 1: 0 -", "ann 2: 0 -", "bob 1: 3 13"])
            }
            let moment = start + .seconds(2)
            _ = try await store.commit(signingIn(bob, at: moment), to: id(1), at: moment)
            #expect(try await index(of: store) == ["ann 1: 0 10", "ann 2: 0 -", "bob 1: 3 -"])
            let back = start + .seconds(5)
            _ = try await store.commit(signingIn(ann, at: back, generation: 2), to: id(1), at: back)
            #expect(try await index(of: store) == ["ann 1: 5 -", "ann 2: 0 -", "bob 1: 3 13"])
            try await store.enroll(id(2), of: owner(ann), at: start + .seconds(6))
            #expect(try await index(of: store) == ["ann 1: 5 -", "ann 2: 6 16", "bob 1: 3 13"])
            // What the sweep finds right it doesn't look at again.
            _ = try await store.sweep(at: start + .seconds(17), limit: 10)
            #expect(try await index(of: store) == ["ann 1: 5 -", "ann 2: 6 -"])
        }
    }

    @Test("An entry of another realm than the record's is cleaned, and the right one stays")
    func anEntryOfAnotherRealmIsCleaned() async throws {
        try await withStore(configuration: .patient(commitDeadline: .seconds(10))) { store in
            let office = owner(ann, in: try Realm("office"))
            _ = try await store.create(record(1, principal: ann))
            try await store.enroll(id(1), of: office, at: start)
            try await store.enroll(id(1), of: owner(ann), at: start)
            #expect(try await entries(in: store) == [id(1), id(1)])
            #expect(try await store.list(.init(.owner(office)), at: start).records.isEmpty)
            _ = try await store.sweep(at: start + .minutes(1), limit: 10)
            #expect(try await entries(in: store) == [id(1)])
            #expect(try await store.list(.init(.owner(owner(ann))), at: start).records.map(\.id) == [id(1)])
        }
    }

    @Test func aWatermarkOnlyRises() async throws {
        try await withStore { store in
            #expect(try await store.watermark(of: owner(ann), raisedTo: nil) == nil)
            #expect(try await store.watermark(of: owner(ann), raisedTo: start) == start)
            #expect(try await store.watermark(of: owner(ann), raisedTo: start - .hours(1)) == start)
            #expect(try await store.watermark(of: owner(ann), raisedTo: nil) == start)
            #expect(try await store.watermark(of: owner(bob), raisedTo: nil) == nil)
            _ = try await store.sweep(at: start + .days(1), limit: 10)
            #expect(try await store.watermark(of: owner(ann), raisedTo: nil) == start)
            _ = try await store.sweep(at: start + .days(1) + .milliseconds(1), limit: 10)
            #expect(try await store.watermark(of: owner(ann), raisedTo: nil) == nil)
        }
    }

    private func all(_ query: SessionQuery, in store: SQLiteSessionStore) async throws -> [SessionID] {
        var query = query
        var ids: [SessionID] = []
        repeat {
            let page = try await store.list(query, at: start)
            #expect(page.records.count <= query.limit)
            ids += page.records.map(\.id)
            query.cursor = page.next
        } while query.cursor != nil
        return ids
    }

    /// Each entry with the seconds after `start` when it was enrolled and from when on the sweep looks at it.
    private func index(of store: SQLiteSessionStore) async throws -> [String] {
        try await store.pool.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT principal || ' ' || substr(session_id, -1) || ': ' || ((enrolled_at - ?) / 1000)
                        || ' ' || coalesce((check_at - ?) / 1000, '-')
                    FROM principal_session ORDER BY principal, session_id
                    """, arguments: [start.milliseconds, start.milliseconds])
        }
    }

    private func entries(in store: SQLiteSessionStore) async throws -> [SessionID] {
        try await store.pool.read { db in
            let names = try String.fetchAll(db, sql: "SELECT session_id FROM principal_session ORDER BY 1")
            return names.compactMap { SessionID($0) }
        }
    }
}
