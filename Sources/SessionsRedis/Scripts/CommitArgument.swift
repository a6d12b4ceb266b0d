import Sessions

/// The arguments of the commit script by their place in `ARGV`; an empty one isn't asked for.
///
/// After them come expected revisions as pairs of field and revision, then sets as pairs of field and JSON, then the
/// fields to remove.
enum CommitArgument: Int, CaseIterable, CustomStringConvertible {
    /// When it is too late to apply the commit, by Redis's clock.
    case latest = 1
    case now
    /// When idleness is judged; empty for now.
    case idleAsOf
    case generation
    /// When the last use may have been at the latest; empty for any time.
    case unusedSince
    case lastUsedAt
    case lifetime
    /// Laid out as ``SecretMove``.
    case secretMove
    /// Laid out as ``PrivilegeChange``.
    case privilegeChange
    case signIn
    /// Of a privilege change; empty for none.
    case authentications
    case end
    case id
    /// Of this write: ``RecordLayout/Hot/stamp``.
    case stamp
    /// How many expected revisions follow.
    case expectations
    /// How many sets follow.
    case sets

    /// As a script names it.
    var description: String { "ARGV[\(rawValue)]" }

    /// The place of the first argument after these.
    static let following = Self.allCases.count + 1

    enum SecretMove {
        enum Kind: UInt8, Packed, CustomStringConvertible {
            case renew = 0x72
            case seen = 0x73
            case forgetPrevious = 0x66

            static let width = 1

            init?(packed: UnsafeRawBufferPointer) { self.init(rawValue: packed[0]) }

            func pack(into bytes: UnsafeMutableRawBufferPointer) { bytes[0] = rawValue }

            /// As a script writes it.
            var description: String { "'\(UnicodeScalar(rawValue))'" }
        }

        static let expected = Part<SecretDigest>()
        static let kind = Part<Kind>(after: expected)
        // Of a renewal.
        static let digest = Part<SecretDigest>(after: kind)
        static let nonce = Part<Block16>(after: digest)
        static let issuedAt = Part<Timestamp>(after: nonce)
        // Of a seen-mark.
        static let seenAt = Part<Timestamp>(after: kind)
    }

    enum PrivilegeChange {
        static let secretDigest = Part<SecretDigest>()
        static let at = Part<Timestamp>(after: secretDigest)
        static let familyDigest = Part<SecretDigest>(after: at)
    }
}
