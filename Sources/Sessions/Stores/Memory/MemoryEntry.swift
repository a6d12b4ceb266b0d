/// One record as the memory store keeps it: what most sessions don't have stands in a part of its own.
///
/// It belongs to its shard and is used under the shard's lock only.
final class MemoryEntry {
    /// What a visitor's session between two renewals has none of.
    private final class Rare {
        let previous: SessionRecord.Previous?
        let superseded: SessionRecord.Superseded?
        let principal: Principal?
        let authenticatedAt: Timestamp?
        let end: SessionEnd?

        init?(_ record: SessionRecord) {
            guard
                record.previous != nil || record.superseded != nil || record.principal != nil
                    || record.authenticatedAt != nil || record.end != nil
            else { return nil }
            previous = record.previous
            superseded = record.superseded
            principal = record.principal
            authenticatedAt = record.authenticatedAt
            end = record.end
        }
    }

    let id: SessionID
    private var secretDigest: SecretDigest
    private var familyDigest: SecretDigest
    private var secretIssuedAt: Timestamp
    private var createdAt: Timestamp
    private var lastUsedAt: Timestamp
    private var absoluteDeadline: Timestamp
    private(set) var terms: MemoryTerms
    private var generation: UInt64
    private var revision: UInt64
    private var attributes: SessionAttributes
    private var rare: Rare?
    /// When there may be something to sweep: never later than the record's `dueAt`.
    var dueBound: Timestamp
    var heapIndex: Int32 = -1
    private var carrier: SessionRecord.Carrier

    init(_ record: SessionRecord, terms: MemoryTerms) {
        id = record.id
        secretDigest = record.secretDigest
        familyDigest = record.familyDigest
        secretIssuedAt = record.secretIssuedAt
        createdAt = record.createdAt
        lastUsedAt = record.lastUsedAt
        absoluteDeadline = record.lifetime.absoluteDeadline
        self.terms = terms
        generation = record.generation
        revision = record.revision
        attributes = record.attributes
        rare = Rare(record)
        dueBound = record.dueAt
        carrier = record.carrier
    }

    func replace(with record: SessionRecord, terms: MemoryTerms) {
        secretDigest = record.secretDigest
        familyDigest = record.familyDigest
        secretIssuedAt = record.secretIssuedAt
        lastUsedAt = record.lastUsedAt
        absoluteDeadline = record.lifetime.absoluteDeadline
        self.terms = terms
        generation = record.generation
        revision = record.revision
        attributes = record.attributes
        rare = Rare(record)
    }

    var record: SessionRecord {
        SessionRecord(
            id: id, secretDigest: secretDigest, secretIssuedAt: secretIssuedAt, familyDigest: familyDigest,
            previous: rare?.previous, superseded: rare?.superseded, createdAt: createdAt, lastUsedAt: lastUsedAt,
            lifetime: SessionLifetime(
                idleTimeout: terms.idleTimeout, touchInterval: terms.touchInterval,
                absoluteDeadline: absoluteDeadline, retention: terms.retention, isPersistent: terms.isPersistent),
            generation: generation, revision: revision, principal: rare?.principal,
            authenticatedAt: rare?.authenticatedAt, carrier: carrier, end: rare?.end, attributes: attributes)
    }
}

/// The part of a lifetime that most sessions of an application share, and so one object of the store serves them.
final class MemoryTerms: Sendable {
    let idleTimeout: Duration?
    let touchInterval: Duration
    let retention: Duration
    let isPersistent: Bool

    init(_ lifetime: SessionLifetime) {
        idleTimeout = lifetime.idleTimeout
        touchInterval = lifetime.touchInterval
        retention = lifetime.retention
        isPersistent = lifetime.isPersistent
    }

    func match(_ lifetime: SessionLifetime) -> Bool {
        idleTimeout == lifetime.idleTimeout && touchInterval == lifetime.touchInterval
            && retention == lifetime.retention && isPersistent == lifetime.isPersistent
    }
}
