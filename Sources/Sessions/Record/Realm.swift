/// The sessions of one application among others in the same store, such as a shop and its back office.
///
/// A token, list, limit, watermark or end of one realm is nothing to another: the name goes into the digest of every
/// secret and into the index of principals.
public struct Realm: Sendable, Hashable {
    /// The name, which stores keep with every session.
    public let name: String

    /// The number of bytes of the longest name.
    public static let maximumBytes = 64

    /// Names a realm with 1 to 64 ASCII letters, digits, `.`, `_` and `-`, so that it fits into keys and labels.
    ///
    /// - Throws: ``SessionError/Code/configuration`` for a name of another form
    public init(_ name: String) throws(SessionError) {
        guard (1...Self.maximumBytes).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else {
            throw SessionError(
                .configuration,
                "\"\(name)\" can't name a realm: it takes 1 to \(Self.maximumBytes) of the characters a-z A-Z 0-9 . _ -"
            )
        }
        self.name = name
    }

    private init(checked name: String) {
        self.name = name
    }

    /// The realm of an application that names none: `default`.
    public static let `default` = Realm(checked: "default")

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

extension Realm: CustomStringConvertible {
    /// The name of the realm.
    public var description: String { name }
}
