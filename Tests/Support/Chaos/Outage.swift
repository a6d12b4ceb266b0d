/// Something that happened to the store, from before it began until the store answered again.
package struct Outage: Sendable {
    /// What a store promises to keep.
    package enum Loss: Sendable, Hashable {
        /// Nothing is lost that was acknowledged.
        case nothing
        /// It forgets everything at one moment of the outage.
        case everything
        /// It goes back, at one moment of the outage, to one of its states since the outage began.
        case theLast
    }

    /// Nanoseconds of the events' clock.
    package var from, until: Int64
    package var loss: Loss

    package init(from: Int64, until: Int64, loss: Loss) {
        self.from = from
        self.until = until
        self.loss = loss
    }

    /// Whether an event had begun before the end of the outage and had not been answered before its beginning.
    func overlaps(_ event: Event) -> Bool { event.invoked < until && event.returned > from }
}
