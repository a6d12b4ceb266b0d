/// What one batch of a sweep did.
public struct SweepResult: Sendable {
    /// How many records it looked at; fewer than the limit means that nothing more is due.
    public var examined: Int
    /// The tombstones that it made of sessions that had expired.
    public var expired: [SessionRecord]

    /// Reports a batch.
    public init(examined: Int, expired: [SessionRecord] = []) {
        self.examined = examined
        self.expired = expired
    }
}
