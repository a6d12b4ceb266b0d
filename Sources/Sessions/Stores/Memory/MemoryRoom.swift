import Synchronization

/// What a memory store has room for, and how much of it is in use.
///
/// Live sessions take a place and their bytes; a part of both is for sessions of signed-in users alone. Tombstones have
/// places of their own, so a session that is over makes room for another at once.
final class MemoryRoom: Sendable {
    let maximumTombstones: Int
    private let limits: StoreRoom
    private let records = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let tombstones = Atomic<Int>(0)

    /// - Parameter reserve: the share for sessions of signed-in users, from 0 to 1
    init(maximumRecords: Int, maximumBytes: Int, reserve: Double) {
        maximumTombstones = max(maximumRecords / 4, 100)
        limits = StoreRoom(
            maximumRecords: maximumRecords, maximumBytes: maximumBytes, reserve: reserve, of: "the memory store",
            remedy: " or use another store")
    }

    /// Takes the place of a new session, before it is stored: however many are made at once, the limits hold.
    ///
    /// - Throws: ``SessionError/Code/full`` at a limit, with nothing taken
    func take(_ record: SessionRecord) throws(SessionError) {
        let size = StoreRoom.size(of: record)
        let used = records.add(1, ordering: .relaxed).newValue
        let usedBytes = bytes.add(size, ordering: .relaxed).newValue
        do {
            try limits.check(records: used, bytes: usedBytes, isVisitor: record.principal == nil)
        } catch {
            give(size)
            throw error
        }
    }

    /// Gives the place of a session back that was not made, or is over.
    func give(_ size: Int) {
        records.subtract(1, ordering: .relaxed)
        bytes.subtract(size, ordering: .relaxed)
    }

    /// How many live sessions there are.
    var count: Int { records.load(ordering: .relaxed) }

    /// Whether a session could grow past the limit, so that its record as it was has to be kept until that is known.
    var isTight: Bool { limits.isTight(bytes: bytes.load(ordering: .relaxed)) }

    /// Notes that a session has grown or shrunk.
    ///
    /// - Throws: ``SessionError/Code/full`` where it may not grow, with nothing noted
    func resize(by delta: Int, isVisitor: Bool) throws(SessionError) {
        let used = bytes.add(delta, ordering: .relaxed).newValue
        guard delta > 0 else { return }
        do {
            try limits.check(bytes: used, isVisitor: isVisitor)
        } catch {
            bytes.subtract(delta, ordering: .relaxed)
            throw error
        }
    }

    /// Notes growth that can't be undone: of sessions that grew at the very moment in which the limit was reached.
    func overdraw(by delta: Int) { bytes.add(delta, ordering: .relaxed) }

    /// - Returns: whether there are now more tombstones than may be kept
    func addTombstone() -> Bool { tombstones.add(1, ordering: .relaxed).newValue > maximumTombstones }

    func forgetTombstones(_ count: Int) { tombstones.subtract(count, ordering: .relaxed) }
}
