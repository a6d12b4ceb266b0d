/// Something that happened to a session: for logs, counters and alarms. It holds no token and no secret.
public struct SessionEvent: Sendable {
    /// What happened: an open set of short names, fit for the labels of metrics.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        /// The kind, and behind a dot its reason where there is one: `created`, `ended.limit`, `tokenRefused.unknown`.
        public let name: String

        public var description: String { name }

        public static let created = Self(name: "created")
        public static let signedIn = Self(name: "signedIn")
        public static let steppedUp = Self(name: "steppedUp")
        public static let renewed = Self(name: "renewed")
        /// The session is over, with its reason.
        public static func ended(_ reason: SessionEnd.Reason) -> Self { .init(name: "ended.\(reason)") }
        /// An old secret came back after its overlap.
        public static let theftSuspected = Self(name: "theftSuspected")
        /// A token was there and gave no session.
        public static func tokenRefused(_ refusal: Refusal) -> Self { .init(name: "tokenRefused.\(refusal.rawValue)") }
        /// A token came, or was to be sent, over plain HTTP from another machine.
        public static let insecureTransport = Self(name: "insecureTransport")
        /// A buffered write was refused at the end of its request.
        public static func writeRefused(_ code: SessionError.Code) -> Self { .init(name: "writeRefused.\(code)") }
        /// A stored value could not be read as its key's type; `error` says which attribute, and the key's rule what then.
        public static let attributeUnreadable = Self(name: "attributeUnreadable")
        /// The store failed: in a request, in upkeep that the next request repeats, or for an operator.
        public static let storeFailed = Self(name: "storeFailed")
    }

    /// Why a token gave no session.
    public enum Refusal: String, Sendable, Hashable {
        /// Not 64 characters of base64url.
        case malformed
        /// Two different cookies of one name.
        case ambiguous
        /// No such session, or a secret that doesn't prove it.
        case unknown
        /// At a place for the tokens of another kind of session.
        case misplaced
        case ended
        case superseded
        /// The request loaded its session so late that its old secret can't be judged.
        case late
    }

    public let kind: Kind
    public let at: Timestamp
    public let realm: Realm
    public let id: SessionID?
    public let principal: Principal?
    /// Why and when the session ended, of an end.
    public let end: SessionEnd?
    public let error: SessionError?
    /// The other side of the request's connection; `nil` outside of requests.
    public let peer: ClientConnection.Peer?

    init(
        _ kind: Kind, at: Timestamp, realm: Realm, id: SessionID? = nil, principal: Principal? = nil,
        end: SessionEnd? = nil, error: SessionError? = nil, peer: ClientConnection.Peer? = nil
    ) {
        self.kind = kind
        self.at = at
        self.realm = realm
        self.id = id
        self.principal = principal
        self.end = end
        self.error = error
        self.peer = peer
    }
}
