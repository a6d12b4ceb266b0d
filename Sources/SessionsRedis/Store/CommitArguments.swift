import Sessions

extension RedisCommand {
    /// Appends `ARGV` of the commit script, after its first.
    mutating func append(_ changes: SessionChanges, to id: SessionID, at now: Timestamp) {
        append(now.milliseconds)
        appendBytes(8) { if let generation = changes.expectedGeneration { $0.append(bigEndian: generation) } }
        appendBytes(8) { if let time = changes.lastUsedAt { $0.append(bigEndian: time) } }
        append(changes.lifetime.map(RecordCoding.lifetime) ?? [])
        append(changes.secretMove.map(\.argument) ?? [])
        append(changes.privilegeChange.map(\.argument) ?? [])
        append(
            changes.privilegeChange.map {
                RecordCoding.principal($0.principal, authenticatedAt: $0.authenticatedAt)
            } ?? [])
        append(changes.end.map(RecordCoding.end) ?? [])
        append(changes.movesDue ? id.block.bytes : [])
        append(Int64(changes.expectedRevisions.count))
        let sets = changes.attributes.values.count { $0 != .remove }
        append(Int64(sets))
        for (name, revision) in changes.expectedRevisions {
            append(RecordCoding.field(ofAttribute: name))
            appendBytes(8) { $0.append(bigEndian: revision) }
        }
        for case (let name, .set(let json)) in changes.attributes {
            append(RecordCoding.field(ofAttribute: name))
            append(json)
        }
        for case (let name, .remove) in changes.attributes { append(RecordCoding.field(ofAttribute: name)) }
    }

    private mutating func appendBytes(_ capacity: Int, _ fill: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(capacity)
        fill(&bytes)
        append(bytes)
    }
}

extension SessionChanges {
    /// Whether the sweep may have something to do earlier than before.
    var movesDue: Bool { lifetime != nil || end != nil }

    /// Bytes that the attributes take in a command, roughly.
    var size: Int {
        attributes.reduce(expectedRevisions.count * 64) { sum, attribute in
            if case .set(let json) = attribute.value { sum + json.utf8.count + 64 } else { sum + 64 }
        }
    }
}

extension SessionChanges.SecretMove {
    /// Expected digest 32, `r` digest 32 nonce 16 issued 8, or `s` moment 8, or `f`.
    fileprivate var argument: [UInt8] {
        var bytes = expected.block.bytes
        switch step {
        case .renew(let digest, let nonce, let issuedAt):
            bytes.append(UInt8(ascii: "r"))
            bytes += digest.block.bytes
            bytes += nonce.bytes
            bytes.append(bigEndian: issuedAt)
        case .seen(let at):
            bytes.append(UInt8(ascii: "s"))
            bytes.append(bigEndian: at)
        case .forgetPrevious:
            bytes.append(UInt8(ascii: "f"))
        }
        return bytes
    }
}

extension SessionChanges.PrivilegeChange {
    /// Secret's digest 32, moment 8, family's digest 32.
    fileprivate var argument: [UInt8] {
        var bytes = secretDigest.block.bytes
        bytes.append(bigEndian: at)
        bytes += familyDigest.block.bytes
        return bytes
    }
}
