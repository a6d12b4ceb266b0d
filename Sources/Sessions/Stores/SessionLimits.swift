/// How large a session may get. The store checks at commit, since two writes can jointly pass a limit.
public struct SessionLimits: Sendable, Hashable {
    /// Bytes of one attribute's JSON.
    public var attributeBytes: Int
    /// Bytes of all names and JSON texts together.
    public var sessionBytes: Int
    public var attributeCount: Int
    /// Bytes of an attribute's name.
    public static let nameBytes = 128

    public init(attributeBytes: Int = 16 * 1024, sessionBytes: Int = 64 * 1024, attributeCount: Int = 64) {
        self.attributeBytes = attributeBytes
        self.sessionBytes = sessionBytes
        self.attributeCount = attributeCount
    }

    /// The first limit that `attributes` pass, or `nil`.
    public func excess(of attributes: SessionAttributes) -> SizeExcess? {
        if attributes.count > attributeCount {
            return SizeExcess(what: "the session's attributes", size: attributes.count, limit: attributeCount)
        }
        for attribute in attributes where attribute.name.utf8.count > Self.nameBytes {
            return SizeExcess(
                what: "bytes in an attribute's name", size: attribute.name.utf8.count, limit: Self.nameBytes)
        }
        for attribute in attributes where attribute.json.utf8.count > attributeBytes {
            return SizeExcess(
                what: "bytes of JSON in attribute \"\(attribute.name)\"", size: attribute.json.utf8.count,
                limit: attributeBytes)
        }
        let bytes = attributes.byteCount
        return bytes > sessionBytes
            ? SizeExcess(what: "bytes in the session's attributes", size: bytes, limit: sessionBytes) : nil
    }
}

/// What is too large, how large it is, and the limit.
public struct SizeExcess: Sendable, Hashable, CustomStringConvertible {
    public let what: String
    public let size: Int
    public let limit: Int

    public init(what: String, size: Int, limit: Int) {
        self.what = what
        self.size = size
        self.limit = limit
    }

    public var description: String { "\(what): \(size), over the limit of \(limit)" }
}
