import Sessions
import Testing

/// A classic bug of session stores, and the clauses that must find it.
struct BrokenStore: Sendable, CustomTestStringConvertible {
    let bug: String
    let caughtBy: Set<String>
    let variation: Variation

    init(_ bug: String, caughtBy: Set<String>, _ variation: Variation) {
        self.bug = bug
        self.caughtBy = caughtBy
        self.variation = variation
    }

    var testDescription: String { bug }
}

extension SessionRecord {
    /// Keeps everything but the attributes, which become these.
    mutating func replaceAttributes(_ attributes: some Sequence<SessionAttributes.Attribute>) {
        self.attributes = SessionAttributes(attributes)
    }
}
