public import HTTPTypes
import Synchronization

/// What a manager needs that looks at URLs.
final class URLTransport: Sendable {
    let tokens: URLTokens
    /// What goes into the digests of hand-over codes in place of the realm's own tag.
    let codeTag: RealmTag

    init(tokens: URLTokens, codeTag: RealmTag) {
        self.tokens = tokens
        self.codeTag = codeTag
    }

    /// The token in a request's URL as it came, where its form is right and no cookie came.
    func token(of request: HTTPRequest) -> SessionToken? {
        guard !request.headerFields.contains(.cookie) else { return nil }
        let values = RequestTarget(request.path ?? "").values(of: tokens.parameter)
        return values.count == 1 ? SessionToken(text: values[0]) : nil
    }
}

extension SessionHandle {
    /// The rules for this request's links; `nil` where the manager looks at no URL.
    var urlRules: URLRules? {
        guard let urls = manager.urls else { return nil }
        let scheme = connection.isSecure(request, under: manager.trust) ? "https" : "http"
        let own = request.authority.flatMap { try? WebOrigin("\(scheme)://\($0)") }
        return URLRules(tokens: urls.tokens, own: own, codes: state.withLock { $0.codes })
    }

    /// The token for links: the session's where it travels in URLs, and as it came where the session has not been read.
    ///
    /// A page that does without the session, or is made while the store is down, must not lose it.
    var linkToken: SessionToken? {
        let (token, isUnknown) = state.withLock { ($0.urlToken, $0.needsReading) }
        guard isUnknown, carriesTokens, namesClient else { return token }
        return manager.urls?.token(of: request)
    }

    /// Whether a token in a URL, or a code, can be bound to this request's client.
    var namesClient: Bool { connection.namesClient(of: request, under: manager.trust) }

    /// The request's path and query without tokens and codes, for handlers, logs and traces; `nil` where there are none.
    ///
    /// Adapters hand it on in place of the one that came.
    public var pathWithoutTokens: String? {
        urlRules?.removing(from: request.path ?? "")
    }
}

extension SessionManager {
    /// Returns a link of a page that is made outside of a request's session, such as an error page, with the token of the
    /// request's URL.
    ///
    /// Inside, use ``Session/url(for:)``. The token is taken along as it came, where its form is right and no cookie came.
    /// - Parameters:
    ///   - target: a relative one, or of ``URLTokens/origins``; others get no token
    ///   - request: the request as it came
    public func url(for target: String, keepingTokenOf request: HTTPRequest) -> String {
        guard let urls, let token = urls.token(of: request) else { return target }
        let rules = URLRules(tokens: urls.tokens, own: nil)
        return rules.write(token.exposedText, as: urls.tokens.parameter, into: target)
    }

    /// Adds what keeps a URL with a token from other sites, caches and searches, to a response outside of a request's session.
    ///
    /// It is for pages that no adapter has finished, such as an error page. To any other response nothing is added.
    public func hideURL(of request: HTTPRequest, in fields: inout HTTPFields) {
        guard let urls, URLRules(tokens: urls.tokens, own: nil).removing(from: request.path ?? "") != nil else {
            return
        }
        URLReply.hide(&fields, caching)
    }
}

extension SessionError {
    static var unknownClient: Self {
        .init(
            .insecureTransport,
            "a session in a URL, or a code, is bound to its client's network, and a proxy on this machine hides that; name the "
                + "proxy in trustedProxies, and have it write X-Forwarded-For")
    }
}
