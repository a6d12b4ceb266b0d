/// The entries of a shard by ID: places of eight bytes, in which an entry lies at or soon after the place that its ID names.
///
/// A dictionary would keep each ID a second time, which is a tenth of what a session takes. Nobody can choose IDs that fall
/// on one place, since the server draws them at random; those that a client sends are only looked for.
struct MemoryTable {
    /// As many as a power of two, and never all taken.
    private var places: [MemoryEntry?] = Array(repeating: nil, count: 8)
    private(set) var count = 0

    var ids: [SessionID] { places.compactMap { $0?.record.id } }

    subscript(id: SessionID) -> MemoryEntry? { places[place(of: id)] }

    /// Adds the entry of an ID that has none.
    mutating func insert(_ entry: MemoryEntry) {
        if 4 * (count + 1) > 3 * places.count { grow() }
        places[place(of: entry.record.id)] = entry
        count += 1
    }

    mutating func remove(_ id: SessionID) {
        var gap = place(of: id)
        guard places[gap] != nil else { return }
        count -= 1
        // What lies behind the gap was pushed there, perhaps past it: then it moves into the gap, and leaves another.
        var index = next(gap)
        while let entry = places[index] {
            if distance(from: firstPlace(of: entry.record.id), to: index) >= distance(from: gap, to: index) {
                places[gap] = entry
                gap = index
            }
            index = next(index)
        }
        places[gap] = nil
    }

    private mutating func grow() {
        let entries = places
        places = Array(repeating: nil, count: 2 * entries.count)
        for case let entry? in entries { places[place(of: entry.record.id)] = entry }
    }

    /// The place that holds the ID's entry, or the free one in which it would be.
    private func place(of id: SessionID) -> Int {
        var index = firstPlace(of: id)
        while let entry = places[index], entry.record.id != id { index = next(index) }
        return index
    }

    /// The upper bits of a product with 2⁶⁴ divided by the golden ratio (Knuth, TAOCP 6.4): IDs that count up fall apart too.
    private func firstPlace(of id: SessionID) -> Int {
        let product = (id.block.high ^ id.block.low) &* 0x9E37_79B9_7F4A_7C15
        return Int(product >> UInt64(64 - places.count.trailingZeroBitCount))
    }

    private func next(_ index: Int) -> Int { (index + 1) & (places.count - 1) }

    private func distance(from start: Int, to end: Int) -> Int { (end - start) & (places.count - 1) }
}
