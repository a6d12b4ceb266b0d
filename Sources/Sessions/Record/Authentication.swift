/// One way in which a principal was authenticated, and when.
public struct Authentication: Sendable, Hashable {
    /// How a principal was authenticated: an open set of short names, after the `amr` values of RFC 8176.
    public struct Method: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String

        /// Takes 1 to 32 of the characters `a-z`, `0-9`, `_` and `-`, or returns `nil`.
        public init?(rawValue: String) {
            guard (1...32).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
            self.rawValue = rawValue
        }

        private init(checked rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// A password.
        public static let password = Self(checked: "pwd")
        /// A one-time code.
        public static let oneTimePassword = Self(checked: "otp")
        /// A key in hardware, such as a passkey on a security key.
        public static let hardwareKey = Self(checked: "hwk")
        /// A key in software, such as a synced passkey.
        public static let softwareKey = Self(checked: "swk")
        /// An identity provider of somebody else's.
        public static let federated = Self(checked: "fed")

        private static func isAllowed(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    public let method: Method
    public let at: Timestamp

    /// Notes that the principal proved themselves by `method` at a moment.
    public init(_ method: Method, at: Timestamp) {
        self.method = method
        self.at = at
    }

    /// How many a session keeps; the oldest go first.
    public static let maximumCount = 8
}

extension [Authentication] {
    /// `pwd@1764061200000 otp@1764061260000`: the form in which stores keep a list; empty for an empty one.
    public var text: String {
        map { "\($0.method.rawValue)@\($0.at.milliseconds)" }.joined(separator: " ")
    }

    /// Reads what ``text`` writes, or returns `nil`.
    public init?(text: some StringProtocol) {
        self = []
        for part in text.split(separator: " ") {
            let halves = part.split(separator: "@", omittingEmptySubsequences: false)
            guard halves.count == 2, let method = Authentication.Method(rawValue: String(halves[0])),
                let milliseconds = Int64(halves[1])
            else { return nil }
            append(.init(method, at: Timestamp(milliseconds: milliseconds)))
        }
    }

    /// The list after one more authentication, which replaces an earlier one by the same method.
    func adding(_ authentication: Authentication) -> Self {
        (filter { $0.method != authentication.method } + [authentication]).suffix(Authentication.maximumCount)
    }
}
