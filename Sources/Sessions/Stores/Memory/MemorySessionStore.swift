import Synchronization

/// Keeps sessions in this process, bounded: at its limits it refuses to create with a clear error and drops no session.
///
/// Records are spread over shards of about a thousand, so that no pause grows with what is stored; each shard keeps a heap of
/// when its records may be due, so that expiry costs in proportion to what expires. What is acknowledged is lost with the
/// process.
public final class MemorySessionStore: SessionStore {
    /// How large a session may get.
    public let limits: SessionLimits
    private let shards: [MemoryShard]
    private let shardBits: Int
    private let room: MemoryRoom
    private let index = MemoryIndex()

    /// Makes an empty store.
    ///
    /// - Parameters:
    ///   - maximumRecords: live sessions, 1 to 64 million; a quarter as many ended ones are remembered beside them, the
    ///     newest, and at least 100
    ///   - maximumBytes: what live sessions may take together, counted as the bytes of their names and JSON texts and 400 each
    ///   - reserve: the share of both that only sessions of signed-in users may use, from 0 to 1
    ///   - limits: how large a session may get
    public init(
        maximumRecords: Int = 1_000_000, maximumBytes: Int = 1 << 30, reserve: Double = 0.1,
        limits: SessionLimits = .init()
    ) {
        let maximumRecords = min(max(maximumRecords, 1), 64_000_000)
        room = MemoryRoom(maximumRecords: maximumRecords, maximumBytes: max(maximumBytes, 1), reserve: reserve)
        self.limits = limits
        var bits = 2
        while (1 << bits) * 1024 < maximumRecords { bits += 1 }
        shardBits = bits
        shards = (0..<(1 << bits)).map { _ in MemoryShard() }
    }

    /// The number of sessions that are live, or have expired since the last sweep; it costs nothing to ask.
    public var sessionCount: Int { room.count }

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
    /// - Throws: ``SessionError/Code/full`` at the limit of records or bytes, ``SessionError/Code/tooLarge`` over the size
    ///   limits of a session
    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) {
            throw SessionError(.tooLarge, "the session would be too large: \(excess)")
        }
        let shard = shards[shardNumber(of: record.id)]
        if shard.state.withLock({ $0.contains(record.id) }) { return false }
        try room.take(record)
        let isCreated = shard.state.withLock { state in
            if state.contains(record.id) { return false }
            state.insert(record)
            return true
        }
        if !isCreated { room.give(StoreRoom.size(of: record)) }
        return isCreated
    }

    /// Applies changes to a record, under the lock of its shard.
    ///
    /// - Throws: ``SessionError/Code/full`` where the session would grow past the limit of bytes
    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        try commitNow(changes, to: id, at: now)
    }

    func commitNow(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) throws(SessionError) -> CommitResult {
        let shard = shards[shardNumber(of: id)]
        guard changes.end == nil else {
            let (result, forgotten) = shard.state.withLock { $0.end(changes, id, at: now, limits: limits, room) }
            if let forgotten, let owner = forgotten.owner { index.forget(forgotten.id, of: owner) }
            return result
        }
        return try shard.state.withLock { state throws(SessionError) in
            try state.commit(changes, to: id, at: now, limits: limits, room)
        }
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

    /// Returns a page of records in the order of their IDs.
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
                guard let record = record(id), query.wants(record, at: now) else { continue }
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
        for shard in shards {
            var mayHaveMore = true
            while mayHaveMore, result.examined < limit {
                let swept = shard.state.withLock { $0.sweep(at: now, limit: limit - result.examined, room) }
                mayHaveMore = swept.examined == MemoryShard.sweptAtOnce
                result.examined += swept.examined
                result.expired += swept.expired
                for record in swept.forgotten {
                    if let owner = record.owner { index.forget(record.id, of: owner) }
                }
            }
        }
        index.dropOldWatermarks(at: now)
        return result
    }

    /// Returns: as long as the process runs, sessions can be written here.
    ///
    /// A store at its limit refuses new sessions and serves all others, so it counts as healthy.
    public func checkHealth() async throws(SessionError) {}

    /// Does nothing: the store holds memory alone.
    public func close() async throws(SessionError) {}
}

extension MemorySessionStore: CountingStore {
    /// Returns how many sessions there are, without looking at them.
    public func count() async throws(SessionError) -> SessionCount {
        SessionCount(sessions: sessionCount, isExact: true)
    }
}

extension MemorySessionStore: ImmediateSessionStore {}
