import Sessions
import SessionsRedisClient

extension RedisCommand {
    /// Appends the arguments of the commit script, after the moment that every fenced script begins with.
    mutating func append(_ changes: SessionChanges, to id: SessionID, at now: Timestamp, stamp: UInt64) {
        for argument in CommitArgument.allCases {
            switch argument {
            case .latest: continue
            case .now: append(now.milliseconds)
            case .idleAsOf: append(changes.idleAsOf.map { Array(String($0.milliseconds).utf8) } ?? [])
            case .generation: append(changes.expectedGeneration.map(RecordCoding.bytes) ?? [])
            case .unusedSince: append(changes.unusedSince.map { Array(String($0.milliseconds).utf8) } ?? [])
            case .lastUsedAt: append(changes.lastUsedAt.map(RecordCoding.bytes) ?? [])
            case .lifetime: append(changes.lifetime.map(RecordCoding.lifetime) ?? [])
            case .secretMove: append(changes.secretMove.map(\.argument) ?? [])
            case .privilegeChange: append(changes.privilegeChange.map(\.argument) ?? [])
            case .signIn:
                append(
                    changes.privilegeChange.map {
                        RecordCoding.signIn($0.principal, authenticatedAt: $0.authenticatedAt)
                    } ?? [])
            case .authentications:
                append(changes.privilegeChange.map { RecordCoding.authentications($0.authentications) } ?? [])
            case .end: append(changes.end.map(RecordCoding.end) ?? [])
            case .id: append(changes.movesDue ? id.block.bytes : [])
            case .stamp: append(RecordCoding.bytes(stamp))
            case .expectations: append(Int64(changes.expectedRevisions.count))
            case .sets: append(Int64(changes.attributes.values.count { $0 != .remove }))
            }
        }
        for (name, revision) in changes.expectedRevisions {
            append(RecordCoding.field(ofAttribute: name))
            append(RecordCoding.bytes(revision))
        }
        for case (let name, .set(let json)) in changes.attributes {
            append(RecordCoding.field(ofAttribute: name))
            append(json)
        }
        for case (let name, .remove) in changes.attributes { append(RecordCoding.field(ofAttribute: name)) }
    }

    /// Appends the arguments of the script that commits to a known session, after the moment that every fenced script begins
    /// with.
    ///
    /// - Parameter kept: `nil` where the time stays at which Redis deletes the key
    mutating func append(
        _ changes: SessionChanges, to known: StoredSession, which becomes: StoredSession,
        millisecondsKept kept: Int64?
    ) {
        let hot = RecordCoding.hot(known.record, stamp: known.stamp)
        var set = [(RecordLayout.Hot.name.bytes, RecordCoding.hot(becomes.record, stamp: becomes.stamp))]
        let (known, record) = (known.record, becomes.record)
        var removed: [[UInt8]] = []
        if record.secretDigest != known.secretDigest || record.secretIssuedAt != known.secretIssuedAt {
            set.append((RecordLayout.Secret.name.bytes, RecordCoding.secret(record)))
        }
        if let previous = record.previous {
            if previous != known.previous {
                set.append((RecordLayout.Previous.name.bytes, RecordCoding.previous(previous)))
            }
        } else if known.previous != nil {
            removed.append(RecordLayout.Previous.name.bytes)
        }
        for (name, _) in changes.attributes {
            if let attribute = record.attributes[name] {
                set.append((RecordCoding.field(ofAttribute: name), RecordCoding.attribute(attribute)))
            } else if known.attributes[name] != nil {
                removed.append(RecordCoding.field(ofAttribute: name))
            }
        }
        for argument in KnownCommitArgument.allCases {
            switch argument {
            case .latest: continue
            case .hot: append(hot)
            case .kept: if let kept { append(kept) } else { append([]) }
            case .isFrugal: append(changes.attributes.values.allSatisfy { $0 == .remove } ? 1 : 0)
            case .last: append(Int64(KnownCommitArgument.following - 1 + set.count * 2))
            }
        }
        for (name, value) in set {
            append(name)
            append(value)
        }
        for name in removed { append(name) }
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
    fileprivate var argument: [UInt8] {
        typealias Move = CommitArgument.SecretMove
        func packed(_ size: Int, _ kind: Move.Kind, _ fill: (inout PackedBytes) -> Void = { _ in }) -> [UInt8] {
            PackedBytes.of(size) { bytes in
                bytes.put(expected, at: Move.expected)
                bytes.put(kind, at: Move.kind)
                fill(&bytes)
            }
        }
        switch step {
        case .renew(let digest, let nonce, let issuedAt):
            return packed(Move.issuedAt.end, .renew) { bytes in
                bytes.put(digest, at: Move.digest)
                bytes.put(nonce.block, at: Move.nonce)
                bytes.put(issuedAt, at: Move.issuedAt)
            }
        case .seen(let at):
            return packed(Move.seenAt.end, .seen) { $0.put(at, at: Move.seenAt) }
        case .forgetPrevious:
            return packed(Move.kind.end, .forgetPrevious)
        }
    }
}

extension SessionChanges.PrivilegeChange {
    fileprivate var argument: [UInt8] {
        typealias Change = CommitArgument.PrivilegeChange
        return PackedBytes.of(Change.familyDigest.end) { bytes in
            bytes.put(secretDigest, at: Change.secretDigest)
            bytes.put(at, at: Change.at)
            bytes.put(familyDigest, at: Change.familyDigest)
        }
    }
}
