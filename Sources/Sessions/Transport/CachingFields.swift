import HTTPTypes

extension HTTPFields {
    /// Keeps a response that used a session out of every cache (ASVS 14.3.2): `no-store`, which is the stricter of
    /// whatever the handler said and this, and `Vary: Cookie` for caches that keep it all the same.
    mutating func markAsPersonal() {
        // A plain `contains` is enough to see that the handler's own value is at least as strict.
        if let own = self[.cacheControl] {
            if !own.lowercased().contains("no-store") { self[.cacheControl] = "no-store" }
        } else {
            append(HTTPField(name: .cacheControl, value: "no-store"))
        }
        guard let vary = self[.vary] else {
            append(HTTPField(name: .vary, value: "Cookie"))
            return
        }
        let names = vary.split(separator: ",").map { $0.trimmingSpaces().lowercased() }
        if !names.contains("cookie"), !names.contains("*") { self[.vary] = vary + ", Cookie" }
    }
}

extension StringProtocol {
    func trimmingSpaces() -> SubSequence {
        let start = firstIndex { $0 != " " && $0 != "\t" } ?? endIndex
        let end = lastIndex { $0 != " " && $0 != "\t" }.map { index(after: $0) } ?? start
        return self[start..<Swift.max(start, end)]
    }
}
