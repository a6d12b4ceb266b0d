#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Values by attribute name, compared byte by byte, in the order of the names.
///
/// A dictionary would call two Unicode spellings of one text the same name, which no database does (G4).
public struct AttributeMap<Value: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
    public typealias Element = (name: String, value: Value)

    private var sorted: [Element] = []

    /// Makes an empty map.
    public init() {}

    /// Makes a map of these pairs; of two with the same name the later one counts.
    public init(_ pairs: some Sequence<(String, Value)>) {
        for (name, value) in pairs { self[name] = value }
    }

    init(_ name: String, _ value: Value) {
        sorted = [(name, value)]
    }

    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }

    public var count: Int { sorted.count }
    public var isEmpty: Bool { sorted.isEmpty }
    public var names: [String] { sorted.map(\.name) }
    public var values: [Value] { sorted.map(\.value) }

    /// The value of a name; `nil` where there is none, and to remove it.
    public subscript(name: String) -> Value? {
        get {
            for element in sorted where element.name.hasSameBytes(as: name) { return element.value }
            return nil
        }
        set {
            for index in sorted.indices {
                if sorted[index].name.hasSameBytes(as: name) {
                    if let newValue { sorted[index].value = newValue } else { sorted.remove(at: index) }
                    return
                }
                if name.utf8.lexicographicallyPrecedes(sorted[index].name.utf8) {
                    if let newValue { sorted.insert((name, newValue), at: index) }
                    return
                }
            }
            if let newValue { sorted.append((name, newValue)) }
        }
    }

    /// The pairs that fit.
    public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> Self {
        var kept = Self()
        kept.sorted = try sorted.filter(isIncluded)
        return kept
    }

    /// The same names with other values.
    public func mapValues<Other>(_ transform: (Value) throws -> Other) rethrows -> AttributeMap<Other> {
        AttributeMap<Other>(try sorted.map { ($0.name, try transform($0.value)) })
    }

    /// Adds the pairs of another map, which win.
    public mutating func merge(_ other: Self) {
        for (name, value) in other { self[name] = value }
    }
}

extension AttributeMap: Sequence {
    public func makeIterator() -> Array<Element>.Iterator { sorted.makeIterator() }
}

extension String {
    /// Equality of bytes: `==` would call two spellings of one character equal, which no database does.
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
            }
        }
        return isSame.flatMap { $0 } ?? utf8.elementsEqual(other.utf8)
    }
}
