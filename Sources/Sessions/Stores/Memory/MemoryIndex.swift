import Synchronization

/// The sessions of each owner, as a hint, and each owner's watermark.
final class MemoryIndex: Sendable {
    fileprivate struct Entry {
        /// When each session was last enrolled.
        var sessions: [SessionID: Timestamp] = [:]
        var watermark: Timestamp?
        /// The number of sessions at which entries that came to nothing are looked for: twice what was left the last time.
        var cleanAt = 16
    }

    fileprivate struct State {
        var entries: [SessionOwner: Entry] = [:]
        /// Watermarks in the order they were raised, from `oldest` on.
        var raised: [(owner: SessionOwner, watermark: Timestamp)] = []
        var oldest = 0
        /// Owners that have one; what is in `raised` beyond these was raised again since.
        var watermarks = 0
    }

    /// A commit takes no longer than this: an entry that is older and has no record of the owner's is wrong.
    private static let commitDeadline: Duration = .seconds(10)
    /// No sign-in takes this long.
    private static let watermarkLife: Duration = .days(1)

    private let state = Mutex(State())

    /// What it holds: the owners that it knows, and the raised watermarks that it remembers.
    var size: (owners: Int, raised: Int) { state.withLock { ($0.entries.count, $0.raised.count) } }

    /// - Parameter isNamed: whether a session's record names the owner
    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp, isNamed: (SessionID) -> Bool) {
        let old = state.withLock { state -> [SessionID: Timestamp] in
            state.entries[owner, default: .init()].sessions[id] = now
            guard let entry = state.entries[owner], entry.sessions.count >= entry.cleanAt else { return [:] }
            return entry.sessions.filter { $0.value + Self.commitDeadline < now }
        }
        guard !old.isEmpty else { return }
        let wrong = old.filter { !isNamed($0.key) }
        state.withLock { state in
            guard var entry = state.entries.removeValue(forKey: owner) else { return }
            // One that was enrolled again meanwhile is about to be right.
            for (id, enrolledAt) in wrong where entry.sessions[id] == enrolledAt { entry.sessions[id] = nil }
            entry.cleanAt = max(16, 2 * entry.sessions.count)
            state.entries[owner] = entry
        }
    }

    func sessions(of owner: SessionOwner) -> [SessionID] {
        state.withLock { state in state.entries[owner].map { Array($0.sessions.keys) } ?? [] }
    }

    func forget(_ id: SessionID, of owner: SessionOwner) {
        state.withLock { state in
            state.entries[owner]?.sessions[id] = nil
            state.dropIfEmpty(owner)
        }
    }

    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) -> Timestamp? {
        state.withLock { state in
            let known = state.entries[owner]?.watermark
            guard let raisedTo, known.map({ $0 < raisedTo }) ?? true else { return known }
            if known == nil { state.watermarks += 1 }
            state.entries[owner, default: .init()].watermark = raisedTo
            state.raised.append((owner, raisedTo))
            state.compact()
            return raisedTo
        }
    }

    /// Drops watermarks that are a day old, in proportion to how many are.
    func dropOldWatermarks(at now: Timestamp) {
        state.withLock { state in
            while state.oldest < state.raised.count {
                let (owner, watermark) = state.raised[state.oldest]
                guard watermark + Self.watermarkLife < now else { break }
                state.oldest += 1
                if state.entries[owner]?.watermark == watermark {
                    state.entries[owner]?.watermark = nil
                    state.watermarks -= 1
                    state.dropIfEmpty(owner)
                }
            }
            state.compact()
        }
    }
}

extension MemoryIndex.State {
    /// Keeps `raised` in proportion to the watermarks there are, however often each is raised.
    fileprivate mutating func compact() {
        guard raised.count > 2 * watermarks + 16 else { return }
        raised = raised[oldest...].filter { entries[$0.owner]?.watermark == $0.watermark }
        oldest = 0
    }

    fileprivate mutating func dropIfEmpty(_ owner: SessionOwner) {
        if let entry = entries[owner], entry.sessions.isEmpty, entry.watermark == nil { entries[owner] = nil }
    }
}
