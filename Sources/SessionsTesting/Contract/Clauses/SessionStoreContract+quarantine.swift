import Sessions

extension SessionStoreContract {
    static let quarantine: [Clause] = [
        Clause(
            "quarantine.spares-what-can-be-read",
            "A store that sets unreadable records aside leaves alone what can be read, and what isn't there."
        ) { bench in
            guard let store = bench.store as? any QuarantiningStore else { return }
            let record = try await bench.created(["a": "1"])
            let ended = try await bench.created()
            let tombstone = try await bench.commit(bench.operatorsEnd(), to: ended.id)
            for id in [record.id, ended.id, Bench.id()] {
                try bench.expectEqual(
                    try await store.quarantine(id, at: bench.now), false, "whether a record was set aside")
            }
            try await bench.expectStored(record, "a session that can be read to stay")
            try await bench.expectStored(tombstone, "a tombstone that can be read to stay")
            let aside = try await store.quarantined(limit: 1000)
            try bench.expect(!aside.contains(record.id), "the session not to be among those set aside", saw: "it is")
        }
    ]
}
