/// A message for the next page, read once.
public struct FlashMessage: Sendable, Hashable, Codable {
    /// What a message is about: an open set, for a page's style.
    public struct Kind: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
        /// The name of the kind, such as `notice`, for a style class.
        public let rawValue: String

        /// Makes a kind of the application's own.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The name of the kind.
        public var description: String { rawValue }

        /// Something was done.
        public static let notice = Self(rawValue: "notice")
        /// Something could not be done.
        public static let error = Self(rawValue: "error")
    }

    /// What the next page shows; it is plain text, for the page to escape.
    public let text: String
    /// What the message is about.
    public let kind: Kind

    /// Makes a message of any kind.
    public init(_ text: String, kind: Kind = .notice) {
        self.text = text
        self.kind = kind
    }
}

extension FlashMessage: ExpressibleByStringInterpolation {
    /// Makes a notice.
    public init(stringLiteral text: String) {
        self.init(text)
    }
}

extension SessionKey<[FlashMessage]> {
    /// Messages for the next page, read once.
    static var flash: Self { .init("sessions.flash", whenUnreadable: .startAfresh) }
}
