import Sessions
import Synchronization

extension BrokenStore {
    static let commits: [BrokenStore] = [
        BrokenStore(
            "a save inserts what is missing", caughtBy: ["commit.never-creates", "sweep.forgets"],
            Variation(commit: { store, changes, id, now in
                store.state.withLock { state in
                    let digest = SecretDigest(Block32(id.block, id.block))
                    let lifetime = SessionLifetime(
                        idleTimeout: nil, touchInterval: .zero, absoluteDeadline: now + .hours(1), retention: .hours(1),
                        isPersistent: false)
                    var record =
                        state.records[id]
                        ?? SessionRecord(
                            id: id, secretDigest: digest, secretIssuedAt: now, familyDigest: digest, createdAt: now,
                            lastUsedAt: now, lifetime: lifetime, generation: changes.expectedGeneration ?? 1)
                    let result = changes.apply(to: &record, at: now, limits: store.limits)
                    state.records[id] = record
                    return result
                }
            })),
        BrokenStore(
            "a late save undoes a sign-out", caughtBy: ["end.is-final", "concurrency.end-beats-writers"],
            .applying { changes, record, now, limits in
                record.end = nil
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a late operator's end replaces the first end", caughtBy: ["end.is-final"],
            .applying { changes, record, now, limits in
                if changes.expectedGeneration == nil { record.end = nil }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "the session is one blob and the last writer wins",
            caughtBy: ["commit.patches-merge", "commit.attributes-know-their-revision", "concurrency.patches-merge"],
            .applying { changes, record, now, limits in
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, !changes.attributes.isEmpty else { return result }
                record.replaceAttributes(record.attributes.filter { changes.attributes.names.contains($0.name) })
                return .committed(record)
            }),
        BrokenStore(
            "a commit reads, suspends and writes back",
            caughtBy: ["concurrency.patches-merge", "concurrency.counter", "concurrency.first-setter"],
            Variation(commit: { store, changes, id, now in
                guard var record = store.state.withLock({ $0.records[id] }) else { return .missing }
                for _ in 0..<5 { await Task.yield() }
                let result = changes.apply(to: &record, at: now, limits: store.limits)
                store.state.withLock { $0.records[id] = record }
                return result
            })),
        BrokenStore(
            "expiry only by the sweep",
            caughtBy: ["expiry.judged-by-the-record", "expiry.nothing-revives", "expiry.moves-with-use-and-lifetime"],
            .applying { changes, record, _, limits in
                changes.apply(to: &record, at: .init(milliseconds: .min), limits: limits)
            }),
        BrokenStore(
            "usable at the deadline itself", caughtBy: ["expiry.judged-by-the-record", "expiry.nothing-revives"],
            .applying { changes, record, now, limits in
                changes.apply(to: &record, at: now + .milliseconds(-1), limits: limits)
            }),
        BrokenStore(
            "over a millisecond early",
            caughtBy: ["expiry.judged-by-the-record", "expiry.moves-with-use-and-lifetime"],
            .applying { changes, record, now, limits in
                changes.apply(to: &record, at: now + .milliseconds(1), limits: limits)
            }),
        BrokenStore(
            "idleness always judged by now", caughtBy: ["expiry.idleness-as-of"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.idleAsOf = nil
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "the whole end judged by the moment for idleness", caughtBy: ["expiry.idleness-as-of-moves-nothing-else"],
            .applying { changes, record, now, limits in
                changes.apply(to: &record, at: min(changes.idleAsOf ?? now, now), limits: limits)
            }),
        BrokenStore(
            "idleness judged by a moment that is still to come", caughtBy: ["expiry.idleness-as-of"],
            .applying { changes, record, now, limits in
                changes.apply(to: &record, at: max(changes.idleAsOf ?? now, now), limits: limits)
            }),
        BrokenStore(
            "no fence by generation",
            caughtBy: ["generation.fences-every-write", "end.holders-end-is-fenced", "privileges.one-of-many-wins"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.expectedGeneration = nil
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "an operator's end needs the first generation", caughtBy: ["end.operators-end-always-wins"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.expectedGeneration = changes.expectedGeneration ?? 1
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "expected revisions are not checked",
            caughtBy: ["compare.refuses-other-revisions", "compare.sees-through-removal", "concurrency.counter"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.expectedRevisions = [:]
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "only the revisions of edited attributes are checked", caughtBy: ["compare.checks-what-it-does-not-edit"],
            .applying { changes, record, now, limits in
                var changes = changes
                changes.expectedRevisions = changes.expectedRevisions.filter { changes.attributes[$0.name] != nil }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "an absent attribute fails every comparison",
            caughtBy: ["compare.applies-where-revisions-match", "concurrency.first-setter"],
            .applying { changes, record, now, limits in
                let isAbsent = changes.expectedRevisions.contains { record.attributes[$0.name] == nil }
                return isAbsent ? .conflict(record) : changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a touch moves the last use back", caughtBy: ["touch.never-moves-back"],
            .applying { changes, record, now, limits in
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .committed = result, let lastUsedAt = changes.lastUsedAt else { return result }
                record.lastUsedAt = lastUsedAt
                return .committed(record)
            }),
        BrokenStore(
            "a refused commit keeps its touch", caughtBy: ["commit.refused-changes-nothing"],
            .applying { changes, record, now, limits in
                let result = changes.apply(to: &record, at: now, limits: limits)
                if let lastUsedAt = changes.lastUsedAt { record.lastUsedAt = max(lastUsedAt, record.lastUsedAt) }
                return result
            }),
        BrokenStore(
            "a commit that is too large keeps what fits", caughtBy: ["commit.refused-changes-nothing"],
            .applying { changes, record, now, limits in
                let result = changes.apply(to: &record, at: now, limits: limits)
                guard case .tooLarge = result else { return result }
                for (name, edit) in changes.attributes {
                    var part = SessionChanges(expectedGeneration: record.generation)
                    part.attributes = [name: edit]
                    _ = part.apply(to: &record, at: now, limits: limits)
                }
                return result
            }),
        BrokenStore(
            "sizes are checked for each commit by itself", caughtBy: ["sizes.joint", "sizes.joint-concurrently"],
            .applying { changes, record, now, limits in
                let own = changes.attributes.compactMap { name, edit -> SessionAttributes.Attribute? in
                    guard case .set(let json) = edit else { return nil }
                    return .init(name: name, json: json, revision: 1)
                }
                if let excess = limits.excess(of: SessionAttributes(own)) { return .tooLarge(excess) }
                let unlimited = SessionLimits(attributeBytes: .max, sessionBytes: .max, attributeCount: .max)
                return changes.apply(to: &record, at: now, limits: unlimited)
            }),
        BrokenStore(
            "the limits are a byte too strict", caughtBy: ["sizes.attribute", "sizes.session", "sizes.count"],
            .applying { changes, record, now, limits in
                var limits = limits
                limits.attributeBytes -= 1
                limits.sessionBytes -= 1
                limits.attributeCount -= 1
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "names are normalized", caughtBy: ["names.unicode-forms-differ"],
            .applying { changes, record, now, limits in
                let kept = record.attributes.filter { attribute in !changes.attributes.names.contains(attribute.name) }
                record.replaceAttributes(kept)
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "of two touches the earlier one stays", caughtBy: ["concurrency.touches"],
            .applying { changes, record, now, limits in
                var changes = changes
                if record.lastUsedAt > record.createdAt, let touch = changes.lastUsedAt {
                    record.lastUsedAt = min(touch, record.lastUsedAt)
                    changes.lastUsedAt = nil
                }
                return changes.apply(to: &record, at: now, limits: limits)
            }),
        BrokenStore(
            "a commit that suspends goes on with the ID of another", caughtBy: ["concurrency.sessions-are-apart"],
            {
                let shared = Mutex<SessionID?>(nil)
                return Variation(commit: { store, changes, id, now in
                    shared.withLock { $0 = id }
                    // Long enough for another to come by, unless there is none.
                    for _ in 0..<1000 where shared.withLock({ $0 == id }) { await Task.yield() }
                    let target = shared.withLock { $0 ?? id }
                    return store.apply(changes, to: target, at: now) { $0.apply(to: &$1, at: $2, limits: $3) }
                })
            }()),
        BrokenStore(
            "a commit that is cancelled leaves one of two attributes",
            caughtBy: ["concurrency.cancelled-commit-is-whole"],
            Variation(commit: { store, changes, id, now in
                var half = changes
                half.attributes = half.attributes.filter { $0.name == half.attributes.names.min() }
                for _ in 0..<1000 where !Task.isCancelled { await Task.yield() }
                let edits = Task.isCancelled ? half : changes
                return store.apply(edits, to: id, at: now) { $0.apply(to: &$1, at: $2, limits: $3) }
            })),
    ]
}
