import HTTPTypes

/// Keeps a response that used a session out of every cache (ASVS 14.3.2): `no-store`, and `Vary` for caches that keep it all
/// the same.
struct CachingFields: Sendable {
    private let names: [String]
    private let value: String
    private let vary: HTTPField

    /// - Parameter varying: the request fields that the response depends on
    init(varying: [HTTPField.Name]) {
        names = varying.map { $0.rawName.lowercased() }
        value = varying.map(\.rawName).joined(separator: ", ")
        vary = HTTPField(name: .vary, value: value)
    }

    /// Adds the fields, unless the handler has set at least as strict ones, and takes out what some caches put before them.
    func apply(to fields: inout HTTPFields) {
        // By index: a loop over the fields would copy each of them.
        while let index = fields.indices.first(where: { Self.isTargeted(fields[$0].name) }) {
            fields[fields[index].name] = nil
        }
        // Most handlers have set neither.
        if fields.contains(.cacheControl) {
            if !Self.isStrict(fields[.cacheControl] ?? "") { fields[.cacheControl] = "no-store" }
        } else {
            fields.append(Self.noStore)
        }
        applyVary(to: &fields)
    }

    /// Adds `Vary` alone, for a response that caches may keep.
    func applyVary(to fields: inout HTTPFields) {
        guard fields.contains(.vary) else {
            if !names.isEmpty { fields.append(vary) }
            return
        }
        let own = fields[.vary] ?? ""
        let present = own.split(separator: ",").map { $0.trimmingSpaces().lowercased() }
        guard !present.contains("*") else { return }
        let missing = names.indices.filter { !present.contains(names[$0]) }
        let added = value.split(separator: ",").map { $0.trimmingSpaces() }
        if !missing.isEmpty { fields[.vary] = ([own] + missing.map { String(added[$0]) }).joined(separator: ", ") }
    }

    /// Of a refusal: the same request of another page may have passed.
    static let forgery = CachingFields(varying: [.secFetchSite, .origin])

    /// Whether a handler's own `Cache-Control` keeps a response out of every cache.
    ///
    /// With `must-understand`, caches may leave `no-store` aside (RFC 9111, 5.2.2.3).
    private static func isStrict(_ value: String) -> Bool {
        guard let parts = value.utf8.split(atUnquoted: UInt8(ascii: ",")) else { return false }
        let directives = parts.map { Substring($0).trimmingSpaces().lowercased() }
        return directives.contains("no-store") && !directives.contains { $0.hasPrefix("must-understand") }
    }

    /// Whether some caches go by a field and not by `Cache-Control`: those of RFC 9213, such as `CDN-Cache-Control`, those of
    /// Fastly and Akamai, and that of nginx.
    private static func isTargeted(_ name: HTTPField.Name) -> Bool {
        let name = name.canonicalName
        // By the last byte first, which costs less than a look at a text.
        return switch name.utf8.last {
        case UInt8(ascii: "l"):
            name.hasSuffix("-cache-control") || name == "surrogate-control" || name == "edge-control"
        case UInt8(ascii: "s"): name == "x-accel-expires"
        default: false
        }
    }

    private static let noStore = HTTPField(name: .cacheControl, value: "no-store")
}

extension StringProtocol {
    func trimmingSpaces() -> SubSequence {
        let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
        let end = lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
        return self[start..<Swift.max(start, end)]
    }
}
