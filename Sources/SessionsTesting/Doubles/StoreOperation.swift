/// The kinds of call that a store gets, one for each requirement of `SessionStore` but `limits`.
public enum StoreOperation: String, Sendable, CaseIterable {
    case load, create, commit, enroll, watermark, list, sweep, checkHealth, close
}
