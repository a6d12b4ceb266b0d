import Synchronization

/// About a thousand sessions behind one lock.
final class MemoryShard: Sendable {
    /// How many records a sweep looks at before it lets requests have the lock.
    static let sweptAtOnce = 32

    struct State {
        private var entries = MemoryTable()
        private var due = DueHeap()
        /// One for each kind of session in use; an application has a few.
        private var terms: [RecordTerms] = []
        /// The tombstones in the order in which they were made, from `oldest` on, some of which are forgotten by now.
        private var tombstones: [SessionID] = []
        private var oldest = 0

        var ids: [SessionID] { entries.ids }

        subscript(id: SessionID) -> SessionRecord? { entries[id]?.record }

        func contains(_ id: SessionID) -> Bool { entries[id] != nil }

        mutating func insert(_ record: SessionRecord) {
            let entry = MemoryEntry(sharing(record))
            entries.insert(entry)
            due.insert(entry)
        }

        mutating func commit(
            _ changes: SessionChanges, to id: SessionID, at now: Timestamp, limits: SessionLimits, _ room: MemoryRoom
        ) throws(SessionError) -> CommitResult {
            guard let entry = entries[id] else { return .missing }
            let terms = entry.record.terms
            let resizes = !changes.attributes.isEmpty
            let size = resizes ? entry.record.attributes.byteCount : 0
            let before = resizes && room.isTight ? entry.record : nil
            let result = changes.apply(to: &entry.record, at: now, limits: limits)
            guard case .committed = result else { return result }
            if resizes {
                let delta = entry.record.attributes.byteCount - size
                do {
                    if delta != 0 { try room.resize(by: delta, isVisitor: entry.record.principal == nil) }
                } catch {
                    if let before {
                        entry.record = before
                        throw error
                    }
                    room.overdraw(by: delta)
                }
            }
            if entry.record.terms !== terms { entry.record = sharing(entry.record) }
            // A bound that is too early costs one look later on; only one that is too late would be wrong.
            let dueAt = entry.record.dueAt
            if dueAt < entry.dueBound { due.move(entry, to: dueAt) }
            return result
        }

        /// Ends a session, whose place is then free.
        ///
        /// - Returns: the tombstone as well that had to be forgotten for this one
        mutating func end(
            _ changes: SessionChanges, _ id: SessionID, at now: Timestamp, limits: SessionLimits, _ room: MemoryRoom
        ) -> (CommitResult, forgotten: SessionRecord?) {
            guard let entry = entries[id] else { return (.missing, nil) }
            let size = StoreRoom.size(of: entry.record)
            let result = changes.apply(to: &entry.record, at: now, limits: limits)
            guard case .committed = result else { return (result, nil) }
            room.give(size)
            due.move(entry, to: entry.record.dueAt)
            return (result, bury(id, room))
        }

        /// Notes a new tombstone.
        ///
        /// - Returns: the oldest one of this shard, if there are more of them in the store than may be kept
        private mutating func bury(_ id: SessionID, _ room: MemoryRoom) -> SessionRecord? {
            tombstones.append(id)
            let isOneTooMany = room.addTombstone()
            defer {
                if oldest > 32, oldest > tombstones.count / 2 {
                    tombstones.removeFirst(oldest)
                    oldest = 0
                }
            }
            while oldest < tombstones.count {
                let entry = entries[tombstones[oldest]]
                guard entry == nil || isOneTooMany else { return nil }
                oldest += 1
                guard let entry else { continue }
                due.remove(entry)
                entries.remove(entry.record.id)
                room.forgetTombstones(1)
                return entry.record
            }
            return nil
        }

        private mutating func sharing(_ record: SessionRecord) -> SessionRecord {
            guard let known = terms.first(where: { $0.matches(record.terms) }) else {
                // Odd lifetimes without end keep their own.
                if terms.count < 8 { terms.append(record.terms) }
                return record
            }
            var record = record
            record.share(known)
            return record
        }

        /// Looks at the records that may be due, at most `limit`, and at most ``MemoryShard/sweptAtOnce``.
        ///
        /// - Returns: how many it looked at, the tombstones it made, and those that are now forgotten
        mutating func sweep(
            at now: Timestamp, limit: Int, _ room: MemoryRoom
        ) -> (examined: Int, expired: [SessionRecord], forgotten: [SessionRecord]) {
            var examined = 0
            var expired: [SessionRecord] = []
            var forgotten: [SessionRecord] = []
            while examined < min(limit, MemoryShard.sweptAtOnce), let entry = due.first, entry.dueBound <= now {
                examined += 1
                var record = entry.record
                if record.end == nil, let end = record.end(at: now) {
                    room.give(StoreRoom.size(of: record))
                    record.end(end)
                    entry.record = record
                    expired.append(record)
                    if let old = bury(record.id, room) {
                        forgotten.append(old)
                        if old.id == record.id { continue }
                    }
                }
                if record.end != nil, record.forgettableAt <= now {
                    due.removeFirst()
                    entries.remove(record.id)
                    room.forgetTombstones(1)
                    forgotten.append(record)
                } else {
                    due.move(entry, to: record.dueAt)
                }
            }
            return (examined, expired, forgotten)
        }
    }

    let state = Mutex(State())
}

/// A binary heap of entries by when they may be due; each entry knows its place, so that it can be moved.
struct DueHeap {
    private var entries: [MemoryEntry] = []

    var first: MemoryEntry? { entries.first }

    mutating func insert(_ entry: MemoryEntry) {
        entry.heapIndex = Int32(entries.count)
        entries.append(entry)
        rise(from: entries.count - 1)
    }

    mutating func removeFirst() {
        entries[0].heapIndex = -1
        let last = entries.removeLast()
        guard !entries.isEmpty else { return }
        place(last, at: 0)
        sink(from: 0)
    }

    mutating func remove(_ entry: MemoryEntry) {
        let index = Int(entry.heapIndex)
        entry.heapIndex = -1
        let last = entries.removeLast()
        guard last !== entry else { return }
        place(last, at: index)
        rise(from: index)
        sink(from: Int(last.heapIndex))
    }

    mutating func move(_ entry: MemoryEntry, to bound: Timestamp) {
        let isEarlier = bound < entry.dueBound
        entry.dueBound = bound
        if isEarlier { rise(from: Int(entry.heapIndex)) } else { sink(from: Int(entry.heapIndex)) }
    }

    private mutating func rise(from start: Int) {
        let entry = entries[start]
        var index = start
        while index > 0, entry.dueBound < entries[(index - 1) / 2].dueBound {
            place(entries[(index - 1) / 2], at: index)
            index = (index - 1) / 2
        }
        place(entry, at: index)
    }

    private mutating func sink(from start: Int) {
        let entry = entries[start]
        var index = start
        while true {
            var child = 2 * index + 1
            guard child < entries.count else { break }
            if child + 1 < entries.count, entries[child + 1].dueBound < entries[child].dueBound { child += 1 }
            guard entries[child].dueBound < entry.dueBound else { break }
            place(entries[child], at: index)
            index = child
        }
        place(entry, at: index)
    }

    private mutating func place(_ entry: MemoryEntry, at index: Int) {
        entries[index] = entry
        entry.heapIndex = Int32(index)
    }
}
