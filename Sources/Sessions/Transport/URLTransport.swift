public import HTTPTypes

/// What a manager needs that looks at URLs.
final class URLTransport: Sendable {
    let tokens: URLTokens
    /// What goes into the digests of hand-over codes in place of the realm's own tag.
    let codeTag: RealmTag

    init(tokens: URLTokens, codeTag: RealmTag) {
        self.tokens = tokens
        self.codeTag = codeTag
    }
}

extension SessionHandle {
    /// The rules for this request's links; `nil` where the manager looks at no URL.
    var urlRules: URLRules? {
        guard let urls = manager.urls else { return nil }
        let scheme = connection.isSecure(request, under: manager.configuration) ? "https" : "http"
        let own = request.authority.flatMap { try? WebOrigin("\(scheme)://\($0)") }
        return URLRules(tokens: urls.tokens, own: own)
    }

    /// The request's path and query without tokens and codes, for handlers, logs and traces; `nil` where there are none.
    ///
    /// Adapters hand it on in place of the one that came.
    public var pathWithoutTokens: String? {
        manager.urls == nil ? nil : urlRules?.removing(from: request.path ?? "")
    }
}

extension SessionManager {
    /// Returns a link of a page that is made outside of a request's session, such as an error page, with the token of the
    /// request's URL.
    ///
    /// Inside, use ``Session/url(for:)``. The token is taken along as it came, where its form is right and no cookie came.
    /// - Parameter target: a relative one, or of ``URLTokens/origins``; others get no token
    public func url(for target: String, keepingTokenOf request: HTTPRequest) -> String {
        guard let urls, !request.headerFields.contains(.cookie) else { return target }
        let values = RequestTarget(request.path ?? "").values(of: urls.tokens.parameter)
        guard values.count == 1, let token = SessionToken(text: values[0]) else { return target }
        let rules = URLRules(tokens: urls.tokens, own: nil)
        return rules.write(token.exposedText, as: urls.tokens.parameter, into: target)
    }
}
