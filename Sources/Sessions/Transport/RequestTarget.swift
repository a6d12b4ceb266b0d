/// The target of a request or a link, as bytes: a path, a query and a fragment.
///
/// It is the one reader of URL parameters. The query is split at `&` and at the first `=`, and nothing is decoded: `%73id`
/// isn't `sid`. `;` separates nothing, and the path is never looked into, so no parameter of a path segment
/// (`/admin;sid=x`) is one of the query.
struct RequestTarget {
    /// Everything before the query; of an absolute URL with scheme and host.
    let path: Substring
    /// `nil` where there is no `?`.
    private var pairs: [Substring]?
    /// With its `#`.
    private let fragment: Substring

    init(_ text: String) {
        let bytes = text.utf8
        let fragmentStart = bytes.firstIndex(of: UInt8(ascii: "#")) ?? bytes.endIndex
        fragment = text[fragmentStart...]
        guard let mark = bytes[..<fragmentStart].firstIndex(of: UInt8(ascii: "?")) else {
            path = text[..<fragmentStart]
            return
        }
        path = text[..<mark]
        pairs = text[bytes.index(after: mark)..<fragmentStart].utf8
            .split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// The values under a name, in their order; a name without `=` has an empty one.
    func values(of name: String) -> [Substring] {
        (pairs ?? []).compactMap { pair in
            let parts = Self.split(pair)
            return parts.name.utf8.elementsEqual(name.utf8) ? parts.value : nil
        }
    }

    /// Removes the parameters of these names whose values are to go.
    ///
    /// - Returns: whether there were any
    @discardableResult
    mutating func remove(_ names: [String], where goes: (Substring) -> Bool = { _ in true }) -> Bool {
        guard let pairs else { return false }
        let rest = pairs.filter { pair in
            let parts = Self.split(pair)
            return !names.contains { parts.name.utf8.elementsEqual($0.utf8) } || !goes(parts.value)
        }
        guard rest.count < pairs.count else { return false }
        self.pairs = rest.isEmpty ? nil : rest
        return true
    }

    mutating func add(_ name: String, _ value: String) {
        pairs = (pairs ?? []).filter { !$0.isEmpty } + ["\(name)=\(value)"]
    }

    var text: String { "\(path)\(pairs.map { "?" + $0.joined(separator: "&") } ?? "")\(fragment)" }

    private static func split(_ pair: Substring) -> (name: Substring, value: Substring) {
        guard let equals = pair.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (pair, "") }
        return (pair[..<equals], pair[pair.utf8.index(after: equals)...])
    }
}
