import Synchronization

/// Keeps sessions in this process, bounded: at its limit it refuses to create with a clear error and never evicts.
///
/// Records are spread over shards of about a thousand, so that no pause grows with what is stored; each shard keeps a heap of
/// when its records are due at the earliest, so that expiry costs in proportion to what expires.
public final class MemorySessionStore: SessionStore {
    private let maximumRecords: Int
    private let limits: SessionLimits
    private let shards: [Shard]
    private let shardBits: Int
    private let count = Atomic<Int>(0)
    private let principals = Mutex<[Principal: PrincipalEntry]>([:])

    private struct PrincipalEntry {
        var sessions: [SessionID: Timestamp] = [:]
        var watermark: Timestamp?
    }

    /// - Parameter maximumRecords: live sessions and tombstones together, at least 1
    public init(maximumRecords: Int = 1_000_000, limits: SessionLimits = .init()) {
        self.maximumRecords = max(maximumRecords, 1)
        self.limits = limits
        var bits = 2
        while bits < 16, (1 << bits) * 1024 < maximumRecords { bits += 1 }
        shardBits = bits
        shards = (0..<(1 << bits)).map { _ in Shard() }
    }

    private func shard(_ id: SessionID) -> Int { Int(id.block.high >> UInt64(64 - shardBits)) }

    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        shards[shard(id)].state.withLock { $0.records[id] }
    }

    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) {
            throw SessionError(.tooLarge, "the session would be too large: \(excess)")
        }
        let shard = shards[shard(record.id)]
        let isFull = count.add(1, ordering: .relaxed).newValue > maximumRecords
        let created = shard.state.withLock { state -> Bool? in
            if state.records[record.id] != nil { return false }
            if isFull { return nil }
            state.records[record.id] = record
            state.due.insert(.init(at: record.dueAt, id: record.id))
            return true
        }
        if created != true { count.subtract(1, ordering: .relaxed) }
        guard let created else {
            throw SessionError(
                .full, "the memory store holds \(maximumRecords) records, its limit; raise maximumRecords or use another store")
        }
        return created
    }

    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        shards[shard(id)].state.withLock { state in
            guard var record = state.records[id] else { return .missing }
            let before = record.dueAt
            let result = changes.apply(to: &record, at: now, limits: limits)
            guard case .committed = result else { return result }
            state.records[id] = record
            // The heap holds lower bounds: what is due later is found late enough by the sweep.
            if record.dueAt < before { state.due.insert(.init(at: record.dueAt, id: id)) }
            return result
        }
    }

    public func enroll(_ id: SessionID, of principal: Principal, at now: Timestamp) async throws(SessionError) {
        principals.withLock { $0[principal, default: .init()].sessions[id] = now }
    }

    public func watermark(
        of principal: Principal, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        principals.withLock { principals in
            guard let raisedTo else { return principals[principal]?.watermark }
            let watermark = max(principals[principal]?.watermark ?? raisedTo, raisedTo)
            principals[principal, default: .init()].watermark = watermark
            return watermark
        }
    }

    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        let start = try query.cursor.map { text throws(SessionError) in
            guard let id = SessionID(text) else { throw SessionError(.invalid, "\"\(text)\" is no cursor of this store") }
            return id
        }
        var records: [SessionRecord] = []
        func page(_ ids: [SessionID]) -> SessionPage? {
            for id in ids.sorted() where start.map({ $0 < id }) ?? true {
                guard let record = shards[shard(id)].state.withLock({ $0.records[id] }), record.end(at: now) == nil
                else { continue }
                if case .principal(let principal) = query.scope, record.principal != principal { continue }
                records.append(record)
                if records.count == query.limit { return SessionPage(records: records, next: id.description) }
            }
            return nil
        }
        switch query.scope {
        case .principal(let principal):
            let ids = principals.withLock { Array($0[principal]?.sessions.keys ?? [:].keys) }
            if let page = page(ids) { return page }
        case .all:
            for index in (start.map { shard($0) } ?? 0)..<shards.count {
                let ids = shards[index].state.withLock { Array($0.records.keys) }
                if let page = page(ids) { return page }
            }
        }
        return SessionPage(records: records, next: nil)
    }

    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> Int {
        var examined = 0
        for shard in shards where examined < limit {
            var forgotten: [SessionRecord] = []
            shard.state.withLock { state in
                while examined < limit, let due = state.due.min, due.at <= now {
                    examined += 1
                    _ = state.due.popMin()
                    guard var record = state.records[due.id] else { continue }
                    if let end = record.end(at: now), record.end == nil { record.end(end) }
                    if record.end != nil, record.forgettableAt <= now {
                        state.records[due.id] = nil
                        forgotten.append(record)
                    } else {
                        state.records[due.id] = record
                        state.due.insert(.init(at: record.dueAt, id: due.id))
                    }
                }
            }
            count.subtract(forgotten.count, ordering: .relaxed)
            for record in forgotten {
                guard let principal = record.principal else { continue }
                principals.withLock { principals in
                    principals[principal]?.sessions[record.id] = nil
                    if let entry = principals[principal], entry.sessions.isEmpty, entry.watermark == nil {
                        principals[principal] = nil
                    }
                }
            }
        }
        return examined
    }
}

private final class Shard: Sendable {
    struct State {
        var records: [SessionID: SessionRecord] = [:]
        var due = DueHeap()
    }

    let state = Mutex(State())
}

/// A binary heap of when records are due at the earliest.
private struct DueHeap {
    struct Entry {
        let at: Timestamp
        let id: SessionID
    }

    private var entries: [Entry] = []

    var min: Entry? { entries.first }

    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0, entries[child].at < entries[(child - 1) / 2].at {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func popMin() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            var least = 2 * parent + 1
            guard least < entries.count else { return first }
            if least + 1 < entries.count, entries[least + 1].at < entries[least].at { least += 1 }
            guard entries[least].at < entries[parent].at else { return first }
            entries.swapAt(least, parent)
            parent = least
        }
    }
}
