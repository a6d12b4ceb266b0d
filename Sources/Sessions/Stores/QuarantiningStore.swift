/// A store whose records can be damaged from outside, and that sets those aside which it can't read.
///
/// The engine sets a record aside when a request comes to use it, or when it is listed. A store that isn't one of these
/// keeps the record where it is, and reports it each time.
public protocol QuarantiningStore: SessionStore {
    /// Sets a record aside as it is, in one atomic step, if it can't be read: from then on its ID has no session.
    ///
    /// What is set aside is kept for 30 days.
    /// - Returns: `false` where the record can be read or there is none
    func quarantine(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> Bool

    /// Returns the IDs of records that were set aside, at most `limit` of them, in whatever order the store can.
    func quarantined(limit: Int) async throws(SessionError) -> [SessionID]
}
