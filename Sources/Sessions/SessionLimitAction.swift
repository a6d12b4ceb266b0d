/// What becomes of a sign-in whose user has as many sessions as ``SessionConfiguration/maximumSessionsPerPrincipal`` allows.
///
/// Whatever is chosen, a user never has more sessions than that, with any number of servers and of sign-ins at once.
public enum SessionLimitAction: String, Sendable, Hashable, CaseIterable {
    /// The sign-in stands, and ends the user's session that was not used for longest.
    case endLeastRecentlyUsed = "end"
    /// The sign-in throws ``SessionError/Code/tooManySessions``; the visitor's session stays as it was.
    case refuse
    /// Like ``refuse``, and the error has the user's sessions: ``SessionError/otherSessions``.
    ///
    /// The application asks which one to end, ends it with `SessionManager.end(_:of:)`, and signs the user in once more.
    case ask
}
