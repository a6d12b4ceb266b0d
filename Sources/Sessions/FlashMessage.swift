/// A message for the next page, read once.
public struct FlashMessage: Sendable, Hashable, Codable {
    /// What a message is about: an open set, for a page's style.
    public struct Kind: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// Something was done.
        public static let notice = Self(rawValue: "notice")
        /// Something could not be done.
        public static let error = Self(rawValue: "error")
    }

    public let text: String
    public let kind: Kind

    /// Makes a message.
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
