import Sessions

extension SessionRecord {
    /// The same record under another ID.
    func with(id: SessionID) -> SessionRecord {
        SessionRecord(
            id: id, realm: realm, secretDigest: secretDigest, secretIssuedAt: secretIssuedAt,
            familyDigest: familyDigest,
            previous: previous, superseded: superseded, createdAt: createdAt, lastUsedAt: lastUsedAt,
            lifetime: lifetime, generation: generation, revision: revision, principal: principal,
            authenticatedAt: authenticatedAt, authentications: authentications, carrier: carrier, end: end,
            attributes: attributes)
    }

    /// The record after one more write, which set these attributes to JSON or removed them.
    func after(_ edits: [String: String?] = [:], _ adjust: (inout SessionRecord) -> Void = { _ in }) -> SessionRecord {
        var record = self
        record.revision += 1
        let kept = attributes.filter { attribute in
            !edits.keys.contains { $0.utf8.elementsEqual(attribute.name.utf8) }
        }
        let set = edits.compactMap { name, json in
            json.map { SessionAttributes.Attribute(name: name, json: $0, revision: record.revision) }
        }
        record.attributes = SessionAttributes(kept + set)
        adjust(&record)
        return record
    }
}
