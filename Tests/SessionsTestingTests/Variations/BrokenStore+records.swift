import Sessions

extension BrokenStore {
    static let records: [BrokenStore] = [
        BrokenStore(
            "a check of its health leaves a record", caughtBy: ["health.leaves-nothing"],
            Variation(checkHealth: { state in
                guard var record = state.records.values.first else { return }
                record = SessionRecord(
                    id: SessionID(Block16(1, 2)), secretDigest: record.secretDigest,
                    secretIssuedAt: Timestamp(milliseconds: 0), familyDigest: record.familyDigest,
                    createdAt: Timestamp(milliseconds: 0), lastUsedAt: Timestamp(milliseconds: 0),
                    lifetime: SessionLifetime(
                        idleTimeout: nil, touchInterval: .zero, absoluteDeadline: Timestamp(milliseconds: 1),
                        retention: .zero, isPersistent: false))
                state.records[record.id] = record
            })),
        BrokenStore(
            "a check of its health ends sessions", caughtBy: ["health.leaves-nothing"],
            Variation(checkHealth: { $0.records = [:] })),
        BrokenStore(
            "a create overwrites",
            caughtBy: [
                "create.refuses-a-taken-id", "create.refuses-the-id-of-a-tombstone", "create.one-of-many-wins",
                "expiry.is-explained",
            ],
            Variation(create: { state, record in
                state.records[record.id] = record
                return true
            })),
        BrokenStore(
            "a create checks no sizes", caughtBy: ["sizes.create"], Variation(checksSizesAtCreate: false)),
        BrokenStore(
            "a create leaves out optional fields", caughtBy: ["create.keeps-every-field"],
            Variation(create: { state, record in
                guard state.records[record.id] == nil else { return false }
                state.records[record.id] = record
                state.records[record.id]?.superseded = nil
                return true
            })),
        BrokenStore(
            "a load makes what it does not find", caughtBy: ["load.unknown-is-nil"],
            Variation(load: { state, id, now in
                guard state.records[id] == nil else { return }
                let digest = SecretDigest(Block32(id.block, id.block))
                state.records[id] = SessionRecord(
                    id: id, secretDigest: digest, secretIssuedAt: now, familyDigest: digest, createdAt: now,
                    lastUsedAt: now,
                    lifetime: SessionLifetime(
                        idleTimeout: nil, touchInterval: .zero, absoluteDeadline: now + .hours(1), retention: .hours(1),
                        isPersistent: false))
            })),
        BrokenStore(
            "a load is a use", caughtBy: ["load.changes-nothing"],
            Variation(load: { state, id, now in
                guard let lastUsedAt = state.records[id]?.lastUsedAt else { return }
                state.records[id]?.lastUsedAt = max(lastUsedAt, now)
            })),
        BrokenStore(
            "a load drops what expired", caughtBy: ["expiry.is-explained", "load.changes-nothing"],
            Variation(load: { state, id, now in
                if let record = state.records[id], record.end(at: now) != nil { state.records[id] = nil }
            })),
        BrokenStore(
            "the sweep goes by when a record was due at first",
            caughtBy: ["sweep.spares-touched-sessions", "sweep.respects-concurrent-touches"],
            Variation(sweep: { state, now, limit in
                let due = state.dueAtCreation.filter { $0.value <= now }.keys.prefix(limit)
                for id in due {
                    state.records[id] = nil
                    state.dueAtCreation[id] = nil
                }
                return SweepResult(examined: due.count)
            })),
        BrokenStore(
            "the sweep misses what was shortened", caughtBy: ["sweep.finds-what-was-shortened"],
            Variation(sweep: { state, now, limit in
                var rest = state
                rest.records = state.records.filter { (state.dueAtCreation[$0.key] ?? now) <= now }
                let result = Variation().sweep(&rest, now, limit)
                for id in state.records.keys where (state.dueAtCreation[id] ?? now) <= now {
                    state.records[id] = rest.records[id]
                }
                return result
            })),
        BrokenStore(
            "the sweep knows no limit", caughtBy: ["sweep.is-bounded"],
            Variation(sweep: { state, now, limit in
                var result = Variation().sweep(&state, now, .max)
                result.examined = min(result.examined, limit - 1)
                return result
            })),
        BrokenStore(
            "the sweep forgets without a tombstone", caughtBy: ["sweep.leaves-tombstones", "sweep.keeps-tombstones"],
            Variation(sweep: { state, now, limit in
                let due = state.records.values.filter { $0.deadline <= now }.prefix(limit)
                for record in due { state.records[record.id] = nil }
                return SweepResult(examined: due.count)
            })),
        BrokenStore(
            "the sweep never forgets", caughtBy: ["sweep.forgets", "sweep.is-bounded"],
            Variation(sweep: { state, now, limit in
                let due = state.records.values.filter { $0.end == nil && $0.deadline <= now }.prefix(limit)
                for var record in due {
                    record.end(.init(reason: .expired, at: record.deadline))
                    state.records[record.id] = record
                }
                return SweepResult(examined: due.count)
            })),
        BrokenStore(
            "the sweep reports nothing", caughtBy: ["sweep.reports-what-expired"],
            Variation(sweep: { state, now, limit in
                SweepResult(examined: Variation().sweep(&state, now, limit).examined)
            })),
        BrokenStore(
            "the sweep reports what had ended before", caughtBy: ["sweep.reports-what-expired"],
            Variation(sweep: { state, now, limit in
                let before = state.records.values.filter { $0.dueAt <= now || $0.end != nil }
                let result = Variation().sweep(&state, now, limit)
                return SweepResult(examined: result.examined, expired: result.expired + before.filter { $0.end != nil })
            })),
        BrokenStore(
            "a record that can be read is set aside", caughtBy: ["quarantine.spares-what-can-be-read"],
            Variation(quarantine: { state, id in state.records.removeValue(forKey: id) != nil })),
        BrokenStore(
            "the sweep ends sessions early", caughtBy: ["sweep.spares-live-sessions"],
            Variation(sweep: { state, now, limit in Variation().sweep(&state, now + .milliseconds(1), limit) })),
        BrokenStore(
            "the sweep cleans enrolments at once", caughtBy: ["sweep.keeps-fresh-enrolments"],
            Variation(sweep: { state, now, limit in
                for (owner, entries) in state.index {
                    state.index[owner] = entries.filter { state.records[$0.key]?.owner == owner }
                }
                return Variation().sweep(&state, now, limit)
            })),
    ]
}
