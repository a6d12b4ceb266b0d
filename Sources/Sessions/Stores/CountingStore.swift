/// A store that can say cheaply how many sessions it has, at a cost that doesn't grow with their number.
///
/// The operators' pages show the number. They do without where a store isn't one of these.
public protocol CountingStore: SessionStore {
    /// Returns how many sessions of all realms the store has.
    ///
    /// A session that has expired may count until the sweep has been there.
    func count() async throws(SessionError) -> SessionCount
}

/// How many sessions a store has.
public struct SessionCount: Sendable, Hashable {
    /// The number of sessions of all realms.
    public let sessions: Int
    /// Whether they were counted; `false` of an estimate, in which ended sessions may be as well.
    public let isExact: Bool

    /// Makes a count, as a store of your own does.
    public init(sessions: Int, isExact: Bool) {
        self.sessions = max(sessions, 0)
        self.isExact = isExact
    }
}
