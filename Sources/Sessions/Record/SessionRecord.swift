/// The data that a store keeps for one session ID.
///
/// It holds no token and nothing that can be turned into one. An ended session's record is a tombstone: it has an
/// ``end`` and no attributes.
public struct SessionRecord: Sendable {
    /// The secret before the current one, in the same generation.
    public struct Previous: Sendable, Hashable {
        /// The digest of the previous secret.
        public var digest: SecretDigest
        /// The salt of the ratchet: with the previous secret it gives the current one.
        public var nonce: RenewalNonce
        /// When a client first proved that it keeps the current secret; the overlap counts from here.
        public var successorSeenAt: Timestamp?

        /// Makes a previous secret from its parts, as a store has them.
        public init(digest: SecretDigest, nonce: RenewalNonce, successorSeenAt: Timestamp? = nil) {
            self.digest = digest
            self.nonce = nonce
            self.successorSeenAt = successorSeenAt
        }
    }

    /// The generation before the current one.
    public struct Superseded: Sendable, Hashable {
        /// The digest of the family that all secrets of that generation shared.
        public var familyDigest: SecretDigest
        /// When the privileges changed.
        public var at: Timestamp
        /// The record's revision when the privileges changed: a late sign-in may take along attributes up to it.
        public var revision: UInt64

        /// Makes a superseded generation from its parts, as a store has them.
        public init(familyDigest: SecretDigest, at: Timestamp, revision: UInt64) {
            self.familyDigest = familyDigest
            self.at = at
            self.revision = revision
        }
    }

    /// The way in which a token travels; a token works only the way it was made for.
    public enum Carrier: String, Sendable {
        /// The token is in a cookie.
        case cookie
        /// The token is in a header field.
        case header
        /// The token is in the URL.
        case url
    }

    /// The session's public name.
    public let id: SessionID
    /// The digest of the current secret.
    public var secretDigest: SecretDigest
    /// When the current secret was made, by a renewal or a change of privileges.
    public var secretIssuedAt: Timestamp
    /// The digest of the current generation's family, by which an old secret of the generation is recognized.
    public var familyDigest: SecretDigest
    /// When the session was made.
    public var createdAt: Timestamp
    /// The last use that was written; a later one may be unwritten for up to the touch interval.
    public var lastUsedAt: Timestamp
    /// The number of the generation; it moves when privileges change, and fences every write of a token holder.
    public var generation: UInt64
    /// The number of the last write, starting at 1.
    public var revision: UInt64
    /// The stored attributes; a tombstone has none.
    public var attributes: SessionAttributes
    private(set) var absoluteDeadline: Timestamp
    private(set) var terms: RecordTerms
    /// The parts that most sessions of visitors don't have.
    ///
    /// The object is never changed, since another record may hold it too.
    private var rare: Rare?

    private final class Rare: Sendable {
        let previous: Previous?
        let superseded: Superseded?
        let principal: Principal?
        let authenticatedAt: Timestamp?
        let authentications: [Authentication]
        let end: SessionEnd?

        init(
            previous: Previous?, superseded: Superseded?, principal: Principal?, authenticatedAt: Timestamp?,
            authentications: [Authentication], end: SessionEnd?
        ) {
            self.previous = previous
            self.superseded = superseded
            self.principal = principal
            self.authenticatedAt = authenticatedAt
            self.authentications = authentications
            self.end = end
        }
    }

    /// Makes a record from its parts, as a store has them.
    public init(
        id: SessionID, realm: Realm = .default, secretDigest: SecretDigest, secretIssuedAt: Timestamp,
        familyDigest: SecretDigest, previous: Previous? = nil, superseded: Superseded? = nil, createdAt: Timestamp,
        lastUsedAt: Timestamp, lifetime: SessionLifetime, generation: UInt64 = 1, revision: UInt64 = 1,
        principal: Principal? = nil, authenticatedAt: Timestamp? = nil, authentications: [Authentication] = [],
        carrier: Carrier = .cookie, end: SessionEnd? = nil, attributes: SessionAttributes = .init()
    ) {
        self.id = id
        self.secretDigest = secretDigest
        self.secretIssuedAt = secretIssuedAt
        self.familyDigest = familyDigest
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.generation = generation
        self.revision = revision
        self.attributes = attributes
        absoluteDeadline = lifetime.absoluteDeadline
        terms = RecordTerms(realm: realm, carrier: carrier, lifetime: lifetime)
        setRare(previous, superseded, principal, authenticatedAt, authentications, end)
    }

    private mutating func setRare(
        _ previous: Previous?, _ superseded: Superseded?, _ principal: Principal?, _ authenticatedAt: Timestamp?,
        _ authentications: [Authentication], _ end: SessionEnd?
    ) {
        let isEmpty =
            previous == nil && superseded == nil && principal == nil && authenticatedAt == nil
            && authentications.isEmpty && end == nil
        rare =
            isEmpty
            ? nil
            : Rare(
                previous: previous, superseded: superseded, principal: principal, authenticatedAt: authenticatedAt,
                authentications: authentications, end: end)
    }
}

extension SessionRecord {
    /// The application that the session belongs to; it never changes.
    public var realm: Realm { terms.realm }
    /// The way in which the session's token travels; it never changes.
    public var carrier: Carrier { terms.carrier }

    /// The timeouts of this session, with the deadline that they gave.
    public var lifetime: SessionLifetime {
        get {
            SessionLifetime(
                idleTimeout: terms.idleTimeout?.duration, touchInterval: terms.touchInterval.duration,
                absoluteDeadline: absoluteDeadline, retention: terms.retention.duration,
                isPersistent: terms.isPersistent)
        }
        set {
            absoluteDeadline = newValue.absoluteDeadline
            terms = RecordTerms(realm: realm, carrier: carrier, lifetime: newValue)
        }
    }

    /// The secret before the current one; `nil` where there is none or it has been forgotten.
    public var previous: Previous? {
        get { rare?.previous }
        set { setRare(newValue, superseded, principal, authenticatedAt, authentications, end) }
    }

    /// The generation before this one; `nil` in the first generation.
    public var superseded: Superseded? {
        get { rare?.superseded }
        set { setRare(previous, newValue, principal, authenticatedAt, authentications, end) }
    }

    /// The signed-in user; `nil` in a visitor's session.
    public var principal: Principal? {
        get { rare?.principal }
        set { setRare(previous, superseded, newValue, authenticatedAt, authentications, end) }
    }

    /// When the credentials of the last sign-in or step-up were checked; `nil` in a visitor's session.
    public var authenticatedAt: Timestamp? {
        get { rare?.authenticatedAt }
        set { setRare(previous, superseded, principal, newValue, authentications, end) }
    }

    /// How the user was authenticated in this session, the latest last; empty where the application didn't say.
    public var authentications: [Authentication] {
        get { rare?.authentications ?? [] }
        set { setRare(previous, superseded, principal, authenticatedAt, newValue, end) }
    }

    /// Why and when the session ended; `nil` unless the record is a tombstone.
    public var end: SessionEnd? {
        get { rare?.end }
        set { setRare(previous, superseded, principal, authenticatedAt, authentications, newValue) }
    }

    /// The owner of the session; `nil` in a visitor's session.
    public var owner: SessionOwner? { principal.map { SessionOwner(realm: realm, principal: $0) } }

    /// When the next use has to be written.
    var touchDueAt: Timestamp { lastUsedAt + terms.touchInterval }

    var isPersistent: Bool { terms.isPersistent }

    /// Whether all is as in an earlier version of the record, apart from its last use, its revision and its attributes.
    ///
    /// Where objects that hold several parts aren't the same, it is `false` without a look at the parts.
    package func differsInUseAlone(from earlier: Self) -> Bool {
        // A new lifetime comes with new terms.
        rare === earlier.rare && terms === earlier.terms && generation == earlier.generation
            && secretDigest == earlier.secretDigest && familyDigest == earlier.familyDigest
            && secretIssuedAt == earlier.secretIssuedAt && createdAt == earlier.createdAt
    }

    /// Uses the object of another record for what both have in common.
    mutating func share(_ terms: RecordTerms) { self.terms = terms }
}

extension SessionRecord {
    /// When the session ends if it isn't used again; `nil` where idleness doesn't end it.
    public var idleDeadline: Timestamp? {
        terms.idleTimeout.map { lastUsedAt + $0 + terms.touchInterval }
    }

    /// `min(lastUsedAt + idle + touch interval, absolute deadline)`: usable exactly while `now` is before it (G5).
    public var deadline: Timestamp {
        idleDeadline.map { min($0, absoluteDeadline) } ?? absoluteDeadline
    }

    /// Returns the end that is on record, or the one that a timeout has brought by `now`.
    public func end(at now: Timestamp) -> SessionEnd? {
        end ?? (now < deadline ? nil : SessionEnd(reason: .expired, at: deadline))
    }

    /// Returns the end like ``end(at:)``, with idleness judged by an earlier moment: ``SessionChanges/idleAsOf``.
    public func end(at now: Timestamp, idleAsOf moment: Timestamp?) -> SessionEnd? {
        guard let end = end(at: now) else { return nil }
        let isUsable = self.end == nil && now < absoluteDeadline && min(moment ?? now, now) < deadline
        return isUsable ? nil : end
    }

    /// When the store may forget the session, because nothing of it is needed any more.
    public var forgettableAt: Timestamp { (end?.at ?? deadline) + terms.retention }

    /// When the sweep has work here: it makes a tombstone of an expired session, and forgets an old tombstone.
    public var dueAt: Timestamp { end == nil ? deadline : forgettableAt }

    /// Replaces the record by a tombstone, which keeps the principal and the reason, and no attributes.
    public mutating func end(_ end: SessionEnd) {
        self.end = end
        attributes = .init()
        previous = nil
        superseded = nil
        revision += 1
    }
}
