/// The work of one batch of a sweep.
public struct SweepResult: Sendable {
    /// The number of records looked at; fewer than the limit means that nothing more is due.
    public var examined: Int
    /// The tombstones made of sessions that had expired.
    public var expired: [SessionRecord]
    /// The sessions that were due and whose records can't be read; the sweeper has them set aside.
    public var unreadable: [SessionID]
    /// Why the batch broke off after it had done all this: what is still due waits for the next sweep.
    public var failure: SessionError?

    /// Makes the report of a batch, as a store does.
    public init(
        examined: Int, expired: [SessionRecord] = [], unreadable: [SessionID] = [], failure: SessionError? = nil
    ) {
        self.examined = examined
        self.expired = expired
        self.unreadable = unreadable
        self.failure = failure
    }

    /// Runs a batch that may break off: then what it has ended before is reported along with the error.
    ///
    /// - Throws: the error of `batch`, where there is nothing to report
    package static func collected(
        upTo limit: Int, by batch: (inout SweepResult) async throws(SessionError) -> Void
    ) async throws(SessionError) -> SweepResult {
        var result = SweepResult(examined: 0)
        guard limit > 0 else { return result }
        do {
            try await batch(&result)
        } catch {
            return try result.brokenOff(by: error)
        }
        return result
    }

    /// Returns the report of a batch that broke off, so that what it has ended before is still reported.
    ///
    /// - Throws: the error, where there is nothing to report
    public func brokenOff(by error: SessionError) throws(SessionError) -> SweepResult {
        if expired.isEmpty, unreadable.isEmpty { throw error }
        var result = self
        result.failure = failure ?? error
        return result
    }
}
