import Foundation
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
            if other?.revision != attribute.revision || !isSameJSON(attribute.json, other?.json ?? "") {
                found.append("attribute \(Wording.printable(attribute.name))")
            }
        }
        return found
    }

    private static func isSameJSON(_ left: String, _ right: String) -> Bool {
        if left.utf8.elementsEqual(right.utf8) { return true }
        guard let left = parsed(left), let right = parsed(right) else { return false }
        return left.isEqual(right)
    }

    private static func parsed(_ json: String) -> NSObject? {
        try? JSONSerialization.jsonObject(with: Data(json.utf8), options: .fragmentsAllowed) as? NSObject
    }
}
