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

    /// Adds the fields, unless the handler has set at least as strict ones.
    func apply(to fields: inout HTTPFields) {
        // Most handlers have set neither.
        if fields.contains(.cacheControl) {
            // A plain `contains` is enough to see that the handler's own value is at least as strict.
            let own = fields[.cacheControl] ?? ""
            if !own.lowercased().contains("no-store") { fields[.cacheControl] = "no-store" }
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

    private static let noStore = HTTPField(name: .cacheControl, value: "no-store")
}

extension StringProtocol {
    func trimmingSpaces() -> SubSequence {
        let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
        let end = lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
        return self[start..<Swift.max(start, end)]
    }
}
