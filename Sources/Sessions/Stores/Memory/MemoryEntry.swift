/// One record as the memory store keeps it, with its place in the heap of what is due.
///
/// It belongs to its shard and is used under the shard's lock only.
final class MemoryEntry {
    // Accesses can't overlap under the lock, so none is checked while the program runs.
    @exclusivity(unchecked) var record: SessionRecord
    /// When there may be something to sweep: never later than the record's `dueAt`.
    var dueBound: Timestamp
    var heapIndex: Int32 = -1

    init(_ record: SessionRecord) {
        self.record = record
        dueBound = record.dueAt
    }
}
