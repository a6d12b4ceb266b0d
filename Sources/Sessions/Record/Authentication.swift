/// One way in which a principal was authenticated, and when.
public struct Authentication: Sendable, Hashable {
    /// How a principal was authenticated: an open set of short names, after the `amr` values of RFC 8176.
    public struct Method: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        /// The short name that stores keep, such as `pwd`.
        public let rawValue: String

        /// Names a method with 1 to 32 of the characters `a-z`, `0-9`, `_` and `-`; any other name gives `nil`.
        public init?(rawValue: String) {
            guard (1...32).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
            self.rawValue = rawValue
        }

        private init(checked rawValue: String) {
            self.rawValue = rawValue
        }

        /// The short name of the method.
        public var description: String { rawValue }

        /// A password (`pwd`).
        public static let password = Self(checked: "pwd")
        /// A one-time code (`otp`).
        public static let oneTimePassword = Self(checked: "otp")
        /// A key in hardware, such as a passkey on a security key (`hwk`).
        public static let hardwareKey = Self(checked: "hwk")
        /// A key in software, such as a synced passkey (`swk`).
        public static let softwareKey = Self(checked: "swk")
        /// Another organization's identity provider (`fed`).
        public static let federated = Self(checked: "fed")

        /// Several factors in one method, such as a passkey that has asked for a PIN or a fingerprint (`mfa`).
        public static let multipleFactors = Self(checked: "mfa")

        private static func isAllowed(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }

    /// How the principal was authenticated.
    public let method: Method
    /// When the credentials were checked.
    public let at: Timestamp

    /// Notes that a principal was authenticated by `method` at a moment.
    public init(_ method: Method, at: Timestamp) {
        self.method = method
        self.at = at
    }

    /// The number of authentications that a session keeps; the oldest go first.
    public static let maximumCount = 8
}

extension [Authentication] {
    /// The list as stores keep it: `pwd@1764061200000 otp@1764061260000`, or an empty text for an empty list.
    public var text: String {
        map { "\($0.method.rawValue)@\($0.at.milliseconds)" }.joined(separator: " ")
    }

    /// Reads a list that ``text`` has written; any other text gives `nil`.
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
