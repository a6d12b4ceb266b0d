/// What a store keeps for one session ID. It holds no token and nothing that can be turned into one.
public struct SessionRecord: Sendable {
    /// The secret before the current one, in the same generation.
    public struct Previous: Sendable, Hashable {
        public var digest: SecretDigest
        /// The salt of the ratchet: with the old secret it gives the current one.
        public var nonce: Block16
        /// When a client was first seen to hold the current secret for good; the overlap counts from here.
        public var successorSeenAt: Timestamp?

        public init(digest: SecretDigest, nonce: Block16, successorSeenAt: Timestamp? = nil) {
            self.digest = digest
            self.nonce = nonce
            self.successorSeenAt = successorSeenAt
        }
    }

    /// The generation before the current one.
    public struct Superseded: Sendable, Hashable {
        public var familyDigest: SecretDigest
        public var at: Timestamp
        /// The record's revision when the privileges changed: attributes up to it may be taken along.
        public var revision: UInt64

        public init(familyDigest: SecretDigest, at: Timestamp, revision: UInt64) {
            self.familyDigest = familyDigest
            self.at = at
            self.revision = revision
        }
    }

    /// How the client carries the token. A token works only the way it was made for.
    public enum Carrier: String, Sendable {
        case cookie
        case header
        case url
    }

    public let id: SessionID
    public var secretDigest: SecretDigest
    public var secretIssuedAt: Timestamp
    public var familyDigest: SecretDigest
    public var previous: Previous?
    public var superseded: Superseded?
    public var createdAt: Timestamp
    public var lastUsedAt: Timestamp
    public var lifetime: SessionLifetime
    /// Moves when privileges change: a fence for every write of a token holder.
    public var generation: UInt64
    /// Moves with every write, starting at 1.
    public var revision: UInt64
    public var principal: Principal?
    public var authenticatedAt: Timestamp?
    public var carrier: Carrier
    public var end: SessionEnd?
    public var attributes: SessionAttributes

    public init(
        id: SessionID, secretDigest: SecretDigest, secretIssuedAt: Timestamp, familyDigest: SecretDigest,
        previous: Previous? = nil, superseded: Superseded? = nil, createdAt: Timestamp, lastUsedAt: Timestamp,
        lifetime: SessionLifetime, generation: UInt64 = 1, revision: UInt64 = 1, principal: Principal? = nil,
        authenticatedAt: Timestamp? = nil, carrier: Carrier = .cookie, end: SessionEnd? = nil,
        attributes: SessionAttributes = .init()
    ) {
        self.id = id
        self.secretDigest = secretDigest
        self.secretIssuedAt = secretIssuedAt
        self.familyDigest = familyDigest
        self.previous = previous
        self.superseded = superseded
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.lifetime = lifetime
        self.generation = generation
        self.revision = revision
        self.principal = principal
        self.authenticatedAt = authenticatedAt
        self.carrier = carrier
        self.end = end
        self.attributes = attributes
    }
}

extension SessionRecord {
    /// When idleness ends the session if nobody uses it again; `nil` where idleness doesn't.
    public var idleDeadline: Timestamp? {
        lifetime.idleTimeout.map { lastUsedAt + $0 + lifetime.touchInterval }
    }

    /// `min(lastUsedAt + idle + touch interval, absolute deadline)`: usable exactly while `now` is before it (G5).
    public var deadline: Timestamp {
        min(idleDeadline ?? lifetime.absoluteDeadline, lifetime.absoluteDeadline)
    }

    /// The end that is on record, or the one that time has brought.
    public func end(at now: Timestamp) -> SessionEnd? {
        end ?? (now < deadline ? nil : SessionEnd(reason: .expired, at: deadline))
    }

    /// When nothing more needs to be known about the session and the store forgets it.
    public var forgettableAt: Timestamp { (end?.at ?? deadline) + lifetime.retention }

    /// When the sweep has something to do here: tombstone what expired, or forget a tombstone.
    public var dueAt: Timestamp { end == nil ? deadline : forgettableAt }

    /// Replaces the record by a tombstone, which keeps who it was and why it ended, and no attributes.
    public mutating func end(_ end: SessionEnd) {
        self.end = end
        attributes = .init()
        previous = nil
        superseded = nil
        revision += 1
    }
}
