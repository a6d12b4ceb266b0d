import Synchronization

/// What a memory store has room for, and how much of it is in use.
///
/// Live sessions take a place and their bytes; a part of both is for sessions of signed-in users alone. Tombstones have
/// places of their own, so a session that is over makes room for another at once.
final class MemoryRoom: Sendable {
    /// What a record takes beside its names and JSON texts, about.
    static let recordBytes = 400

    let maximumRecords: Int
    let maximumBytes: Int
    let maximumTombstones: Int
    private let visitorRecords: Int
    private let visitorBytes: Int
    private let records = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)
    private let tombstones = Atomic<Int>(0)

    /// - Parameter reserve: the share for sessions of signed-in users, from 0 to 1
    init(maximumRecords: Int, maximumBytes: Int, reserve: Double) {
        self.maximumRecords = maximumRecords
        self.maximumBytes = maximumBytes
        maximumTombstones = max(maximumRecords / 4, 100)
        let share = min(max(reserve, 0), 1)
        visitorRecords = maximumRecords - Int(Double(maximumRecords) * share)
        visitorBytes = maximumBytes - Int(Double(maximumBytes) * share)
    }

    /// Takes the place of a new session, before it is stored: however many are made at once, the limits hold.
    ///
    /// - Throws: ``SessionError/Code/full`` at a limit, with nothing taken
    func take(_ record: SessionRecord) throws(SessionError) {
        let isVisitor = record.principal == nil
        let size = Self.size(of: record)
        let used = records.add(1, ordering: .relaxed).newValue
        let usedBytes = bytes.add(size, ordering: .relaxed).newValue
        let isOver = used > (isVisitor ? visitorRecords : maximumRecords)
        guard isOver || usedBytes > (isVisitor ? visitorBytes : maximumBytes) else { return }
        give(size)
        throw isOver ? full("\(maximumRecords) sessions", isVisitor, "maximumRecords") : fullOfBytes(isVisitor)
    }

    /// Gives the place of a session back that was not made, or is over.
    func give(_ size: Int) {
        records.subtract(1, ordering: .relaxed)
        bytes.subtract(size, ordering: .relaxed)
    }

    /// Whether a session could grow past the limit, so that its record as it was has to be kept until that is known.
    var isTight: Bool { bytes.load(ordering: .relaxed) > visitorBytes - visitorBytes / 16 }

    /// Notes that a session has grown or shrunk.
    ///
    /// - Throws: ``SessionError/Code/full`` where it may not grow, with nothing noted
    func resize(by delta: Int, isVisitor: Bool) throws(SessionError) {
        let used = bytes.add(delta, ordering: .relaxed).newValue
        guard delta > 0, used > (isVisitor ? visitorBytes : maximumBytes) else { return }
        bytes.subtract(delta, ordering: .relaxed)
        throw fullOfBytes(isVisitor)
    }

    /// Notes growth that can't be undone: of sessions that grew at the very moment in which the limit was reached.
    func overdraw(by delta: Int) { bytes.add(delta, ordering: .relaxed) }

    /// - Returns: whether there are now more tombstones than may be kept
    func addTombstone() -> Bool { tombstones.add(1, ordering: .relaxed).newValue > maximumTombstones }

    func forgetTombstones(_ count: Int) { tombstones.subtract(count, ordering: .relaxed) }

    static func size(of record: SessionRecord) -> Int { recordBytes + record.attributes.byteCount }

    private func fullOfBytes(_ isVisitor: Bool) -> SessionError {
        full("\(maximumBytes) bytes of sessions", isVisitor, "maximumBytes")
    }

    private func full(_ what: String, _ isVisitor: Bool, _ setting: String) -> SessionError {
        let part = isVisitor && visitorRecords < maximumRecords ? ", but for what is reserved for signed-in users" : ""
        return SessionError(
            .full, "the memory store holds \(what), its limit\(part); raise \(setting) or use another store")
    }
}
