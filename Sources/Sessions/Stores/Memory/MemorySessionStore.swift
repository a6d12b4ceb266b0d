import Synchronization

/// Keeps sessions in this process, bounded: at its limit it refuses to create with a clear error and never evicts.
///
/// Records are spread over shards of about a thousand, so that no pause grows with what is stored; each shard keeps a heap of
/// when its records may be due, so that expiry costs in proportion to what expires. What is acknowledged is lost with the
/// process.
public final class MemorySessionStore: SessionStore {
    private let maximumRecords: Int
    /// How large a session may get.
    public let limits: SessionLimits
    private let shards: [MemoryShard]
    private let shardBits: Int
    private let count = Atomic<Int>(0)
    private let index = MemoryIndex()

    /// Makes an empty store.
    ///
    /// - Parameters:
    ///   - maximumRecords: live sessions and tombstones together, 1 to 64 million
    ///   - limits: how large a session may get
    public init(maximumRecords: Int = 1_000_000, limits: SessionLimits = .init()) {
        self.maximumRecords = min(max(maximumRecords, 1), 64_000_000)
        self.limits = limits
        var bits = 2
        while (1 << bits) * 1024 < self.maximumRecords { bits += 1 }
        shardBits = bits
        shards = (0..<(1 << bits)).map { _ in MemoryShard() }
    }

    private func shardNumber(of id: SessionID) -> Int { Int(id.block.high >> UInt64(64 - shardBits)) }

    private func record(_ id: SessionID) -> SessionRecord? {
        shards[shardNumber(of: id)].state.withLock { $0[id] }
    }

    /// Returns the record of an ID; it waits for nothing.
    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        record(id)
    }

    func loadNow(_ id: SessionID, at now: Timestamp) -> SessionRecord? { record(id) }

    /// Inserts a record where its ID is free.
    ///
    /// - Throws: ``SessionError/Code/full`` at the limit of records, ``SessionError/Code/tooLarge`` over the size
    ///   limits
    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) {
            throw SessionError(.tooLarge, "the session would be too large: \(excess)")
        }
        // The place is taken first: however many create at once, the limit holds.
        let isFull = count.add(1, ordering: .relaxed).newValue > maximumRecords
        let created = shards[shardNumber(of: record.id)].state.withLock { state -> Bool? in
            if state.contains(record.id) { return false }
            if isFull { return nil }
            state.insert(record)
            return true
        }
        if created != true { count.subtract(1, ordering: .relaxed) }
        guard let created else {
            throw SessionError(
                .full,
                "the memory store holds \(maximumRecords) records, its limit; raise maximumRecords or use another store"
            )
        }
        return created
    }

    /// Applies changes to a record, under the lock of its shard.
    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        commitNow(changes, to: id, at: now)
    }

    func commitNow(_ changes: SessionChanges, to id: SessionID, at now: Timestamp) -> CommitResult {
        shards[shardNumber(of: id)].state.withLock { $0.commit(changes, to: id, at: now, limits: limits) }
    }

    /// Notes that a session is about to belong to an owner.
    public func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError) {
        index.enroll(id, of: owner, at: now) { record($0)?.owner == owner }
    }

    /// Returns the owner's watermark, raised first if asked.
    public func watermark(
        of owner: SessionOwner, raisedTo: Timestamp?
    ) async throws(SessionError) -> Timestamp? {
        index.watermark(of: owner, raisedTo: raisedTo)
    }

    /// Returns a page of live records in the order of their IDs.
    public func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage {
        let cursor = try query.cursor.map { text throws(SessionError) in
            guard let id = SessionID(text) else {
                throw SessionError(.invalid, "\"\(text)\" is no cursor of this store")
            }
            return id
        }
        var records: [SessionRecord] = []
        /// Takes the records of `ids`, in order, and says whether the page is full.
        func take(_ ids: [SessionID]) -> Bool {
            for id in ids.filter({ id in cursor.map { $0 < id } ?? true }).sorted() {
                guard let record = record(id), record.end(at: now) == nil else { continue }
                guard query.scope.covers(record) else { continue }
                records.append(record)
                if records.count == query.limit { return true }
            }
            return false
        }
        var isFull = false
        switch query.scope {
        case .owner(let owner):
            isFull = take(index.sessions(of: owner))
        case .all, .realm:
            // The first bits of an ID choose its shard, so shard by shard is in the order of IDs.
            for shard in shards[(cursor.map { shardNumber(of: $0) } ?? 0)...] where !isFull {
                isFull = take(shard.state.withLock { $0.ids })
            }
        }
        return SessionPage(records: records, next: isFull ? records.last?.id.description : nil)
    }

    /// Ends what has expired and forgets old tombstones, at a cost in proportion to them.
    public func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult {
        var result = SweepResult(examined: 0)
        for shard in shards where result.examined < limit {
            let swept = shard.state.withLock { $0.sweep(at: now, limit: limit - result.examined) }
            result.examined += swept.examined
            result.expired += swept.expired
            count.subtract(swept.forgotten.count, ordering: .relaxed)
            for record in swept.forgotten {
                if let owner = record.owner { index.forget(record.id, of: owner) }
            }
        }
        index.dropOldWatermarks(at: now)
        return result
    }

    /// Does nothing: the store holds memory alone.
    public func close() async throws(SessionError) {}
}

extension MemorySessionStore: ImmediateSessionStore {}
