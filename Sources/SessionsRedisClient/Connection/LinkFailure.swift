/// Why a link gave no answer.
struct LinkFailure: Error {
    enum Reason {
        /// The connection could not be made or broke; another attempt may succeed.
        case disconnected
        /// The command can be asked of another server, which has what this one had.
        case released
        /// The server turned this client away; only a changed setting helps.
        case refused
        case timedOut
        case cancelled
        /// Too many commands wait already.
        case unaccepted
        /// The client was closed, or has given this server up because the cluster did.
        case closed
    }

    var reason: Reason
    /// Whether the command was written, and so may have been applied.
    var isSent: Bool
    var message: String

    /// The same for a command that waited for the answer to a question of the client's own, and so was not sent.
    var ofAQuestion: LinkFailure { LinkFailure(reason: reason, isSent: false, message: message) }

    var failure: RedisFailure {
        RedisFailure(isSent ? .unknown : .notApplied, message, isPermanent: reason == .refused)
    }
}
