/// Why and when a session ended.
public struct SessionEnd: Sendable, Hashable {
    /// An open set of reasons; the raw value is what stores keep and operators read.
    public struct Reason: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        public static var signedOut: Self { .init(rawValue: "signed-out") }
        /// The user ended it from another session.
        public static var endedByUser: Self { .init(rawValue: "ended-by-user") }
        public static var endedByOperator: Self { .init(rawValue: "ended-by-operator") }
        /// The principal had more sessions than allowed.
        public static var limit: Self { .init(rawValue: "limit") }
        /// An old secret came back after its overlap.
        public static var suspectedTheft: Self { .init(rawValue: "suspected-theft") }
        public static var expired: Self { .init(rawValue: "expired") }
    }

    public let reason: Reason
    public let at: Timestamp

    public init(reason: Reason, at: Timestamp) {
        self.reason = reason
        self.at = at
    }
}
