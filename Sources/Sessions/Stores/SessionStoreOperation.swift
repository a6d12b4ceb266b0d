/// One finished call of a session store.
public struct SessionStoreOperation: Sendable {
    /// What was asked of the store: the names of ``SessionStore``'s requirements.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        case load, create, commit, enroll, watermark, list, sweep, close
    }

    public let name: Name
    public let realm: Realm
    /// From the call to its answer.
    public let duration: Duration
    /// Why there was no answer, if there was none.
    public let error: SessionError?
}
