/// What a commit did.
public enum CommitResult: Sendable {
    /// Applied; the record as it is now.
    case committed(SessionRecord)
    /// An attribute has another revision than expected; nothing was applied. The record as it is now.
    case conflict(SessionRecord)
    /// The record has another generation than expected; nothing was applied.
    case superseded
    /// The session is over or has expired; nothing was applied.
    case ended(SessionEnd)
    /// There is no record; none was created.
    case missing
    /// The record would pass a limit; nothing was applied.
    case tooLarge(SizeExcess)
}
