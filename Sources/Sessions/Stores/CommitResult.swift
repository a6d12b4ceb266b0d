/// The outcome of a commit.
public enum CommitResult: Sendable {
    /// The changes are applied; the record as it is now.
    case committed(SessionRecord)
    /// An attribute has another revision than expected and nothing was applied; the record as it is now.
    case conflict(SessionRecord)
    /// The record has another generation than expected, and nothing was applied.
    case superseded
    /// The session is over or has expired, and nothing was applied.
    case ended(SessionEnd)
    /// There is no record, and none was created.
    case missing
    /// The record would pass a limit, and nothing was applied.
    case tooLarge(SizeExcess)
}
