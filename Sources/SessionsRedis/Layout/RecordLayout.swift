import Sessions

/// How a session stands in its hash: the one table that the Swift code and the scripts are both made from.
///
/// A session is a few short fields with fixed parts, and one for each attribute. Numbers are big-endian, times in
/// milliseconds. No field but an attribute's or a long name's passes 64 bytes, so Redis keeps small sessions in its
/// compact form.
enum RecordLayout {
    /// What every commit moves.
    enum Hot: FieldLayout {
        static let name = FieldName("h")
        static let revision = Part<UInt64>()
        static let generation = Part<UInt64>(after: revision)
        static let lastUsedAt = Part<Timestamp>(after: generation)
        /// Tells apart two writes that count the same revision, which happens where Redis has lost the first of them.
        static let stamp = Part<UInt64>(after: lastUsedAt)
        static let size = stamp.end
    }

    enum Lifetime: FieldLayout {
        static let name = FieldName("l")
        /// Milliseconds; -1 for none.
        static let idleTimeout = Part<Int64>()
        static let touchInterval = Part<Int64>(after: idleTimeout)
        static let absoluteDeadline = Part<Timestamp>(after: touchInterval)
        static let retention = Part<Int64>(after: absoluteDeadline)
        /// 0 or 1.
        static let isPersistent = Part<UInt8>(after: retention)
        static let size = isPersistent.end
    }

    enum Secret: FieldLayout {
        static let name = FieldName("s")
        static let digest = Part<SecretDigest>()
        static let issuedAt = Part<Timestamp>(after: digest)
        static let size = issuedAt.end
    }

    enum Family: FieldLayout {
        static let name = FieldName("f")
        static let digest = Part<SecretDigest>()
        static let createdAt = Part<Timestamp>(after: digest)
        static let carrier = Part<SessionRecord.Carrier>(after: createdAt)
        static let size = carrier.end
    }

    /// There during a renewal; without its last part until the successor was seen.
    enum Previous: FieldLayout {
        static let name = FieldName("p")
        static let digest = Part<SecretDigest>()
        static let nonce = Part<Block16>(after: digest)
        static let successorSeenAt = Part<Timestamp>(after: nonce)
        static let size = successorSeenAt.end
    }

    /// There after a privilege change.
    enum Superseded: FieldLayout {
        static let name = FieldName("o")
        static let familyDigest = Part<SecretDigest>()
        static let at = Part<Timestamp>(after: familyDigest)
        static let revision = Part<UInt64>(after: at)
        static let size = revision.end
    }

    /// There once a user signed in.
    enum SignIn: FieldLayout {
        static let name = FieldName("u")
        /// `Int64.min` for never.
        static let authenticatedAt = Part<Timestamp>()
        /// The principal's name.
        static let principal = Rest(after: authenticatedAt)
        static let size = principal.offset
    }

    /// How the principal was authenticated; there where the application said so.
    enum Authentications: FieldLayout {
        static let name = FieldName("a")
        static let text = Rest()
        static let size = text.offset
    }

    /// There where it isn't the default one.
    enum RealmName: FieldLayout {
        static let name = FieldName("r")
        static let text = Rest()
        static let size = text.offset
    }

    /// There on a tombstone.
    enum End: FieldLayout {
        static let name = FieldName("e")
        static let at = Part<Timestamp>()
        static let reason = Rest(after: at)
        static let size = reason.offset
    }

    /// One for each attribute, whose own name follows the field's.
    enum Attribute: FieldLayout {
        static let name = FieldName(".")
        static let revision = Part<UInt64>()
        static let json = Rest(after: revision)
        static let size = json.offset
    }

    /// Without these there is no session.
    static let required: [any FieldLayout.Type] = [Hot.self, Lifetime.self, Secret.self, Family.self]

    /// What stays of a session that is over, beside why.
    static let keptInTombstones: [any FieldLayout.Type] =
        required + [
            SignIn.self, Authentications.self, RealmName.self,
        ]

    /// Scripts count revisions in doubles, which are exact below this.
    static let largestCounter: UInt64 = 1 << 53
}
