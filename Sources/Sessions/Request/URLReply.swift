import HTTPTypes

/// What a response gets whose manager looks at URLs.
final class URLReply: Sendable {
    let rules: URLRules
    /// The session's token where it travels in URLs.
    let token: SessionToken?
    /// Tries out whether the client keeps cookies.
    let code: SessionToken?
    /// Where to send the client in place of the page that the handler made.
    let redirect: String?
    /// Whether the URL of this page or of the next one holds a token or a code.
    let isExposed: Bool

    init(rules: URLRules, token: SessionToken?, code: SessionToken?, redirect: String?, isExposed: Bool) {
        self.rules = rules
        self.token = token
        self.code = code
        self.redirect = redirect
        self.isExposed = isExposed
    }

    /// Adds what keeps the URL from other sites and searches, and gives a redirect the token or the code; to other origins
    /// neither goes.
    func apply(to fields: inout HTTPFields, _ caching: CachingFields) {
        if isExposed { Self.hide(&fields, caching) }
        guard let location = fields[.location] else { return }
        if let code, rules.isOwn(location) {
            fields[.location] = rules.write(code.exposedText, as: rules.tokens.codeParameter, into: location)
        } else {
            fields[.location] = rules.write(token?.exposedText, as: rules.tokens.parameter, into: location)
        }
    }

    static func hide(_ fields: inout HTTPFields, _ caching: CachingFields) {
        caching.apply(to: &fields)
        fields[.referrerPolicy] = "no-referrer"
        fields[.robotsTag] = "noindex"
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    fileprivate static let robotsTag = HTTPField.Name("X-Robots-Tag")!
}
