/// One finished call of a session store.
public struct SessionStoreOperation: Sendable {
    /// The name of the ``SessionStore`` requirement that was called.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        case load, create, commit, enroll, watermark, list, sweep, checkHealth, close
    }

    /// The requirement that was called.
    public let name: Name
    /// The realm of the manager that called it.
    public let realm: Realm
    /// The time from the call to its answer.
    public let duration: Duration
    /// Why the call failed; `nil` where it was answered.
    public let error: SessionError?
}
