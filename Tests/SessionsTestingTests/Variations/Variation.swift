import Sessions

/// The parts of a reference store, each of which a broken store replaces by a wrong one.
struct Variation: Sendable {
    typealias State = ReferenceStore.State

    var load: @Sendable (inout State, SessionID, Timestamp) -> Void = { _, _, _ in }

    var checksSizesAtCreate = true

    var create: @Sendable (inout State, SessionRecord) -> Bool = { state, record in
        guard state.records[record.id] == nil else { return false }
        state.records[record.id] = record
        state.dueAtCreation[record.id] = record.dueAt
        return true
    }

    var commit: @Sendable (ReferenceStore, SessionChanges, SessionID, Timestamp) async -> CommitResult = {
        store, changes, id, now in
        store.apply(changes, to: id, at: now) { $0.apply(to: &$1, at: $2, limits: $3) }
    }

    var enroll: @Sendable (inout State, SessionID, SessionOwner, Timestamp) -> Void = { state, id, owner, now in
        state.index[owner, default: [:]][id] = now
    }

    var watermark: @Sendable (Timestamp?, Timestamp) -> Timestamp = { max($0 ?? $1, $1) }

    var list: @Sendable (State, SessionQuery, Timestamp) -> SessionPage = { state, query, now in
        state.page(of: query) { query.wants($0, at: now) }
    }

    var sweep: @Sendable (inout State, Timestamp, Int) -> SweepResult = { state, now, limit in
        var expired: [SessionRecord] = []
        let due = state.records.values.filter { $0.dueAt <= now }.prefix(limit)
        for var record in due {
            if record.end == nil {
                record.end(.init(reason: .expired, at: record.deadline))
                expired.append(record)
            }
            state.records[record.id] = record.forgettableAt <= now ? nil : record
        }
        return SweepResult(examined: due.count, expired: expired)
    }

    var quarantine: @Sendable (inout State, SessionID) -> Bool = { _, _ in false }

    var checkHealth: @Sendable (inout State) -> Void = { _ in }

    /// Replaces what a commit does to a record.
    static func applying(
        _ apply: @escaping @Sendable (SessionChanges, inout SessionRecord, Timestamp, SessionLimits) -> CommitResult
    ) -> Variation {
        Variation(commit: { store, changes, id, now in store.apply(changes, to: id, at: now, by: apply) })
    }
}

extension ReferenceStore.State {
    /// The next records in the order of IDs.
    func page(of query: SessionQuery, where isWanted: (SessionRecord) -> Bool) -> SessionPage {
        let ids =
            switch query.scope {
            case .all, .realm: Array(records.keys)
            case .owner(let owner): Array(index[owner, default: [:]].keys)
            }
        let start = query.cursor.flatMap { SessionID($0) }
        let found = ids.filter { id in start.map { $0 < id } ?? true }.sorted()
            .compactMap { records[$0] }.filter(isWanted)
        let page = Array(found.prefix(query.limit))
        return SessionPage(records: page, next: found.count > page.count ? page.last?.id.description : nil)
    }
}
