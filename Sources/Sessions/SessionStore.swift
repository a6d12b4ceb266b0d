/// Keeps session records; each requirement is one atomic step on one session ID, but for the index of principals.
///
/// There are no default implementations: each would weaken a guarantee. A failure is thrown as
/// ``SessionError/Code/unavailable`` and is never an empty answer; an operation that was cancelled or timed out may
/// have happened. Loads are linearizable: a load that begins after a commit returned sees it, on any server.
/// `SessionsTesting` has the contract as a suite.
public protocol SessionStore: Sendable {
    /// How large a session may get here; ``create(_:)`` and ``commit(_:to:at:)`` hold to it.
    var limits: SessionLimits { get }

    /// Returns the record as it is, whether live, expired or a tombstone, or `nil` where none is kept.
    ///
    /// A load writes nothing. A record is kept until ``SessionRecord/forgettableAt``; after that it may be returned until
    /// the sweep has been there.
    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord?

    /// Inserts a new record where its ID is free; a record that names a principal was enrolled before.
    ///
    /// - Returns: `false` if the ID is taken, by a tombstone too; the record there is unchanged
    /// - Throws: ``SessionError/Code/full`` at the store's limit, ``SessionError/Code/tooLarge`` over the size limits
    func create(_ record: SessionRecord) async throws(SessionError) -> Bool

    /// Applies `changes` to an existing session in one atomic step, as ``SessionChanges/apply(to:at:limits:)`` says.
    ///
    /// It never creates a record: that would undo a sign-out that happened while this request was running. It is durable
    /// when it returns, as far as the store's settings promise, and must not be applied after it has thrown to a caller
    /// that waited longer than the store's stated deadline.
    func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult

    /// Notes that `id` is about to belong to `owner`: a hint, added before the record names the principal.
    ///
    /// An entry is removed only when it is older than the store's commit deadline and its record is missing or belongs to another
    /// owner.
    func enroll(_ id: SessionID, of owner: SessionOwner, at now: Timestamp) async throws(SessionError)

    /// Returns the owner's watermark, raised first if asked; sessions authenticated before it are over.
    ///
    /// It never moves back. It may be forgotten a day after it was last raised: no sign-in takes that long.
    func watermark(of owner: SessionOwner, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp?

    /// Returns a page of live records, of one owner, of a realm or of all, in whatever order the store can.
    ///
    /// Following ``SessionPage/next`` to the end visits every record that was live all along at least once. A query that says
    /// ``SessionQuery/includesEnded`` also gets an owner's records that are over. ``SessionQuery/wants(_:at:)`` tells them.
    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage

    /// Turns expired records into tombstones and forgets tombstones that are due, at most `limit` of both.
    ///
    /// A sweep that fails after it has ended sessions returns these with ``SweepResult/failure``. One that throws knows of none
    /// that it has ended: where the answer to a step was lost, the step may have ended some.
    ///
    /// - Returns: how many it looked at, fewer than `limit` meaning that nothing more is due, and which had expired
    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> SweepResult

    /// Proves that a session can be written and read now, and leaves nothing behind.
    ///
    /// What it writes goes where sessions go, as durably, and no other call ever sees it. It throws what a commit would
    /// throw while the store can't write.
    func checkHealth() async throws(SessionError)

    /// Releases files and connections; it may be called twice.
    ///
    /// A later call of anything else throws ``SessionError/Code/unavailable``, except where there is nothing to
    /// release.
    func close() async throws(SessionError)
}
