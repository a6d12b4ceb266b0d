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
    /// A name with its value.
    public typealias Element = (name: String, value: Value)

    @usableFromInline var sorted: [Element] = []

    /// Makes an empty map.
    @inlinable public init() {}

    /// Makes a map of these pairs; of two with the same name the later one counts.
    @inlinable public init(_ pairs: some Sequence<(String, Value)>) {
        for (name, value) in pairs { self[name] = value }
    }

    init(_ name: String, _ value: Value) {
        sorted = [(name, value)]
    }

    /// Makes a map of these pairs; of two with the same name the later one counts.
    @inlinable public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }

    /// The number of names.
    @inlinable public var count: Int { sorted.count }
    /// Whether the map has no names.
    @inlinable public var isEmpty: Bool { sorted.isEmpty }
    // In generic code that isn't specialized, each call would make a key path anew, which takes microseconds.
    /// The names in byte order.
    @inlinable public var names: [String] { sorted.map { $0.name } }
    /// The values, in the order of their names.
    @inlinable public var values: [Value] { sorted.map { $0.value } }

    /// The value of a name; setting it to `nil` removes the name.
    @inlinable public subscript(name: String) -> Value? {
        get {
            let (index, isThere) = place(of: name)
            return isThere ? sorted[index].value : nil
        }
        set {
            switch (place(of: name), newValue) {
            case ((let index, true), let value?): sorted[index].value = value
            case ((let index, true), nil): sorted.remove(at: index)
            case ((let index, false), let value?): sorted.insert((name, value), at: index)
            case ((_, false), nil): break
            }
        }
    }

    /// Where a name stands, or where it would.
    @inlinable func place(of name: String) -> (index: Int, isThere: Bool) { sorted.place(of: name) { $0.name } }

    /// Returns the pairs that `isIncluded` accepts.
    @inlinable public func filter(_ isIncluded: (Element) throws -> Bool) rethrows -> Self {
        var kept = Self()
        kept.sorted = try sorted.filter(isIncluded)
        return kept
    }

    /// Returns the same names with other values.
    @inlinable public func mapValues<Other>(_ transform: (Value) throws -> Other) rethrows -> AttributeMap<Other> {
        AttributeMap<Other>(try sorted.map { ($0.name, try transform($0.value)) })
    }

    /// Adds the pairs of another map, which replace those of the same names.
    @inlinable public mutating func merge(_ other: Self) {
        for (name, value) in other { self[name] = value }
    }
}

extension AttributeMap: Sequence {
    /// Iterates over the pairs, in the order of their names.
    @inlinable public func makeIterator() -> Array<Element>.Iterator { sorted.makeIterator() }
}

extension Array {
    /// Where a name stands among elements that are in the order of their names, or where it would.
    @inlinable func place(of name: String, named: (Element) -> String) -> (index: Int, isThere: Bool) {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let other = named(self[middle])
            if other.hasSameBytes(as: name) { return (middle, true) }
            if other.precedesByBytes(name) { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }
}

extension String {
    /// Equality of bytes: `==` would call two spellings of one character equal, which no database does.
    @usableFromInline func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
            }
        }
        return isSame.flatMap { $0 } ?? utf8.elementsEqual(other.utf8)
    }

    /// The order of bytes, which is that of Unicode's code points.
    @usableFromInline func precedesByBytes(_ other: String) -> Bool {
        let isBefore = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                let common = min(left.count, right.count)
                let order = common == 0 ? 0 : memcmp(left.baseAddress!, right.baseAddress!, common)
                return order == 0 ? left.count < right.count : order < 0
            }
        }
        return isBefore.flatMap { $0 } ?? utf8.lexicographicallyPrecedes(other.utf8)
    }
}
