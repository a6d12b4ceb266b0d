/// Something that happened to a session: for logs, counters and alarms. It holds no token and no secret.
public struct SessionEvent: Sendable {
    public enum Kind: Sendable, Hashable {
        case created
        case signedIn
        case steppedUp
        case renewed
        case ended(SessionEnd.Reason)
        /// An old secret came back after its overlap.
        case theftSuspected
        /// A session cookie was there and gave no session.
        case tokenRefused(Refusal)
        /// A session cookie came over plain HTTP from another machine and was ignored.
        case insecureTransport
        /// A buffered write was refused at the end of its request.
        case writeRefused(SessionError.Code)
        /// The store failed, in the request or in upkeep that the next request repeats.
        case storeFailed
    }

    public enum Refusal: String, Sendable, Hashable {
        /// Not 64 characters of base64url.
        case malformed
        /// Two different cookies of one name.
        case ambiguous
        /// No such session, or a secret that doesn't prove it.
        case unknown
        /// Under the cookie name of the other kind of session.
        case misplaced
        case ended
        case superseded
        /// The request loaded its session so late that its old secret can't be judged.
        case late
    }

    public let kind: Kind
    public let at: Timestamp
    public let id: SessionID?
    public let principal: Principal?
    public let error: SessionError?

    init(_ kind: Kind, at: Timestamp, id: SessionID? = nil, principal: Principal? = nil, error: SessionError? = nil) {
        self.kind = kind
        self.at = at
        self.id = id
        self.principal = principal
        self.error = error
    }
}
