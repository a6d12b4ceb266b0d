/// The largest size of a session, which the store checks at each commit, since two writes can pass it together.
public struct SessionLimits: Sendable, Hashable {
    /// The bytes of one attribute's JSON text.
    public var attributeBytes: Int
    /// The bytes of all names and JSON texts of a session together.
    public var sessionBytes: Int
    /// The number of attributes of a session.
    public var attributeCount: Int
    /// The bytes of an attribute's name, in every store.
    public static let nameBytes = 128

    /// Makes limits: 16 KiB an attribute, 64 KiB a session and 64 attributes, unless others are given.
    public init(attributeBytes: Int = 16 * 1024, sessionBytes: Int = 64 * 1024, attributeCount: Int = 64) {
        self.attributeBytes = attributeBytes
        self.sessionBytes = sessionBytes
        self.attributeCount = attributeCount
    }

    /// Returns the first limit that `attributes` pass; `nil` where they pass none.
    public func excess(of attributes: SessionAttributes) -> SizeExcess? {
        excess(ofSizes: attributes.sizes)
    }

    /// Returns the first limit that attributes of these names, with so many bytes of JSON each, pass; `nil` where they pass none.
    package func excess(ofSizes sizes: some Collection<(name: String, bytes: Int)>) -> SizeExcess? {
        if sizes.count > attributeCount {
            return SizeExcess(what: "the session's attributes", size: sizes.count, limit: attributeCount)
        }
        for (name, _) in sizes where name.utf8.count > Self.nameBytes {
            return SizeExcess(what: "bytes in an attribute's name", size: name.utf8.count, limit: Self.nameBytes)
        }
        for (name, bytes) in sizes where bytes > attributeBytes {
            return SizeExcess(what: "bytes of JSON in attribute \"\(name)\"", size: bytes, limit: attributeBytes)
        }
        let bytes = sizes.reduce(0) { $0 + $1.name.utf8.count + $1.bytes }
        return bytes > sessionBytes
            ? SizeExcess(what: "bytes in the session's attributes", size: bytes, limit: sessionBytes) : nil
    }
}

/// A size that is over its limit.
public struct SizeExcess: Sendable, Hashable, CustomStringConvertible {
    /// What is too large, for an error's text: "bytes in the session's attributes".
    public let what: String
    /// How large it is.
    public let size: Int
    /// How large it may be.
    public let limit: Int

    /// Makes a report for a store of your own.
    public init(what: String, size: Int, limit: Int) {
        self.what = what
        self.size = size
        self.limit = limit
    }

    /// What is too large, its size, and the limit.
    public var description: String { "\(what): \(size), over the limit of \(limit)" }
}
