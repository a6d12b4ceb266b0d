/// Why and when a session ended.
public struct SessionEnd: Sendable, Hashable {
    /// Why a session ended: an open set, to which an application may add its own reasons.
    public struct Reason: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        /// The text that stores keep and operators read, such as `signed-out`.
        public let rawValue: String
        /// Makes a reason of the application's own.
        public init(rawValue: String) { self.rawValue = rawValue }
        /// The text of the reason.
        public var description: String { rawValue }

        /// The user signed out in this session.
        public static var signedOut: Self { .init(rawValue: "signed-out") }
        /// The user ended the session from another one.
        public static var endedByUser: Self { .init(rawValue: "ended-by-user") }
        /// An operator ended the session.
        public static var endedByOperator: Self { .init(rawValue: "ended-by-operator") }
        /// The principal had more sessions than ``SessionConfiguration/maximumSessionsPerPrincipal``.
        public static var limit: Self { .init(rawValue: "limit") }
        /// An old secret came back after its overlap, so two clients held the token.
        public static var suspectedTheft: Self { .init(rawValue: "suspected-theft") }
        /// The session's token stood in a URL and came from another client than the one it was made for.
        public static var otherClient: Self { .init(rawValue: "other-client") }
        /// The session goes on in another one, because the client keeps no cookies; or a hand-over code was used.
        public static var handedOver: Self { .init(rawValue: "handed-over") }
        /// One of the session's timeouts passed.
        public static var expired: Self { .init(rawValue: "expired") }
    }

    /// Why the session ended.
    public let reason: Reason
    /// When the session ended.
    public let at: Timestamp

    /// Makes an end from its parts.
    public init(reason: Reason, at: Timestamp) {
        self.reason = reason
        self.at = at
    }
}
