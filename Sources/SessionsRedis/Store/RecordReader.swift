import Sessions

/// Reads the answer to `HGETALL`: names and values by turns.
struct RecordReader {
    let id: SessionID

    /// - Returns: `nil` for an empty answer, which is how Redis says that there is no such key
    /// - Throws: ``SessionError/Code/corrupt`` with the session's ID and the field, and never a value
    func record(_ fields: some RandomAccessCollection<RedisReply>) throws(SessionError) -> SessionRecord? {
        if fields.isEmpty { return nil }
        guard fields.count.isMultiple(of: 2) else { throw corrupt("its hash has a field without a value") }
        var (hot, lifetime, secret, family): (Field?, Field?, Field?, Field?)
        var (previous, superseded, principal, end): (Field?, Field?, Field?, Field?)
        var attributes: [SessionAttributes.Attribute] = []
        var index = fields.startIndex
        while index != fields.endIndex {
            let next = fields.index(after: index)
            guard case .bytes(let name) = fields[index], case .bytes(let value) = fields[next], let first = name.first
            else { throw corrupt("its hash holds something that isn't text") }
            index = fields.index(after: next)
            if first == UInt8(ascii: ".") {
                attributes.append(try attribute(name.dropFirst(), value))
                continue
            }
            guard name.count == 1 else { continue }
            let field = Field(name: first, bytes: value, id: id)
            switch first {
            case UInt8(ascii: "h"): hot = field
            case UInt8(ascii: "l"): lifetime = field
            case UInt8(ascii: "s"): secret = field
            case UInt8(ascii: "f"): family = field
            case UInt8(ascii: "p"): previous = field
            case UInt8(ascii: "o"): superseded = field
            case UInt8(ascii: "u"): principal = field
            case UInt8(ascii: "e"): end = field
            default: break
            }
        }
        guard var hot, var lifetime, var secret, var family else { throw corrupt("its hash lacks a field") }
        let (revision, generation, lastUsedAt) = (try hot.counter(), try hot.counter(), try hot.time())
        let (secretDigest, secretIssuedAt) = (try secret.digest(), try secret.time())
        let (familyDigest, createdAt, letter) = (try family.digest(), try family.time(), try family.byte())
        guard let carrier = SessionRecord.Carrier(letter: letter) else { throw family.corrupt }
        let idle = try lifetime.integer()
        var record = SessionRecord(
            id: id, secretDigest: secretDigest, secretIssuedAt: secretIssuedAt, familyDigest: familyDigest,
            createdAt: createdAt, lastUsedAt: lastUsedAt,
            lifetime: SessionLifetime(
                idleTimeout: idle < 0 ? nil : .milliseconds(idle),
                touchInterval: .milliseconds(try lifetime.integer()), absoluteDeadline: try lifetime.time(),
                retention: .milliseconds(try lifetime.integer()), isPersistent: try lifetime.byte() != 0),
            generation: generation, revision: revision, carrier: carrier, attributes: SessionAttributes(attributes))
        for field in [hot, lifetime, secret, family] where !field.isAtEnd { throw field.corrupt }
        if var previous {
            record.previous = .init(
                digest: try previous.digest(), nonce: try previous.block(),
                successorSeenAt: previous.isAtEnd ? nil : try previous.time())
            guard previous.isAtEnd else { throw previous.corrupt }
        }
        if var superseded {
            record.superseded = .init(
                familyDigest: try superseded.digest(), at: try superseded.time(), revision: try superseded.unsigned())
            guard superseded.isAtEnd else { throw superseded.corrupt }
        }
        if var principal {
            let authenticatedAt = try principal.time()
            record.authenticatedAt = authenticatedAt.milliseconds == .min ? nil : authenticatedAt
            if !principal.isAtEnd {
                guard let name = try? Principal(try principal.text()) else { throw principal.corrupt }
                record.principal = name
            }
        }
        if var end {
            let at = try end.time()
            record.end = SessionEnd(reason: .init(rawValue: try end.text()), at: at)
        }
        return record
    }

    private func attribute(
        _ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>
    ) throws(SessionError) -> SessionAttributes.Attribute {
        var field = Field(name: UInt8(ascii: "."), bytes: value, id: id)
        let revision = try field.unsigned()
        guard let name = String(validating: name, as: UTF8.self) else { throw field.corrupt }
        return .init(name: name, json: try field.text(), revision: revision)
    }

    private func corrupt(_ problem: String) -> SessionError {
        SessionError(.corrupt, "session \(id) can't be read: \(problem)")
    }
}

/// The value of one field, read from its start.
private struct Field {
    let name: UInt8
    var bytes: ArraySlice<UInt8>
    let id: SessionID

    var isAtEnd: Bool { bytes.isEmpty }

    var corrupt: SessionError {
        let name = Character(UnicodeScalar(name))
        return SessionError(.corrupt, "session \(id) can't be read: its field \"\(name)\" has the wrong form")
    }

    mutating func unsigned() throws(SessionError) -> UInt64 {
        guard bytes.count >= 8 else { throw corrupt }
        defer { bytes = bytes.dropFirst(8) }
        return bytes.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)) }
    }

    mutating func counter() throws(SessionError) -> UInt64 {
        let number = try unsigned()
        guard number < RecordCoding.largestCounter else { throw corrupt }
        return number
    }

    mutating func integer() throws(SessionError) -> Int64 { Int64(bitPattern: try unsigned()) }

    mutating func time() throws(SessionError) -> Timestamp { Timestamp(milliseconds: try integer()) }

    mutating func block() throws(SessionError) -> Block16 { Block16(try unsigned(), try unsigned()) }

    mutating func digest() throws(SessionError) -> SecretDigest {
        SecretDigest(Block32(try block(), try block()))
    }

    mutating func byte() throws(SessionError) -> UInt8 {
        guard let byte = bytes.popFirst() else { throw corrupt }
        return byte
    }

    /// The rest.
    func text() throws(SessionError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw corrupt }
        return text
    }
}
