/// A store that has a clock of its own, which all servers on it have in common.
///
/// The engine compares sign-ins with "end all" by this clock, so that it doesn't matter how far the servers' own differ. It
/// does without where a store isn't one of these.
public protocol ClockedStore: SessionStore {
    /// Returns the time by the clock of the server that keeps an owner's watermark.
    func time(of owner: SessionOwner) async throws(SessionError) -> Timestamp
}
