/// The kinds of call a store gets, one for each requirement of `SessionStore`.
public enum StoreOperation: String, Sendable, CaseIterable {
    case load, create, commit, enroll, watermark, list, sweep, close
}
