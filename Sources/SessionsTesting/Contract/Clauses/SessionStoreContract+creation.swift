import Sessions

extension SessionStoreContract {
    static let creation: [Clause] = [
        Clause("load.unknown-is-nil", "A load of an ID without a record returns nil and makes none.") { bench in
            let id = Bench.id()
            for attempt in 1...2 {
                let record = try await bench.store.load(id, at: bench.now)
                try bench.expect(record == nil, "nil for an unknown ID", saw: "a record, load \(attempt)")
            }
            let record = bench.record { $0.principal = nil }
            try bench.expect(await bench.store.create(record), "a free ID", saw: "create returned false")
        },
        Clause("load.changes-nothing", "A load at any moment leaves the record as it is.") { bench in
            let record = try await bench.created(["kept": "1"])
            for moment in [bench.now, record.deadline + .milliseconds(-1), record.deadline, bench.now] {
                _ = try await bench.loaded(record.id, at: moment)
            }
            try await bench.expectStored(record, "the record as it was created")
        },
        Clause("create.keeps-every-field", "A created record loads with every field as it was.") { bench in
            for record in try fullRecords(bench) {
                try bench.expect(await bench.store.create(record), "a free ID", saw: "create returned false")
                try await bench.expectStored(record, "the record as it was created")
            }
        },
        Clause(
            "create.refuses-a-taken-id", "A create where the ID is taken returns false and changes nothing."
        ) { bench in
            let record = try await bench.created(["kept": "1"])
            var other = bench.record(["other": "2"])
            other = other.with(id: record.id)
            try bench.expect(!(await bench.store.create(other)), "false for a taken ID", saw: "true")
            try await bench.expectStored(record, "the first record, unchanged")
            try await bench.commit(bench.setting(["kept": "2"], on: record), to: record.id)
            let current = try await bench.loaded(record.id)
            try bench.expect(!(await bench.store.create(record)), "false for the same record again", saw: "true")
            try await bench.expectStored(current, "the record with its later write")
        },
        Clause("create.refuses-the-id-of-a-tombstone", "The ID of a session that ended is not free.") { bench in
            let record = try await bench.created(["kept": "1"])
            let tombstone = try await bench.commit(bench.operatorsEnd(), to: record.id)
            try bench.expect(!(await bench.store.create(record)), "false for a tombstone's ID", saw: "true")
            try await bench.expectStored(tombstone, "the tombstone, unchanged")
        },
        Clause(
            "create.one-of-many-wins", "Of concurrent creates of one ID exactly one returns true, and its record stays."
        ) { bench in
            for _ in 0..<4 {
                let id = Bench.id()
                let records = (0..<12).map { bench.record(["writer": "\($0)"]).with(id: id) }
                let answers = try await bench.concurrently(records.count) { try await bench.store.create(records[$0]) }
                let winners = answers.indices.filter { answers[$0] }
                try bench.expect(winners.count == 1, "one create to return true", saw: "\(winners.count)")
                try await bench.expectStored(records[winners[0]], "the record of the create that returned true")
            }
        },
    ]

    /// The least that a record has, and records in which every optional field is there.
    private static func fullRecords(_ bench: Bench) throws -> [SessionRecord] {
        let principal = try Bench.principal()
        let carriers: [SessionRecord.Carrier] = [.cookie, .header, .url]
        let least = bench.record { $0.lifetime = bench.lifetime(idle: nil) }
        let noPrincipal = bench.record { record in
            record.previous = .init(digest: Bench.digest(), nonce: Bench.nonce())
            record.lifetime.isPersistent = true
        }
        return try [least, noPrincipal]
            + carriers.map { carrier throws in
                bench.record(
                    ["one": "1", "two": #"{"a":[1,2,{"b":null}]}"#],
                    realm: try Realm("contract-\(carrier.rawValue)"), carrier: carrier
                ) { record in
                    record.secretIssuedAt = bench.now + .milliseconds(1)
                    record.previous = .init(
                        digest: Bench.digest(), nonce: Bench.nonce(), successorSeenAt: bench.now + .milliseconds(2))
                    record.superseded = .init(
                        familyDigest: Bench.digest(), at: bench.now + .milliseconds(3), revision: 8_000_000_000)
                    record.createdAt = bench.now - .milliseconds(12_345)
                    record.lastUsedAt = bench.now + .milliseconds(4)
                    record.lifetime = SessionLifetime(
                        idleTimeout: .milliseconds(1_800_001), touchInterval: .milliseconds(60_002),
                        absoluteDeadline: bench.now + .milliseconds(3_600_003), retention: .milliseconds(3_600_004),
                        isPersistent: carrier != .cookie)
                    record.generation = 7_000_000_000
                    record.revision = 9_000_000_000
                    record.principal = principal
                    record.authenticatedAt = bench.now - .milliseconds(5)
                    record.authentications = [
                        .init(.password, at: bench.now - .milliseconds(6)),
                        .init(.oneTimePassword, at: bench.now - .milliseconds(5)),
                    ]
                }
            }
    }
}
