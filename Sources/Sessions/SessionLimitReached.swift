/// The cause of a refused sign-in: what the user could end instead.
struct SessionLimitReached: Error, CustomStringConvertible {
    let sessions: [SessionInfo]

    /// Their number; an error's text goes to logs.
    var description: String { "\(sessions.count) sessions to choose from" }
}

extension SessionError {
    /// The user's live sessions, the newest first, of which one must end before a sign-in works.
    ///
    /// It is empty unless the code is ``Code/tooManySessions`` and the limit's action ``SessionLimitAction/ask``. Show them to
    /// a user whose password was right, and to no other client.
    public var otherSessions: [SessionInfo] { (cause as? SessionLimitReached)?.sessions ?? [] }
}
