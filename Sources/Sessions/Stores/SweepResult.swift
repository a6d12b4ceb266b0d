/// The work of one batch of a sweep.
public struct SweepResult: Sendable {
    /// The number of records looked at; fewer than the limit means that nothing more is due.
    public var examined: Int
    /// The tombstones made of sessions that had expired.
    public var expired: [SessionRecord]

    /// Makes the report of a batch, as a store does.
    public init(examined: Int, expired: [SessionRecord] = []) {
        self.examined = examined
        self.expired = expired
    }
}
