import Sessions

extension SessionRecord {
    /// Says field by field where `seen` isn't this record; JSON is compared by value.
    func differences(from seen: SessionRecord) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ field: String, _ path: KeyPath<SessionRecord, Value>) {
            if self[keyPath: path] != seen[keyPath: path] {
                found.append("\(field) is \(seen[keyPath: path]), not \(self[keyPath: path])")
            }
        }
        compare("id", \.id)
        compare("secretDigest", \.secretDigest.block.bytes)
        compare("secretIssuedAt", \.secretIssuedAt)
        compare("familyDigest", \.familyDigest.block.bytes)
        compare("previous", \.previous)
        compare("superseded", \.superseded)
        compare("createdAt", \.createdAt)
        compare("lastUsedAt", \.lastUsedAt)
        compare("lifetime", \.lifetime)
        compare("generation", \.generation)
        compare("revision", \.revision)
        compare("principal", \.principal)
        compare("authenticatedAt", \.authenticatedAt)
        compare("authentications", \.authentications)
        compare("realm", \.realm)
        compare("carrier", \.carrier)
        compare("end", \.end)
        compare("the number of attributes", \.attributes.count)
        for attribute in attributes {
            guard let other = seen.attributes[attribute.name] else {
                found.append("attribute \"\(attribute.name)\" is missing")
                continue
            }
            if other.revision != attribute.revision {
                found.append(
                    "attribute \"\(attribute.name)\" has revision \(other.revision), not \(attribute.revision)")
            }
            if !JSONValue.same(other.json, attribute.json) {
                found.append("attribute \"\(attribute.name)\" is \(other.json), not \(attribute.json)")
            }
        }
        return found
    }
}
