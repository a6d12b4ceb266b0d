import Sessions

/// A record with the stamp of the write that left it so.
struct StoredSession: Sendable {
    var record: SessionRecord
    /// See ``RecordLayout/Hot/stamp``.
    var stamp: UInt64
}
