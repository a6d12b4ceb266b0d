import Foundation
import Sessions

/// A session as its file has it: the fields of the record in types that JSON knows.
struct SessionFile: Codable {
    struct Previous: Codable {
        var digest: Data
        var nonce: Data
        var successorSeenAt: Int64?
    }

    struct Superseded: Codable {
        var familyDigest: Data
        var at: Int64
        var revision: UInt64
    }

    struct Lifetime: Codable {
        var idleTimeout: Int64?
        var touchInterval: Int64
        var absoluteDeadline: Int64
        var retention: Int64
        var isPersistent: Bool
    }

    struct End: Codable {
        var reason: String
        var at: Int64
    }

    struct Attribute: Codable {
        var name: String
        var json: String
        var revision: UInt64
    }

    var realm: String
    var secretDigest: Data
    var secretIssuedAt: Int64
    var familyDigest: Data
    var previous: Previous?
    var superseded: Superseded?
    var createdAt: Int64
    var lastUsedAt: Int64
    var lifetime: Lifetime
    var generation: UInt64
    var revision: UInt64
    var principal: String?
    var authenticatedAt: Int64?
    var authentications: String
    var carrier: String
    var end: End?
    var attributes: [Attribute]
}

extension SessionFile {
    init(_ record: SessionRecord) {
        realm = record.realm.name
        secretDigest = Data(record.secretDigest.bytes)
        secretIssuedAt = record.secretIssuedAt.milliseconds
        familyDigest = Data(record.familyDigest.bytes)
        previous = record.previous.map { previous in
            Previous(
                digest: Data(previous.digest.bytes), nonce: Data(previous.nonce.bytes),
                successorSeenAt: previous.successorSeenAt?.milliseconds)
        }
        superseded = record.superseded.map { superseded in
            Superseded(
                familyDigest: Data(superseded.familyDigest.bytes), at: superseded.at.milliseconds,
                revision: superseded.revision)
        }
        createdAt = record.createdAt.milliseconds
        lastUsedAt = record.lastUsedAt.milliseconds
        lifetime = Lifetime(
            idleTimeout: record.lifetime.idleTimeout?.milliseconds,
            touchInterval: record.lifetime.touchInterval.milliseconds,
            absoluteDeadline: record.lifetime.absoluteDeadline.milliseconds,
            retention: record.lifetime.retention.milliseconds, isPersistent: record.lifetime.isPersistent)
        generation = record.generation
        revision = record.revision
        principal = record.principal?.name
        authenticatedAt = record.authenticatedAt?.milliseconds
        authentications = record.authentications.text
        carrier = record.carrier.rawValue
        end = record.end.map { End(reason: $0.reason.rawValue, at: $0.at.milliseconds) }
        attributes = record.attributes.map { Attribute(name: $0.name, json: $0.json, revision: $0.revision) }
    }

    /// - Throws: ``SessionError/Code/corrupt`` where a field isn't what this store writes
    func record(_ id: SessionID) throws -> SessionRecord {
        guard let carrier = SessionRecord.Carrier(rawValue: carrier) else {
            throw SessionError(.corrupt, "session \(id) has an unknown carrier")
        }
        guard let authentications = [Authentication](text: authentications) else {
            throw SessionError(.corrupt, "session \(id) has authentications of an unknown form")
        }
        return SessionRecord(
            id: id, realm: try Realm(realm), secretDigest: try digest(secretDigest),
            secretIssuedAt: Timestamp(milliseconds: secretIssuedAt),
            familyDigest: try digest(familyDigest),
            previous: try previous.map { previous in
                guard let nonce = RenewalNonce(bytes: previous.nonce) else {
                    throw SessionError(.corrupt, "a nonce has 16 bytes")
                }
                return SessionRecord.Previous(
                    digest: try digest(previous.digest), nonce: nonce,
                    successorSeenAt: previous.successorSeenAt.map(Timestamp.init(milliseconds:)))
            },
            superseded: try superseded.map { superseded in
                SessionRecord.Superseded(
                    familyDigest: try digest(superseded.familyDigest), at: Timestamp(milliseconds: superseded.at),
                    revision: superseded.revision)
            },
            createdAt: Timestamp(milliseconds: createdAt), lastUsedAt: Timestamp(milliseconds: lastUsedAt),
            lifetime: SessionLifetime(
                idleTimeout: lifetime.idleTimeout.map { .milliseconds($0) },
                touchInterval: .milliseconds(lifetime.touchInterval),
                absoluteDeadline: Timestamp(milliseconds: lifetime.absoluteDeadline),
                retention: .milliseconds(lifetime.retention), isPersistent: lifetime.isPersistent),
            generation: generation, revision: revision, principal: try principal.map { try Principal($0) },
            authenticatedAt: authenticatedAt.map(Timestamp.init(milliseconds:)),
            authentications: authentications, carrier: carrier,
            end: end.map { SessionEnd(reason: .init(rawValue: $0.reason), at: Timestamp(milliseconds: $0.at)) },
            attributes: SessionAttributes(
                attributes.map { .init(name: $0.name, json: $0.json, revision: $0.revision) }))
    }

    private func digest(_ data: Data) throws -> SecretDigest {
        guard let digest = SecretDigest(bytes: data) else { throw SessionError(.corrupt, "a digest has 32 bytes") }
        return digest
    }
}
