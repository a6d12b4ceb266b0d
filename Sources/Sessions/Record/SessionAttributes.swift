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
        let attributes = Array(attributes)
        // At once where they are in order already, as a database has them.
        let isSorted = zip(attributes, attributes.dropFirst()).allSatisfy { left, right in
            left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        if isSorted {
            sorted = attributes
        } else {
            for attribute in attributes { set(attribute) }
        }
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
        for attribute in sorted where attribute.name.hasSameBytes(as: name) { return attribute }
        return nil
    }

    /// Returns the revision that wrote an attribute, or 0 where there is none.
    public func revision(of name: String) -> UInt64 { self[name]?.revision ?? 0 }

    mutating func set(_ attribute: Attribute) {
        for index in sorted.indices {
            if sorted[index].name.hasSameBytes(as: attribute.name) {
                sorted[index] = attribute
                return
            }
            if attribute.name.utf8.lexicographicallyPrecedes(sorted[index].name.utf8) {
                sorted.insert(attribute, at: index)
                return
            }
        }
        sorted.reserveCapacity(sorted.count + 1)
        sorted.append(attribute)
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
