package import HTTPTypes

/// Carries tokens in a request field that clients set themselves, and new ones in a response field.
///
/// A request that brings a session's cookie as well gets no session: which of the two is meant, nothing tells.
package final class HeaderCarrier: TokenCarrier {
    private let field: HTTPField.Name
    private let newTokens: HTTPField.Name
    private let cookies: CookieCarrier

    /// - Parameters:
    ///   - field: where requests bring the token; in `Authorization` behind `Bearer`
    ///   - newTokens: where responses bring one
    ///   - cookies: the cookies of browsers' sessions, beside which no token counts
    package init(
        _ field: HTTPField.Name, newTokens: HTTPField.Name, beside cookies: SessionCookies
    ) throws(SessionError) {
        self.field = field
        self.newTokens = newTokens
        self.cookies = try CookieCarrier(cookies)
    }

    package var kind: SessionRecord.Carrier { .header }

    package var varyingFields: [HTTPField.Name] { [field] }

    package func read(_ request: HTTPRequest) throws(SessionError) -> [PresentedToken] {
        var values = request.headerFields[values: field]
        if field == .authorization { values = values.compactMap(Self.bearer) }
        guard let text = values.first else { return [] }
        guard values.allSatisfy({ $0 == text }), try cookies.read(request).isEmpty else {
            return [.init(.ambiguous, at: .header, candidates: Self.tokens(values))]
        }
        return [.init(SessionToken(text: text).map { .token($0) } ?? .malformed, at: .header)]
    }

    package func write(_ reply: Reply, to fields: inout HTTPFields) {
        if let issued = reply.token, issued.place == .header { fields[newTokens] = issued.token.exposedText }
    }

    /// The different tokens among `values`, as many as a sign-out looks at.
    private static func tokens(_ values: [String]) -> [SessionToken] {
        var tokens: [SessionToken] = []
        for value in values where tokens.count < PresentedToken.maximumCandidates {
            let token = SessionToken(text: value)
            guard let token, !tokens.contains(where: { $0.isSame(as: token) }) else { continue }
            tokens.append(token)
        }
        return tokens
    }

    /// What stands behind `Bearer`, in any case of letters; `nil` for another scheme (RFC 6750, 2.1).
    private static func bearer(_ value: String) -> String? {
        let scheme = value.prefix { $0 != " " }
        guard scheme.lowercased() == "bearer" else { return nil }
        return String(value[scheme.endIndex...].trimmingSpaces())
    }
}
