public import Sessions

/// One call that a store got, with its arguments; the cases are the requirements of `SessionStore`.
public enum StoreCall: Sendable {
    case load(SessionID, at: Timestamp)
    case create(SessionRecord)
    case commit(SessionChanges, to: SessionID, at: Timestamp)
    case enroll(SessionID, of: SessionOwner, at: Timestamp)
    case watermark(of: SessionOwner, raisedTo: Timestamp?)
    case list(SessionQuery, at: Timestamp)
    case sweep(at: Timestamp, limit: Int)
    case checkHealth
    case close

    /// The kind of the call.
    public var operation: StoreOperation {
        switch self {
        case .load: .load
        case .create: .create
        case .commit: .commit
        case .enroll: .enroll
        case .watermark: .watermark
        case .list: .list
        case .sweep: .sweep
        case .checkHealth: .checkHealth
        case .close: .close
        }
    }
}
