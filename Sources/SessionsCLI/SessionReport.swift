import Sessions

/// A session as `--json` prints it: everything but digests and values.
struct SessionReport: Encodable {
    struct Attribute: Encodable {
        let name: String
        let bytes: Int
    }
    struct Method: Encodable {
        let method: String
        let at: String
    }
    struct End: Encodable {
        let reason: String
        let at: String

        init(_ end: SessionEnd) {
            reason = end.reason.rawValue
            at = "\(end.at)"
        }
    }

    let id, realm: String
    let principal: String?
    let createdAt, lastUsedAt: String
    let idleDeadline: String?
    let absoluteDeadline: String
    let authenticatedAt: String?
    let authentications: [Method]
    let generation: UInt64
    let carrier: String
    let isPersistent: Bool
    let attributes: [Attribute]
    let end: End?

    init(_ record: SessionRecord, at now: Timestamp) {
        id = "\(record.id)"
        realm = "\(record.realm)"
        principal = record.principal?.name
        createdAt = "\(record.createdAt)"
        lastUsedAt = "\(record.lastUsedAt)"
        idleDeadline = record.idleDeadline.map { "\($0)" }
        absoluteDeadline = "\(record.lifetime.absoluteDeadline)"
        authenticatedAt = record.authenticatedAt.map { "\($0)" }
        authentications = record.authentications.map { .init(method: $0.method.rawValue, at: "\($0.at)") }
        generation = record.generation
        carrier = record.carrier.rawValue
        isPersistent = record.lifetime.isPersistent
        attributes = record.attributes.map { .init(name: $0.name, bytes: $0.json.utf8.count) }
        end = record.end(at: now).map { End($0) }
    }
}
