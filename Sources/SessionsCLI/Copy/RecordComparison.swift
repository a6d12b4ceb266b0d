import Sessions

/// Compares what two stores keep of one session.
enum RecordComparison {
    /// Returns the names of the parts in which two records differ; JSON is compared by value, since a store may write it
    /// in its own way.
    static func differences(_ left: SessionRecord, _ right: SessionRecord) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ name: String, _ path: KeyPath<SessionRecord, Value>) {
            if left[keyPath: path] != right[keyPath: path] { found.append(name) }
        }
        compare("id", \.id)
        compare("realm", \.realm)
        compare("carrier", \.carrier)
        compare("secret", \.secretDigest)
        compare("time of the secret", \.secretIssuedAt)
        compare("family", \.familyDigest)
        compare("previous secret", \.previous)
        compare("previous generation", \.superseded)
        compare("creation", \.createdAt)
        compare("last use", \.lastUsedAt)
        compare("lifetime", \.lifetime)
        compare("generation", \.generation)
        compare("revision", \.revision)
        compare("user", \.principal)
        compare("authentication", \.authenticatedAt)
        compare("authentications", \.authentications)
        compare("end", \.end)
        compare("number of attributes", \.attributes.count)
        for attribute in left.attributes {
            let other = right.attributes[attribute.name]
            if other?.revision != attribute.revision || !JSONValue.same(attribute.json, other?.json ?? "") {
                found.append("attribute \(Wording.printable(attribute.name))")
            }
        }
        return found
    }
}
