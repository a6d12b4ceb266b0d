import Sessions

/// Writes a session as the fields of its hash, as ``RecordLayout`` says.
enum RecordCoding {
    static func fields(of record: SessionRecord, stamp: UInt64) -> [(name: [UInt8], value: [UInt8])] {
        var fields: [(name: [UInt8], value: [UInt8])] = []
        func add(_ layout: any FieldLayout.Type, _ value: [UInt8]) { fields.append((layout.name.bytes, value)) }
        add(RecordLayout.Hot.self, hot(record, stamp: stamp))
        add(RecordLayout.Lifetime.self, lifetime(record.lifetime))
        add(RecordLayout.Secret.self, secret(record))
        add(RecordLayout.Family.self, family(record))
        if let previous = record.previous { add(RecordLayout.Previous.self, self.previous(previous)) }
        if let superseded = record.superseded { add(RecordLayout.Superseded.self, self.superseded(superseded)) }
        if record.principal != nil || record.authenticatedAt != nil {
            add(RecordLayout.SignIn.self, signIn(record.principal, authenticatedAt: record.authenticatedAt))
        }
        if !record.authentications.isEmpty {
            add(RecordLayout.Authentications.self, authentications(record.authentications))
        }
        if record.realm != .default { add(RecordLayout.RealmName.self, Array(record.realm.name.utf8)) }
        if let end = record.end { add(RecordLayout.End.self, self.end(end)) }
        for attribute in record.attributes {
            fields.append((field(ofAttribute: attribute.name), self.attribute(attribute)))
        }
        return fields
    }

    static func field(ofAttribute name: String) -> [UInt8] {
        RecordLayout.Attribute.name.bytes + name.utf8
    }

    /// A value alone, as the part of a field would hold it.
    static func bytes<Value: Packed>(_ value: Value) -> [UInt8] {
        PackedBytes.of(Value.width) { $0.put(value, at: Part()) }
    }

    static func hot(_ record: SessionRecord, stamp: UInt64) -> [UInt8] {
        typealias Hot = RecordLayout.Hot
        return PackedBytes.of(Hot.size) { field in
            field.put(record.revision, at: Hot.revision)
            field.put(record.generation, at: Hot.generation)
            field.put(record.lastUsedAt, at: Hot.lastUsedAt)
            field.put(stamp, at: Hot.stamp)
        }
    }

    static func lifetime(_ lifetime: SessionLifetime) -> [UInt8] {
        typealias Lifetime = RecordLayout.Lifetime
        return PackedBytes.of(Lifetime.size) { field in
            field.put(lifetime.idleTimeout?.milliseconds ?? -1, at: Lifetime.idleTimeout)
            field.put(lifetime.touchInterval.milliseconds, at: Lifetime.touchInterval)
            field.put(lifetime.absoluteDeadline, at: Lifetime.absoluteDeadline)
            field.put(lifetime.retention.milliseconds, at: Lifetime.retention)
            field.put(lifetime.isPersistent ? 1 : 0, at: Lifetime.isPersistent)
        }
    }

    static func secret(_ record: SessionRecord) -> [UInt8] {
        typealias Secret = RecordLayout.Secret
        return PackedBytes.of(Secret.size) { field in
            field.put(record.secretDigest, at: Secret.digest)
            field.put(record.secretIssuedAt, at: Secret.issuedAt)
        }
    }

    private static func family(_ record: SessionRecord) -> [UInt8] {
        typealias Family = RecordLayout.Family
        return PackedBytes.of(Family.size) { field in
            field.put(record.familyDigest, at: Family.digest)
            field.put(record.createdAt, at: Family.createdAt)
            field.put(record.carrier, at: Family.carrier)
        }
    }

    static func previous(_ previous: SessionRecord.Previous) -> [UInt8] {
        typealias Previous = RecordLayout.Previous
        let size = previous.successorSeenAt == nil ? Previous.successorSeenAt.offset : Previous.size
        return PackedBytes.of(size) { field in
            field.put(previous.digest, at: Previous.digest)
            field.put(previous.nonce.block, at: Previous.nonce)
            if let seen = previous.successorSeenAt { field.put(seen, at: Previous.successorSeenAt) }
        }
    }

    private static func superseded(_ superseded: SessionRecord.Superseded) -> [UInt8] {
        typealias Superseded = RecordLayout.Superseded
        return PackedBytes.of(Superseded.size) { field in
            field.put(superseded.familyDigest, at: Superseded.familyDigest)
            field.put(superseded.at, at: Superseded.at)
            field.put(superseded.revision, at: Superseded.revision)
        }
    }

    static func signIn(_ principal: Principal?, authenticatedAt: Timestamp?) -> [UInt8] {
        typealias SignIn = RecordLayout.SignIn
        return PackedBytes.of(SignIn.size) { field in
            field.put(authenticatedAt ?? Timestamp(milliseconds: .min), at: SignIn.authenticatedAt)
            field.put(principal?.name ?? "", at: SignIn.principal)
        }
    }

    static func authentications(_ authentications: [Authentication]) -> [UInt8] { Array(authentications.text.utf8) }

    static func end(_ end: SessionEnd) -> [UInt8] {
        typealias End = RecordLayout.End
        return PackedBytes.of(End.size) { field in
            field.put(end.at, at: End.at)
            field.put(end.reason.rawValue, at: End.reason)
        }
    }

    static func attribute(_ attribute: SessionAttributes.Attribute) -> [UInt8] {
        typealias Attribute = RecordLayout.Attribute
        return PackedBytes.of(Attribute.size) { field in
            field.put(attribute.revision, at: Attribute.revision)
            field.put(attribute.json, at: Attribute.json)
        }
    }
}
