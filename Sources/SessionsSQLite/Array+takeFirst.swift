extension Array {
    /// Takes the first `count` elements off, or all where there are no more.
    mutating func takeFirst(_ count: Int) -> [Element] {
        var taken: [Element] = []
        if self.count <= count {
            swap(&taken, &self)
        } else {
            taken = Array(prefix(count))
            removeFirst(count)
        }
        return taken
    }
}
