import Sessions

extension SessionStoreContract {
    static let limits: [Clause] = [
        Clause(
            "limits.records", "A full store refuses new sessions, drops none, and keeps a part for signed-in users."
        ) { bench in
            var made: [SessionRecord] = []
            for _ in 0..<8 { made.append(try await bench.created()) }
            try await bench.expectFull("a ninth session, of a visitor", naming: "maximumRecords") {
                try await bench.store.create(bench.record())
            }
            for _ in 0..<2 { made.append(try await bench.createdForUser()) }
            for record in [bench.record(), try bench.recordForUser()] {
                try await bench.expectFull("an eleventh session", naming: "maximumRecords") {
                    try await bench.store.create(record)
                }
                let stored = try await bench.store.load(record.id, at: bench.now)
                try bench.expect(stored == nil, "nothing of a session that was refused", saw: "a record")
            }
            for record in made { try await bench.expectStored(record, "a session of a full store to be as it was") }
        },
        Clause("limits.bytes", "Sessions take no more bytes than the limit, to the byte, of which users have a part.") {
            bench in
            for _ in 0..<3 { _ = try await bench.created(bench.bytes(2000)) }
            for size in [2001, 2400] {
                try await bench.expectFull("a visitor's session of \(size) bytes", naming: "maximumBytes") {
                    try await bench.store.create(bench.record(bench.bytes(size)))
                }
            }
            _ = try await bench.created(bench.bytes(2000))
            try await bench.expectFull("a visitor's session without attributes", naming: "maximumBytes") {
                try await bench.store.create(bench.record())
            }
            try await bench.expectFull("a user's session of 2001 bytes", naming: "maximumBytes") {
                try await bench.store.create(try bench.recordForUser(bench.bytes(2001)))
            }
            _ = try await bench.createdForUser(bench.bytes(2000))
            try await bench.expectFull("a user's session without attributes", naming: "maximumBytes") {
                try await bench.store.create(try bench.recordForUser())
            }
        },
        Clause("limits.growth", "At the limit of bytes no session grows; it shrinks, is used, and signs in.") { bench in
            for _ in 0..<3 { _ = try await bench.created(bench.bytes(2000)) }
            let record = try await bench.created(bench.bytes(1999))
            var current = try await bench.commit(bench.setting(bench.bytes(2000), on: record), to: record.id)
            let larger = bench.setting(bench.bytes(2001), on: record)
            try await bench.expectFull("a visitor's session to grow by a byte", naming: "maximumBytes") {
                try await bench.store.commit(larger, to: record.id, at: bench.now)
            }
            try await bench.expectStored(current, "a session that could not grow to be as it was")
            var late = larger
            late.expectedGeneration = record.generation + 1
            try await bench.expectSuperseded(late, to: record.id, "a late write that would grow the session")
            for size in [1000, 2000] {
                try await bench.commit(
                    bench.setting(bench.bytes(size), on: record), to: record.id, "a write of \(size) bytes")
            }
            let used = bench.changes(record) { $0.lastUsedAt = bench.now + .seconds(60) }
            try await bench.commit(used, to: record.id, "a use in a full store")
            let principal = try Bench.principal()
            try await bench.store.enroll(record.id, of: Bench.owner(principal), at: bench.now)
            let signIn = bench.changes(record) { $0.privilegeChange = bench.privilegeChange(to: principal) }
            current = try await bench.commit(signIn, to: record.id, "a sign-in in a full store")
            // The fifth of 10,000 bytes is users' alone, and this session is one's now.
            current = try await bench.commit(
                bench.setting(bench.bytes(2000 + 1200, texts: 4), on: current), to: record.id, "growth into the reserve"
            )
            current = try await bench.commit(
                bench.setting(bench.bytes(2000 + 2000, texts: 4), on: current), to: record.id, "growth to the last byte"
            )
            try await bench.expectFull("a user's session to grow by a byte", naming: "maximumBytes") {
                let largest = bench.setting(bench.bytes(2000 + 2001, texts: 4), on: current)
                return try await bench.store.commit(largest, to: record.id, at: bench.now)
            }
            try await bench.expectStored(current, "a session that could not grow to be as it was")
        },
        Clause(
            "limits.places-come-back",
            "A session that is over gives its place and its bytes back; a tombstone has none."
        ) {
            bench in
            for round in 0..<3 {
                var made: [SessionRecord] = []
                for _ in 0..<4 { made.append(try await bench.created(bench.bytes(2000))) }
                try await bench.expectFull("a fifth session of 2000 bytes", naming: "maximumBytes") {
                    try await bench.store.create(bench.record())
                }
                try bench.expect(
                    !(await bench.store.create(made[0])), "false for a taken ID in a full store", saw: "true")
                let moment = bench.now + .hours(round)
                if round == 1 {
                    try await bench.sweepAll(at: moment)
                } else {
                    for record in made { try await bench.commit(bench.operatorsEnd(), to: record.id) }
                }
                for record in made {
                    let end = try await bench.store.load(record.id, at: moment)?.end
                    try bench.expect(end != nil, "a tombstone that takes no place", saw: "none")
                }
                try bench.expect(
                    !(await bench.store.create(made[0])), "false for the ID of a tombstone", saw: "true")
            }
            for _ in 0..<8 { _ = try await bench.created() }
            try await bench.expectFull("a ninth session, of a visitor", naming: "maximumRecords") {
                try await bench.store.create(bench.record())
            }
        },
        Clause("limits.at-once", "However many sessions are made at once, no more than the limit are made.") { bench in
            let made = try await bench.concurrently(40) { _ in
                do {
                    return try await bench.store.create(bench.record())
                } catch let error as SessionError where error.code == .full {
                    return false
                }
            }
            try bench.expectEqual(made.count { $0 }, 8, "the sessions that were made of 40 at once")
            try bench.expectEqual(try await bench.listed(.all).count, 8, "the sessions that there are then")
        },
    ]
}

extension Bench {
    /// A record of a signed-in user that no store has.
    fileprivate func recordForUser(_ attributes: [String: String] = [:]) throws -> SessionRecord {
        let principal = try Self.principal()
        return record(attributes) { $0.principal = principal }
    }

    /// A record of a signed-in user that the store now has.
    fileprivate func createdForUser(_ attributes: [String: String] = [:]) async throws -> SessionRecord {
        let record = try recordForUser(attributes)
        try expect(await store.create(record), "a user's session to be made", saw: "create returned false")
        return record
    }

    /// Attributes with which a session counts so many bytes.
    fileprivate func bytes(_ count: Int, texts: Int = 2) -> [String: String] {
        // A record counts 400, and each name here 1.
        let total = count - StoreRoom.recordBytes - texts
        var attributes: [String: String] = [:]
        for number in 0..<texts {
            attributes["\(number)"] = Self.text(bytes: total / texts + (number < total % texts ? 1 : 0))
        }
        return attributes
    }

    /// Checks that the store refuses what it has no room for, and says which limit to raise.
    fileprivate func expectFull<Answer>(
        _ what: String, naming limit: String, _ call: () async throws -> Answer
    ) async throws {
        let expected = "\(what) to be refused as full, with a message that names \(limit)"
        do {
            _ = try await call()
        } catch let error as SessionError {
            return try expect(error.code == .full && error.message.contains(limit), expected, saw: "\(error)")
        }
        throw violation(expected, saw: "it was done")
    }
}
