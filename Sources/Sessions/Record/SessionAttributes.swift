/// The attributes of one session: JSON texts by name, each with the revision that wrote it.
///
/// Names are compared byte by byte, as databases do, and kept in that order.
public struct SessionAttributes: Sendable {
    /// One named value.
    public struct Attribute: Sendable {
        /// The name, as in its ``SessionKey``.
        public let name: String
        /// The value as JSON text.
        public let json: String
        /// The record's revision when this value was written.
        public let revision: UInt64
        /// Keeps what `json` decoded to, for as long as a store keeps this very value.
        let decoded: DecodedValue?

        /// Makes an attribute from its parts, as a store has them.
        public init(name: String, json: String, revision: UInt64) {
            self.name = name
            self.json = json
            self.revision = revision
            let isContainer = json.utf8.first == UInt8(ascii: "{") || json.utf8.first == UInt8(ascii: "[")
            decoded = isContainer ? DecodedValue() : nil
        }

        var byteCount: Int { name.utf8.count + json.utf8.count }
    }

    private var sorted: [Attribute] = []

    /// Makes an empty set of attributes.
    public init() {}

    /// Makes a set of these attributes; of two with the same name the later one counts.
    public init(_ attributes: some Sequence<Attribute>) {
        sorted = Array(attributes)
        let isSorted = zip(sorted, sorted.dropFirst()).allSatisfy { $0.name.precedesByBytes($1.name) }
        if isSorted { return }
        // PostgreSQL and Redis have orders of their own; one by one would take the square of their number.
        var kept: [Attribute] = []
        kept.reserveCapacity(sorted.count)
        for attribute in sorted.sorted(by: { $0.name.precedesByBytes($1.name) }) {
            // Sorting is stable.
            if let last = kept.last, last.name.hasSameBytes(as: attribute.name) { kept.removeLast() }
            kept.append(attribute)
        }
        sorted = kept
    }

    /// The number of attributes.
    public var count: Int { sorted.count }
    /// Whether there are no attributes.
    public var isEmpty: Bool { sorted.isEmpty }
    /// The names in byte order.
    public var names: [String] { sorted.map(\.name) }

    /// The bytes of all names and JSON texts together, which ``SessionLimits/sessionBytes`` limits.
    public var byteCount: Int { sorted.reduce(0) { $0 + $1.byteCount } }

    /// The names, with the bytes of each JSON text.
    var sizes: some Collection<(name: String, bytes: Int)> { sorted.lazy.map { ($0.name, $0.json.utf8.count) } }

    /// The same as edits would leave them, in another order.
    func sizes(with edits: AttributeMap<SessionChanges.Edit>) -> [(name: String, bytes: Int)] {
        var sizes = sizes.filter { edits[$0.name] == nil }
        for (name, edit) in edits {
            if case .set(let json) = edit { sizes.append((name, json.utf8.count)) }
        }
        return sizes
    }

    /// The attribute of a name; `nil` where there is none.
    public subscript(name: String) -> Attribute? {
        let (index, isThere) = sorted.place(of: name) { $0.name }
        return isThere ? sorted[index] : nil
    }

    /// Returns the revision that wrote an attribute, or 0 where there is none.
    public func revision(of name: String) -> UInt64 { self[name]?.revision ?? 0 }

    mutating func set(_ attribute: Attribute) {
        let (index, isThere) = sorted.place(of: attribute.name) { $0.name }
        if isThere {
            sorted[index] = attribute
        } else {
            sorted.reserveCapacity(sorted.count + 1)
            sorted.insert(attribute, at: index)
        }
    }

    mutating func remove(_ name: String) {
        sorted.removeAll { $0.name.hasSameBytes(as: name) }
    }

    mutating func apply(_ edit: SessionChanges.Edit, to name: String, revision: UInt64) {
        switch edit {
        case .set(let json): set(.init(name: name, json: json, revision: revision))
        case .remove: remove(name)
        }
    }

    /// The same values, as one write of this revision would have put them here.
    func written(in revision: UInt64) -> Self {
        Self(sorted.map { .init(name: $0.name, json: $0.json, revision: revision) })
    }
}

extension SessionAttributes: Sequence {
    /// Iterates over the attributes, in the order of their names.
    public func makeIterator() -> Array<Attribute>.Iterator { sorted.makeIterator() }
}
