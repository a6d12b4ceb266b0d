import Sessions

/// A session as the fields of a hash: eight short binary ones, and one for each attribute.
///
/// | field | holds | there |
/// | --- | --- | --- |
/// | `h` | revision 8, generation 8, last use 8 | always |
/// | `l` | idle timeout 8 (-1: none), touch interval 8, absolute deadline 8, retention 8, persistent 1 | always |
/// | `s` | secret's digest 32, issued 8 | always |
/// | `f` | family's digest 32, created 8, carrier 1 (`c`, `h`, `u`) | always |
/// | `p` | previous digest 32, nonce 16, successor seen 8 or nothing | during a renewal |
/// | `o` | superseded family's digest 32, when 8, revision 8 | after a privilege change |
/// | `u` | authenticated 8 (`Int64.min`: never), principal's name | once a principal signed in |
/// | `e` | ended 8, reason | on a tombstone |
/// | `.NAME` | revision 8, JSON | an attribute each |
///
/// Numbers are big-endian, times in milliseconds. No field but an attribute's or a long name's passes 64 bytes, so
/// Redis keeps small sessions in its compact form.
enum RecordCoding {
    /// Scripts count revisions in doubles, which are exact below this.
    static let largestCounter: UInt64 = 1 << 53

    static func fields(of record: SessionRecord) -> [(name: [UInt8], value: [UInt8])] {
        var fields: [(name: [UInt8], value: [UInt8])] = [
            (Name.hot, hot(record)), (Name.lifetime, lifetime(record.lifetime)),
            (Name.secret, secret(record.secretDigest, issuedAt: record.secretIssuedAt)),
            (Name.family, family(record)),
        ]
        if let previous = record.previous { fields.append((Name.previous, self.previous(previous))) }
        if let superseded = record.superseded { fields.append((Name.superseded, self.superseded(superseded))) }
        if record.principal != nil || record.authenticatedAt != nil {
            fields.append((Name.principal, principal(record.principal, authenticatedAt: record.authenticatedAt)))
        }
        if let end = record.end { fields.append((Name.end, self.end(end))) }
        for attribute in record.attributes {
            var value: [UInt8] = []
            value.reserveCapacity(8 + attribute.json.utf8.count)
            value.append(bigEndian: attribute.revision)
            value += attribute.json.utf8
            fields.append((field(ofAttribute: attribute.name), value))
        }
        return fields
    }

    enum Name {
        static let hot = Array("h".utf8)
        static let lifetime = Array("l".utf8)
        static let secret = Array("s".utf8)
        static let family = Array("f".utf8)
        static let previous = Array("p".utf8)
        static let superseded = Array("o".utf8)
        static let principal = Array("u".utf8)
        static let end = Array("e".utf8)
    }

    static func field(ofAttribute name: String) -> [UInt8] {
        [UInt8(ascii: ".")] + name.utf8
    }

    static func hot(_ record: SessionRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes.append(bigEndian: record.revision)
        bytes.append(bigEndian: record.generation)
        bytes.append(bigEndian: record.lastUsedAt)
        return bytes
    }

    static func lifetime(_ lifetime: SessionLifetime) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(33)
        bytes.append(bigEndian: lifetime.idleTimeout?.milliseconds ?? -1)
        bytes.append(bigEndian: lifetime.touchInterval.milliseconds)
        bytes.append(bigEndian: lifetime.absoluteDeadline)
        bytes.append(bigEndian: lifetime.retention.milliseconds)
        bytes.append(lifetime.isPersistent ? 1 : 0)
        return bytes
    }

    static func secret(_ digest: SecretDigest, issuedAt: Timestamp) -> [UInt8] {
        var bytes = digest.block.bytes
        bytes.append(bigEndian: issuedAt)
        return bytes
    }

    static func family(_ record: SessionRecord) -> [UInt8] {
        var bytes = record.familyDigest.block.bytes
        bytes.append(bigEndian: record.createdAt)
        bytes.append(record.carrier.letter)
        return bytes
    }

    static func previous(_ previous: SessionRecord.Previous) -> [UInt8] {
        var bytes = previous.digest.block.bytes + previous.nonce.bytes
        if let seen = previous.successorSeenAt { bytes.append(bigEndian: seen) }
        return bytes
    }

    static func superseded(_ superseded: SessionRecord.Superseded) -> [UInt8] {
        var bytes = superseded.familyDigest.block.bytes
        bytes.append(bigEndian: superseded.at)
        bytes.append(bigEndian: superseded.revision)
        return bytes
    }

    static func principal(_ principal: Principal?, authenticatedAt: Timestamp?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: authenticatedAt ?? Timestamp(milliseconds: .min))
        if let principal { bytes += principal.name.utf8 }
        return bytes
    }

    static func end(_ end: SessionEnd) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: end.at)
        bytes += end.reason.rawValue.utf8
        return bytes
    }
}

extension SessionRecord.Carrier {
    var letter: UInt8 {
        switch self {
        case .cookie: UInt8(ascii: "c")
        case .header: UInt8(ascii: "h")
        case .url: UInt8(ascii: "u")
        }
    }

    init?(letter: UInt8) {
        switch letter {
        case UInt8(ascii: "c"): self = .cookie
        case UInt8(ascii: "h"): self = .header
        case UInt8(ascii: "u"): self = .url
        default: return nil
        }
    }
}

extension [UInt8] {
    mutating func append(bigEndian number: UInt64) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(bigEndian number: Int64) { append(bigEndian: UInt64(bitPattern: number)) }

    mutating func append(bigEndian time: Timestamp) { append(bigEndian: time.milliseconds) }
}
