import GRDB
import Sessions
import StoreSupport
import Testing

@testable import SessionsSQLite

@Suite(.timeLimit(.minutes(10))) struct RecordTests {
    @Test func everyFieldComesBack() async throws {
        var full = SessionRecord(
            id: id(1), realm: try Realm("Back-office_2."), secretDigest: digest(1), secretIssuedAt: start,
            familyDigest: digest(2), createdAt: start, lastUsedAt: start, lifetime: record(1).lifetime,
            principal: try Principal("Zoë 🦊 用户"), authenticatedAt: start,
            authentications: [.init(.password, at: start), .init(.hardwareKey, at: start + .seconds(1))], carrier: .url)
        full.previous = .init(
            digest: digest(5), nonce: RenewalNonce(Block16(.max, 0x8000_0000_0000_0000)), successorSeenAt: start)
        full.superseded = .init(familyDigest: digest(6), at: start + .seconds(3), revision: 1 << 63)
        full.lastUsedAt = Timestamp(milliseconds: -1)
        full.lifetime = SessionLifetime(
            idleTimeout: nil, touchInterval: .milliseconds(1), absoluteDeadline: Timestamp(milliseconds: .max),
            retention: .seconds(3601), isPersistent: true)
        full.generation = .max
        full.revision = .max
        full.attributes = SessionAttributes([
            .init(name: "\u{e9}", json: "1", revision: 3),
            .init(name: "e\u{301}", json: "2", revision: .max),
            .init(name: "a\0b", json: #""\u0000""#, revision: 1),
            .init(name: "a\0c", json: "\"\0\"", revision: 1),
            .init(name: "'; DROP TABLE session; --", json: "{}", revision: 1),
            .init(name: "", json: "", revision: 1),
            .init(name: "big", json: "\"" + String(repeating: "ü", count: 8191) + "\"", revision: 1),
        ])
        var tombstone = record(2)
        tombstone.end(.init(reason: .init(rawValue: "of its own kind"), at: start))
        try await withPath { path in
            let store = try await SQLiteSessionStore(path: path, configuration: .patient())
            for record in [full, tombstone, record(3)] {
                #expect(try await store.create(record))
                try #expect(fields(#require(await store.load(record.id, at: start))) == fields(record))
            }
            try await store.close()
            let again = try await SQLiteSessionStore(path: path, configuration: .patient())
            try #expect(fields(#require(await again.load(full.id, at: start))) == fields(full))
            #expect(try await again.load(id(4), at: start) == nil)
        }
    }

    @Test func createTakesOnlyAFreeID() async throws {
        try await withStore { store in
            #expect(try await store.create(record(1)))
            var other = record(1)
            other.secretDigest = digest(9)
            #expect(try await store.create(other) == false)
            #expect(try await store.load(id(1), at: start)?.secretDigest == digest(1))
            _ = try await store.commit(ending(at: start), to: id(1), at: start)
            #expect(try await store.create(other) == false)
            #expect(try await store.load(id(1), at: start)?.end?.reason == .signedOut)
        }
    }

    @Test func createChecksSizes() async throws {
        try await withStore(limits: .init(attributeBytes: 10)) { store in
            var large = record(1)
            large.attributes = SessionAttributes([.init(name: "a", json: "12345678901", revision: 1)])
            await expectError(.tooLarge, mentioning: "11") { _ = try await store.create(large) }
            let loaded = try await store.load(id(1), at: start)
            #expect(loaded == nil)
        }
    }

    @Test(arguments: [
        "UPDATE session SET secret_digest = x'00'", "UPDATE session SET carrier = 'pigeon'",
        "UPDATE session SET realm = 'no such realm'", "UPDATE session SET authentications = 'pwd'",
        "UPDATE session SET ended_at = 1", "UPDATE session SET previous_digest = zeroblob(32)",
        "UPDATE session SET superseded_at = 1", "UPDATE session SET principal = ''",
        "UPDATE session_attribute SET json = CAST(x'ff' AS TEXT)",
        // Half of a character, which takes as many bytes as the sign for what can't be read.
        "UPDATE session_attribute SET json = CAST(x'22f09f9222' AS TEXT)",
    ])
    func aRowThatCannotBeReadIsCorrupt(_ damage: String) async throws {
        try await withStore { store in
            var damaged = record(1)
            damaged.attributes = SessionAttributes([.init(name: "a", json: "1", revision: 1)])
            _ = try await store.create(damaged)
            try await store.pool.write { db in try db.execute(sql: damage) }
            await expectError(.corrupt, mentioning: "\(id(1))") { _ = try await store.load(id(1), at: start) }
            await expectError(.corrupt) { _ = try await store.commit(ending(at: start), to: id(1), at: start) }
        }
    }
}
