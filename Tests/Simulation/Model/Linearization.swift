/// Looks for an order of all deeds, one after the other, that explains every answer.
///
/// A deed that ended before another began comes before it; so does what the same request did before. A deed without an
/// answer may come any time after it began, or have come to nothing.
struct Linearization {
    private let deeds: [Deed]
    /// How many deeds the longest partial explanation took in, and the deed that did not fit it.
    private(set) var longest = 0
    private(set) var unexplained: Deed?

    init(_ deeds: [Deed]) {
        self.deeds = deeds.sorted { $0.began < $1.began }
    }

    mutating func exists(from model: SequentialModel) -> Bool {
        search(model, Array(repeating: false, count: deeds.count), 0)
    }

    private mutating func search(_ model: SequentialModel, _ isPlaced: [Bool], _ count: Int) -> Bool {
        if count == deeds.count { return true }
        for index in deeds.indices where !isPlaced[index] && mayComeNext(index, isPlaced) {
            let next = model.successors(of: deeds[index])
            if next.isEmpty, count >= longest {
                longest = count
                unexplained = deeds[index]
            }
            var placed = isPlaced
            placed[index] = true
            for successor in next where search(successor, placed, count + 1) { return true }
        }
        return false
    }

    private func mayComeNext(_ index: Int, _ isPlaced: [Bool]) -> Bool {
        let deed = deeds[index]
        return deeds.indices.allSatisfy { other in
            if isPlaced[other] || other == index { return true }
            let earlier = deeds[other]
            if earlier.ended < deed.began { return false }
            // A request does one thing after the other; only what got no answer may reach the store later.
            return earlier.request != deed.request || earlier.answer == .unknown || other > index
        }
    }
}
