import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite("Files of earlier versions", .timeLimit(.minutes(10)))
struct MigrationTests {
    /// A file as the version before realms left it, with a session of ann's and her watermark.
    private func makeOldFile(_ path: String) async throws {
        let old = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(old, upTo: "sessions-1")
        try await old.write { db in
            try db.execute(
                sql: """
                    INSERT INTO session (id, secret_digest, secret_issued_at, family_digest, created_at, last_used_at,
                        idle_timeout, touch_interval, absolute_deadline, retention, is_persistent, generation, revision,
                        principal, authenticated_at, carrier, due_from)
                    VALUES (:id, zeroblob(32), :now, zeroblob(32), :now, :now, 1800000, 60000, :now + 28800000, 3600000, 0, 2, 3,
                        'ann', :now, 'cookie', :now);
                    """, arguments: ["id": "\(id(1))", "now": start.milliseconds])
            try db.execute(
                sql: "INSERT INTO session_attribute VALUES (?, 'a', '1', 3)", arguments: ["\(id(1))"])
            try db.execute(
                sql: "INSERT INTO principal_session VALUES ('ann', ?, ?, NULL), ('bob', ?, ?, ?)",
                arguments: [
                    "\(id(1))", start.milliseconds, "\(id(2))", start.milliseconds, (start + .seconds(10)).milliseconds,
                ])
            try db.execute(sql: "INSERT INTO watermark VALUES ('ann', ?)", arguments: [start.milliseconds])
        }
        try old.close()
    }

    @Test("What was kept without a realm belongs to the default one")
    func whatWasKeptWithoutARealmBelongsToTheDefaultOne() async throws {
        try await withPath { path in
            try await makeOldFile(path)
            let ann = owner(try Principal("ann"))
            for _ in 0..<2 {
                let store = try await SQLiteSessionStore(path: path, configuration: .patient())
                let kept = try #require(try await store.load(id(1), at: start))
                #expect(kept.owner == ann && kept.authentications.isEmpty && kept.attributes["a"]?.json == "1")
                #expect(kept.generation == 2 && kept.revision == 3)
                #expect(try await store.list(.init(.owner(ann)), at: start).records.map(\.id) == [id(1)])
                #expect(try await store.list(.init(.realm(.default)), at: start).records.map(\.id) == [id(1)])
                #expect(try await store.watermark(of: ann, raisedTo: nil) == start)
                let entries = try await store.pool.read { db in
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM principal_session WHERE check_at IS NOT NULL")
                }
                #expect(entries == 1)
                try await store.close()
            }
        }
    }

    @Test("A server of the version before goes on with a file that the new one has changed")
    func aServerOfTheVersionBeforeGoesOn() async throws {
        try await withPath { path in
            try await makeOldFile(path)
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            let bob = owner(try Principal("bob"))
            try await store.pool.write { db in
                // As the version before wrote them.
                try db.execute(
                    sql: """
                        INSERT INTO principal_session (principal, session_id, enrolled_at, check_at) VALUES ('bob', ?, 1, NULL)
                        ON CONFLICT DO UPDATE SET enrolled_at = max(enrolled_at, excluded.enrolled_at), check_at = NULL
                        """, arguments: ["\(id(1))"])
                try db.execute(
                    sql: """
                        INSERT INTO watermark (principal, raised_to) VALUES ('bob', 7)
                        ON CONFLICT DO UPDATE SET raised_to = max(raised_to, excluded.raised_to)
                        """)
                try db.execute(sql: "UPDATE session SET principal = 'bob' WHERE id = ?", arguments: ["\(id(1))"])
            }
            #expect(try await store.list(.init(.owner(bob)), at: start).records.map(\.id) == [id(1)])
            #expect(try await store.watermark(of: bob, raisedTo: nil) == Timestamp(milliseconds: 7))
            try await store.close()
        }
    }

    @Test(
        "Lists and index entries are found without a scan",
        arguments: [
            (
                "SELECT id FROM session WHERE realm = 'a' AND id > 'b' ORDER BY id LIMIT 1",
                "session_realm (realm=? AND id>?)"
            ),
            ("SELECT id FROM session WHERE id > 'b' ORDER BY id LIMIT 1", "PRIMARY KEY (id>?)"),
            (
                """
                SELECT session_id FROM principal_session WHERE realm = 'a' AND principal = 'b' AND session_id > 'c'
                ORDER BY session_id LIMIT 1
                """, "PRIMARY KEY (realm=? AND principal=? AND session_id>?)"
            ),
            (
                "SELECT raised_to FROM watermark WHERE realm = 'a' AND principal = 'b'",
                "PRIMARY KEY (realm=? AND principal=?)"
            ),
            ("SELECT id FROM session WHERE due_from <= 1 ORDER BY due_from LIMIT 1", "session_due (due_from<?)"),
            (
                "SELECT enrolled_at FROM principal_session WHERE session_id = 'a' AND check_at IS NULL",
                "principal_session_of_session (session_id=?)"
            ),
            (
                "SELECT session_id FROM principal_session WHERE check_at < 1 ORDER BY check_at LIMIT 1",
                "principal_session_check (check_at<?)"
            ),
            (
                "SELECT principal FROM watermark WHERE raised_to < 1 ORDER BY raised_to LIMIT 1",
                "watermark_age (raised_to<?)"
            ),
        ])
    func listsAreFoundWithoutAScan(_ sql: String, _ index: String) async throws {
        try await withStore { store in
            let plan = try await store.pool.read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql).map { row -> String in row["detail"] }
            }
            #expect(plan.count == 1 && plan[0].contains(index), "\(plan)")
        }
    }
}
