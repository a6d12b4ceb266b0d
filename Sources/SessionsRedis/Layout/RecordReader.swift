import Sessions
import SessionsRedisClient

/// Reads the answer to `HGETALL`: names and values by turns, as ``RecordLayout`` says.
struct RecordReader {
    let id: SessionID

    /// - Returns: `nil` for an empty answer, which is how Redis says that there is no such key
    /// - Throws: `SessionError.Code.corrupt` with the session's ID and the field, and never a value
    func session(_ replies: some RandomAccessCollection<RedisReply>) throws(SessionError) -> StoredSession? {
        if replies.isEmpty { return nil }
        guard replies.count.isMultiple(of: 2) else { throw corrupt("its hash has a field without a value") }
        var fields = Fields()
        var attributes: [SessionAttributes.Attribute] = []
        var index = replies.startIndex
        while index != replies.endIndex {
            let next = replies.index(after: index)
            guard case .bytes(let name) = replies[index], case .bytes(let value) = replies[next], let first = name.first
            else { throw corrupt("its hash holds something that isn't text") }
            index = replies.index(after: next)
            if first == RecordLayout.Attribute.name.byte {
                attributes.append(try attribute(name.dropFirst(), value))
            } else if name.count == 1 {
                fields.add(first, value)
            }
        }
        return try session(of: fields, attributes)
    }

    /// The values by the names of their fields, which are few.
    private struct Fields {
        private var values: [(name: UInt8, value: ArraySlice<UInt8>)] = []

        init() { values.reserveCapacity(10) }

        subscript(name: UInt8) -> ArraySlice<UInt8>? {
            // Not by value, which would retain each of them.
            for index in values.indices where values[index].name == name { return values[index].value }
            return nil
        }

        mutating func add(_ name: UInt8, _ value: ArraySlice<UInt8>) { values.append((name, value)) }
    }

    private func session(
        of fields: Fields, _ attributes: [SessionAttributes.Attribute]
    ) throws(SessionError) -> StoredSession {
        func field<Layout: FieldLayout>(_: Layout.Type) throws(SessionError) -> FieldReader {
            guard let bytes = fields[Layout.name.byte] else {
                throw corrupt("its hash lacks the field \"\(Layout.name)\"")
            }
            let field = try FieldReader(Layout.self, bytes, of: id)
            try field.end(at: Layout.size)
            return field
        }
        typealias Layout = RecordLayout
        let (hot, secret) = (try field(Layout.Hot.self), try field(Layout.Secret.self))
        let (lifetime, family) = (try field(Layout.Lifetime.self), try field(Layout.Family.self))
        let idle = try lifetime[Layout.Lifetime.idleTimeout]
        var record = SessionRecord(
            id: id, realm: try realm(fields[Layout.RealmName.name.byte]),
            secretDigest: try secret[Layout.Secret.digest],
            secretIssuedAt: try secret[Layout.Secret.issuedAt], familyDigest: try family[Layout.Family.digest],
            createdAt: try family[Layout.Family.createdAt], lastUsedAt: try hot[Layout.Hot.lastUsedAt],
            lifetime: SessionLifetime(
                idleTimeout: idle < 0 ? nil : .milliseconds(idle),
                touchInterval: .milliseconds(try lifetime[Layout.Lifetime.touchInterval]),
                absoluteDeadline: try lifetime[Layout.Lifetime.absoluteDeadline],
                retention: .milliseconds(try lifetime[Layout.Lifetime.retention]),
                isPersistent: try lifetime[Layout.Lifetime.isPersistent] != 0),
            generation: try hot.counter(Layout.Hot.generation), revision: try hot.counter(Layout.Hot.revision),
            carrier: try family[Layout.Family.carrier], attributes: SessionAttributes(attributes))
        record.previous = try fields[Layout.Previous.name.byte].map(previous)
        record.superseded = try fields[Layout.Superseded.name.byte].map(superseded)
        if let bytes = fields[Layout.SignIn.name.byte] { try readSignIn(bytes, into: &record) }
        if let bytes = fields[Layout.Authentications.name.byte] {
            record.authentications = try authentications(bytes)
        }
        record.end = try fields[Layout.End.name.byte].map(end)
        return StoredSession(record: record, stamp: try hot[Layout.Hot.stamp])
    }

    private func previous(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> SessionRecord.Previous {
        typealias Previous = RecordLayout.Previous
        let unseen = Previous.successorSeenAt.offset
        let field = try FieldReader(Previous.self, bytes, of: id, atLeast: unseen)
        let isSeen = bytes.count > unseen
        try field.end(at: isSeen ? Previous.size : unseen)
        return .init(
            digest: try field[Previous.digest], nonce: RenewalNonce(try field[Previous.nonce]),
            successorSeenAt: isSeen ? try field[Previous.successorSeenAt] : nil)
    }

    private func superseded(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> SessionRecord.Superseded {
        typealias Superseded = RecordLayout.Superseded
        let field = try FieldReader(Superseded.self, bytes, of: id)
        try field.end(at: Superseded.size)
        return .init(
            familyDigest: try field[Superseded.familyDigest], at: try field[Superseded.at],
            revision: try field[Superseded.revision])
    }

    private func readSignIn(_ bytes: ArraySlice<UInt8>, into record: inout SessionRecord) throws(SessionError) {
        typealias SignIn = RecordLayout.SignIn
        let field = try FieldReader(SignIn.self, bytes, of: id)
        let authenticatedAt = try field[SignIn.authenticatedAt]
        record.authenticatedAt = authenticatedAt.milliseconds == .min ? nil : authenticatedAt
        let name = try field[SignIn.principal]
        if name.isEmpty { return }
        guard let principal = try? Principal(name) else { throw field.corrupt }
        record.principal = principal
    }

    /// - Parameter bytes: `nil` where the field isn't there
    private func realm(_ bytes: ArraySlice<UInt8>?) throws(SessionError) -> Realm {
        guard let bytes else { return .default }
        let field = try FieldReader(RecordLayout.RealmName.self, bytes, of: id)
        guard let realm = try? Realm(try field[RecordLayout.RealmName.text]) else { throw field.corrupt }
        return realm
    }

    private func authentications(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> [Authentication] {
        let field = try FieldReader(RecordLayout.Authentications.self, bytes, of: id)
        guard let list = [Authentication](text: try field[RecordLayout.Authentications.text]) else {
            throw field.corrupt
        }
        return list
    }

    private func end(_ bytes: ArraySlice<UInt8>) throws(SessionError) -> SessionEnd {
        let field = try FieldReader(RecordLayout.End.self, bytes, of: id)
        return SessionEnd(
            reason: .init(rawValue: try field[RecordLayout.End.reason]), at: try field[RecordLayout.End.at])
    }

    private func attribute(
        _ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>
    ) throws(SessionError) -> SessionAttributes.Attribute {
        let field = try FieldReader(RecordLayout.Attribute.self, value, of: id)
        guard let name = String(validating: name, as: UTF8.self) else { throw field.corrupt }
        return .init(
            name: name, json: try field[RecordLayout.Attribute.json],
            revision: try field[RecordLayout.Attribute.revision])
    }

    private func corrupt(_ problem: String) -> SessionError {
        SessionError(.corrupt, "session \(id) can't be read: \(problem)")
    }
}
