/// Something that happened to a session, for logs, counters and alarms; it holds no token and no secret.
public struct SessionEvent: Sendable {
    /// What happened: an open set of short names, fit for the labels of metrics.
    public struct Kind: Sendable, Hashable, CustomStringConvertible {
        // Apart, so that an event makes no text for observers that only compare its kind.
        private let subject: String
        private let reason: String?

        private init(_ subject: String, _ reason: String? = nil) {
            self.subject = subject
            self.reason = reason
        }

        /// The kind, and behind a dot its reason where there is one: `created`, `ended.limit`, `tokenRefused.unknown`.
        public var name: String { reason.map { "\(subject).\($0)" } ?? subject }

        /// The name of the kind.
        public var description: String { name }

        /// A client made new sessions faster than ``SessionConfiguration/newSessionLimit`` allows, and got none.
        public static let newSessionRefused = Self("newSessionRefused")
        /// A request made a session.
        public static let created = Self("created")
        /// A principal signed in, in a new session or a visitor's.
        public static let signedIn = Self("signedIn")
        /// A sign-in was refused because its user has as many sessions as they may; `error` says how many.
        public static let signInRefused = Self("signInRefused")
        /// A user signed in with a browser that they were not seen with before: see ``KnownDevices``.
        public static let newDevice = Self("newDevice")
        /// A signed-in user was authenticated again.
        public static let steppedUp = Self("steppedUp")
        /// A session went on under a new token, for which a hand-over code was changed.
        public static let handedOver = Self("handedOver")
        /// The session got its next secret.
        public static let renewed = Self("renewed")
        /// The session is over, with its reason.
        public static func ended(_ reason: SessionEnd.Reason) -> Self { .init("ended", reason.rawValue) }
        /// An old secret came back after its overlap.
        public static let theftSuspected = Self("theftSuspected")
        /// A request's token gave no session.
        public static func tokenRefused(_ refusal: Refusal) -> Self { .init("tokenRefused", refusal.rawValue) }
        /// A token came, or was to be sent, over plain HTTP from another machine; `error` says what an operator can change.
        public static let insecureTransport = Self("insecureTransport")
        /// A request seemed forged, and was answered with 403.
        public static func forgeryRefused(_ forgery: Forgery) -> Self {
            .init("forgeryRefused", forgery.rawValue)
        }
        /// A request seemed forged, and passed because the configuration only has that reported.
        public static func forgeryReported(_ forgery: Forgery) -> Self {
            .init("forgeryReported", forgery.rawValue)
        }
        /// A buffered write was refused at the end of its request.
        public static func writeRefused(_ code: SessionError.Code) -> Self { .init("writeRefused", code.description) }
        /// A stored value could not be read as its key's type; `error` says which attribute, and the key's rule what then.
        public static let attributeUnreadable = Self("attributeUnreadable")
        /// A session's record can't be read, so it counts as ended; `error` says what is wrong with it.
        ///
        /// A ``QuarantiningStore`` has set it aside.
        public static let recordUnreadable = Self("recordUnreadable")
        /// The store failed: in a request, in upkeep that the next request repeats, or in an operator's call.
        public static let storeFailed = Self("storeFailed")
        /// An operator ended sessions, or tried to and `error` says what went wrong; ``SessionEvent/actingOperator`` names them.
        public static func operatorActed(_ act: OperatorAct) -> Self { .init("operatorActed", act.rawValue) }
        /// A request for the operators' pages came from no operator.
        public static let operatorRefused = Self("operatorRefused")
    }

    /// What an operator did on the operators' pages.
    public enum OperatorAct: String, Sendable, Hashable {
        /// One session was to end.
        case endedSession
        /// Every session of a principal was to end.
        case endedAll
    }

    /// Why a token gave no session.
    public enum Refusal: String, Sendable, Hashable {
        /// The token is not 64 characters of base64url.
        case malformed
        /// The request has two different cookies of one name, or two tokens in its URL.
        case ambiguous
        /// The token stood in the URL of a request that brought a cookie.
        case outranked
        /// The token, in a URL, came from another User-Agent or network than the one it was made for.
        case misbound
        /// The hand-over code had been used before.
        case replayed
        /// There is no such session, or the secret doesn't prove it.
        case unknown
        /// The token stood at a place for the tokens of another kind of session.
        case misplaced
        /// The session is over.
        case ended
        /// The session's privileges moved on without this token.
        case superseded
        /// The request loaded its session so late that its old secret can't be judged.
        case late
    }

    /// Why a request seemed forged.
    public enum Forgery: String, Sendable, Hashable {
        /// A page of another site sent it, or one that isn't known to be of this site.
        case crossSite
        /// A page of another host of the same site sent it.
        case sameSite
        /// It doesn't say where it came from, and the configuration demands that.
        case unknownOrigin
        /// Its form has no token of this session.
        case token
    }

    /// What happened.
    public let kind: Kind
    /// When it happened, by the manager's clock.
    public let at: Timestamp
    /// The realm of the session, which a sweep may find in another realm than its manager's.
    public let realm: Realm
    /// The session's public name; `nil` where no token named one.
    public let id: SessionID?
    /// The signed-in user; `nil` for a visitor, or where there was no record.
    public let principal: Principal?
    /// Why and when the session ended; `nil` while it lives.
    public let end: SessionEnd?
    /// What went wrong, for the kinds that say so; `nil` of every other kind.
    public let error: SessionError?
    /// The operator who acted, of the realm that the operators sign in to; `nil` where no operator did.
    public let actingOperator: Principal?
    /// The other side of the request's connection; `nil` outside of requests.
    public let peer: ClientConnection.Peer?
    /// The address of the client, behind the trusted proxies; `nil` where none is known, and outside of requests.
    ///
    /// It is never that of a trusted proxy, so that an alarm can block what it is told.
    public let client: NetworkAddress?

    init(
        _ kind: Kind, at: Timestamp, realm: Realm, id: SessionID? = nil, principal: Principal? = nil,
        end: SessionEnd? = nil, error: SessionError? = nil, peer: ClientConnection.Peer? = nil,
        client: NetworkAddress? = nil, actingOperator: Principal? = nil
    ) {
        self.kind = kind
        self.at = at
        self.realm = realm
        self.id = id
        self.principal = principal
        self.end = end
        self.error = error
        self.peer = peer
        self.client = client
        self.actingOperator = actingOperator
    }
}
