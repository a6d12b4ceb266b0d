/// Keeps session records. Each requirement is one atomic step on one session ID, the principal's part apart.
///
/// There are no default implementations: each would weaken a guarantee. A failure is thrown as
/// ``SessionError/Code/unavailable`` and is never an empty answer; an operation that was cancelled or timed out may have
/// happened. Loads are linearizable: a load that begins after a commit returned sees it, on any server.
/// `SessionsTesting` has the contract as a suite.
public protocol SessionStore: Sendable {
    /// Returns the record as it is, whether live, expired or a tombstone, or `nil` where none is kept.
    ///
    /// A load writes nothing. A record is kept until ``SessionRecord/forgettableAt``; after that it may be returned until
    /// the sweep has been there.
    func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord?

    /// Inserts a new record where its ID is free. One that names a principal was enrolled before.
    ///
    /// - Returns: `false` if the ID is taken, by a tombstone too; the record there is unchanged.
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

    /// Notes that `id` is about to name `principal`: a hint, added before the record names the principal.
    ///
    /// An entry is removed only when it is older than the store's commit deadline and its record is missing, is a tombstone or names
    /// somebody else.
    func enroll(_ id: SessionID, of principal: Principal, at now: Timestamp) async throws(SessionError)

    /// Returns the moment before which sessions of `principal` were authenticated in vain, after raising it if asked.
    ///
    /// It never moves back. It may be forgotten a day after it was last raised: no sign-in takes that long.
    func watermark(of principal: Principal, raisedTo: Timestamp?) async throws(SessionError) -> Timestamp?

    /// Returns a page of live records, of one principal or of all, in whatever order the store can.
    ///
    /// Following ``SessionPage/next`` to the end visits every record that was live all along at least once.
    func list(_ query: SessionQuery, at now: Timestamp) async throws(SessionError) -> SessionPage

    /// Turns expired records into tombstones and forgets tombstones that are due, at most `limit` of both.
    ///
    /// - Returns: how many records it looked at; fewer than `limit` means that nothing more is due
    func sweep(at now: Timestamp, limit: Int) async throws(SessionError) -> Int
}

/// Which live sessions to list.
public struct SessionQuery: Sendable {
    public enum Scope: Sendable, Hashable {
        case all
        case principal(Principal)
    }

    public var scope: Scope
    /// 1 to 1,000 records a page.
    public var limit: Int
    /// The `next` of the page before.
    public var cursor: String?

    public init(_ scope: Scope, limit: Int = 100, after cursor: String? = nil) {
        self.scope = scope
        self.limit = min(max(limit, 1), 1000)
        self.cursor = cursor
    }
}

/// Some of the sessions that a query asked for.
public struct SessionPage: Sendable {
    public var records: [SessionRecord]
    /// Where to go on; `nil` after the last page. A page with a `next` may be short or even empty.
    public var next: String?

    public init(records: [SessionRecord], next: String?) {
        self.records = records
        self.next = next
    }
}
