import Logging

/// When credentials were checked, by the clock that the servers have in common, or else by this server's own.
struct CommonMoment {
    /// What time it is now by that clock.
    let now: Timestamp
    /// When the credentials were checked, at the earliest.
    let checkedAt: Timestamp
    /// How much later that may have been.
    let doubt: Duration
}

extension SessionManager {
    /// Translates a moment of this server's clock to the clock that the owner's watermark is raised by.
    ///
    /// How long ago it was tells this server's clock, and what time it is the store's. While the question is on its way
    /// nothing tells which part of that time passed before the store has looked, so all of it counts as age.
    func commonMoment(
        of checkedAt: Timestamp, for owner: SessionOwner, logger: Logger?
    ) async throws(SessionError) -> CommonMoment {
        let asked = clock.now
        let time = try await calls.time(of: owner, for: logger)
        let answered = clock.now
        // Credentials can't have been checked later than now.
        guard let time else { return .init(now: answered, checkedAt: min(checkedAt, answered), doubt: .zero) }
        // Each clock cuts off a part of a millisecond.
        let rounding = Duration.milliseconds(1)
        let age = max(answered - checkedAt, .zero) + rounding
        return .init(now: time, checkedAt: time - age, doubt: max(answered - asked, .zero) + rounding * 3)
    }
}
