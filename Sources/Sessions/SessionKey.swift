/// The permanent name of an attribute and the type of its value.
///
/// ```swift
/// extension SessionKey<Int> { static var visits: Self { "shop.visits" } }
/// ```
/// Values are kept as JSON, one by one. A name takes 1 to 128 bytes of UTF-8 without control characters.
public struct SessionKey<Value: Codable & Sendable>: Sendable, ExpressibleByStringLiteral {
    /// The permanent name, by which stores keep the value.
    public let name: String
    /// What happens where the stored value is one of another release.
    public let whenUnreadable: UnreadableRule

    /// Names an attribute; a name that can't be used is an error where the key is used.
    ///
    /// - Parameters:
    ///   - name: 1 to 128 bytes of UTF-8 without control characters, which never change
    ///   - rule: what happens where the stored value can't be read as a `Value`
    public init(_ name: String, whenUnreadable rule: UnreadableRule = .fail) {
        self.name = name
        whenUnreadable = rule
    }

    /// Names an attribute by a literal, as ``init(_:whenUnreadable:)`` does.
    public init(stringLiteral name: String) {
        self.init(name)
    }
}
