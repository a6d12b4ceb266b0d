import Sessions
import Synchronization

extension BrokenStore {
    static let secrets: [BrokenStore] = [
        BrokenStore(
            "a renewal isn't fenced by the secret",
            caughtBy: ["renewal.is-fenced-by-the-digest", "renewal.one-of-many-wins"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.secretMove?.expected = record.secretDigest
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "an outdated renewal refuses the whole commit",
            caughtBy: ["renewal.is-fenced-by-the-digest", "renewal.one-of-many-wins"],
            .applying { changes, record, now, limits in
                if let move = changes.secretMove, move.expected != record.secretDigest { return .conflict(record) }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "the last note that a secret was seen counts", caughtBy: ["seen.first-one-counts"],
            .applying { changes, record, now, limits in
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, case .seen(let moment)? = changes.secretMove?.step else {
                    return result
                }
                record.previous?.successorSeenAt = moment
                return .committed(record)
            }),
        BrokenStore(
            "the previous secret is never dropped", caughtBy: ["forget.drops-the-previous-secret"],
            .applying { changes, record, now, limits in
                var changes = changes
                if changes.secretMove?.step == .forgetPrevious { changes.secretMove = nil }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a renewal forgets the previous secret", caughtBy: ["renewal.moves-the-secret"],
            .applying { changes, record, now, limits in
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, case .renew? = changes.secretMove?.step else { return result }
                record.previous = nil
                return .committed(record)
            }),
        BrokenStore(
            "a sign-in keeps the previous secret alive", caughtBy: ["privileges.change-token-and-generation"],
            .applying { changes, record, now, limits in
                let previous = record.previous
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, changes.privilegeChange != nil else { return result }
                record.previous = previous
                return .committed(record)
            }),
        BrokenStore(
            "a tombstone keeps the attributes",
            caughtBy: ["end.leaves-a-tombstone", "concurrency.end-beats-writers"],
            .applying { changes, record, now, limits in
                let attributes = record.attributes
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, changes.end != nil else { return result }
                record.attributes = attributes
                return .committed(record)
            }),
        BrokenStore(
            "an end is forgotten at once",
            caughtBy: ["end.leaves-a-tombstone", "create.refuses-the-id-of-a-tombstone", "sweep.keeps-tombstones"],
            Variation(commit: { store, changes, id, now in
                store.state.withLock { state in
                    guard var record = state.records[id] else { return .missing }
                    let result = changes.apply(to: &record, at: now, limits: store.limits)
                    state.records[id] = record.end == nil ? record : nil
                    return result
                }
            })),
        BrokenStore(
            "the revision stands still where no attribute changes",
            caughtBy: ["commit.revision-grows", "renewal.moves-the-secret"],
            .applying { changes, record, now, limits in
                let revision = record.revision
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, changes.attributes.isEmpty else { return result }
                record.revision = revision
                return .committed(record)
            }),
    ]
}
