import HTTPTypes
import Sessions

/// Carries tokens in `Authorization: Bearer`, as clients do that have no cookies; new tokens come back in a field of their own.
struct BearerCarrier: TokenCarrier {
    static let newToken = HTTPField.Name("New-Token")!
    static let deletedToken = HTTPField.Name("Deleted-Token")!

    var kind: SessionRecord.Carrier { .header }
    var varyingFields: [HTTPField.Name] { [.authorization] }

    func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken] {
        let texts = request.headerFields[values: .authorization].filter { $0.lowercased().hasPrefix("bearer ") }
            .map { $0.dropFirst("bearer ".count) }
        guard let text = texts.first else { return [] }
        guard texts.allSatisfy({ $0 == text }) else { return [.init(.ambiguous, at: .header)] }
        return [.init(SessionToken(text: text).map { .token($0) } ?? .malformed, at: .header)]
    }

    func write(_ reply: Reply, to fields: inout HTTPFields) {
        if reply.deletions.contains(.header) { fields[Self.deletedToken] = "1" }
        if let issued = reply.token, issued.place == .header { fields[Self.newToken] = issued.token.exposedText }
    }
}

/// Carries tokens in the query, `?sid=`; a new one comes back in a field, for the links of the page.
struct URLCarrier: TokenCarrier {
    static let newQuery = HTTPField.Name("New-Query")!
    static let deletedQuery = HTTPField.Name("Deleted-Query")!

    var kind: SessionRecord.Carrier { .url }
    /// Every cache goes by the URL anyway.
    var varyingFields: [HTTPField.Name] { [] }

    func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken] {
        let query = (request.path ?? "").split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        guard let pair = query.split(separator: "&").first(where: { $0.hasPrefix("sid=") }) else { return [] }
        return [.init(SessionToken(text: pair.dropFirst(4)).map { .token($0) } ?? .malformed, at: .url)]
    }

    func write(_ reply: Reply, to fields: inout HTTPFields) {
        if reply.deletions.contains(.url) { fields[Self.deletedQuery] = "1" }
        if let issued = reply.token, issued.place == .url { fields[Self.newQuery] = "sid=" + issued.token.exposedText }
    }
}
