package import Sessions

package func digest(_ number: UInt64) -> SecretDigest { SecretDigest(Block32(Block16(number, 1), Block16(2, ~number))) }

package func freshID() -> SessionID { SessionID(Block16(.random(in: .min ... .max), .random(in: .min ... .max))) }

package func owner(_ name: String, in realm: Realm = .default) throws -> SessionOwner {
    SessionOwner(realm: realm, principal: try Principal(name))
}

/// A session made at a moment: idle timeout 30 minutes, touch interval 1, absolute 8 hours, retention 1 hour.
///
/// - Parameters:
///   - number: tells its digests from those of other sessions
///   - principal: the user who signed in at that moment; `nil` for a visitor's session
package func record(
    _ id: SessionID, realm: Realm = .default, digests number: UInt64 = 1, principal: Principal? = nil,
    attributes: [String: String] = [:],
    at now: Timestamp
) -> SessionRecord {
    SessionRecord(
        id: id, realm: realm, secretDigest: digest(number), secretIssuedAt: now, familyDigest: digest(number + 1000),
        createdAt: now,
        lastUsedAt: now,
        lifetime: SessionLifetime(
            idleTimeout: .minutes(30), touchInterval: .minutes(1), absoluteDeadline: now + .hours(8),
            retention: .hours(1), isPersistent: false),
        principal: principal, authenticatedAt: principal == nil ? nil : now,
        attributes: SessionAttributes(attributes.map { .init(name: $0.key, json: $0.value, revision: 1) }))
}

/// Every field of a record in a form that can be compared; names, values and digests as bytes.
package func fields(_ record: SessionRecord) -> [String] {
    [
        "\(record.id)", "\(record.secretDigest.block.bytes)", "\(record.secretIssuedAt)",
        "\(record.familyDigest.block.bytes)", "\(record.previous?.digest.block.bytes ?? [])",
        "\(record.previous?.nonce.bytes ?? [])", "\(String(describing: record.previous?.successorSeenAt))",
        "\(record.superseded?.familyDigest.block.bytes ?? [])", "\(String(describing: record.superseded?.at))",
        "\(String(describing: record.superseded?.revision))", "\(record.createdAt)", "\(record.lastUsedAt)",
        "\(record.lifetime)", "\(record.generation)", "\(record.revision)",
        "\(Array((record.principal?.name ?? "").utf8))", "\(String(describing: record.authenticatedAt))",
        "\(record.realm)", record.authentications.text,
        "\(record.carrier)", "\(String(describing: record.end))",
    ] + record.attributes.map { "\(Array($0.name.utf8)) \(Array($0.json.utf8)) \($0.revision)" }
}
