import Sessions

/// What a step reads and writes: two steps that don't conflict give the same whichever goes first.
struct Footprint {
    enum Resource: Equatable {
        case clock
        case jar(Int)
        case record(SessionID)
        case everyRecord
        /// The index of sessions by principal; adding to it commutes with adding.
        case index
        case watermark
        /// The updates that wait for each other, by their server.
        case line(Int)
        /// How many more failures or losses there may be.
        case budget

        func overlaps(_ other: Self) -> Bool {
            switch (self, other) {
            case (.record, .everyRecord), (.everyRecord, .record): true
            default: self == other
            }
        }
    }

    var reads: [Resource] = []
    var writes: [Resource] = []
    var adds: [Resource] = []

    func conflicts(with other: Footprint) -> Bool {
        func overlap(_ left: [Resource], _ right: [Resource]) -> Bool {
            left.contains { resource in right.contains { resource.overlaps($0) } }
        }
        return overlap(writes, other.writes) || overlap(writes, other.reads) || overlap(reads, other.writes)
            || overlap(adds, other.reads) || overlap(reads, other.adds) || overlap(adds, other.writes)
            || overlap(writes, other.adds)
    }
}
