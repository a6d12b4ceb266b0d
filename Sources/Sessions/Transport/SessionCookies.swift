/// The names and the scope of the two session cookies: one for visitors, one for signed-in users.
///
/// The names differ so that no late answer to a visitor's request can undo a sign-in.
public struct SessionCookies: Sendable, Hashable {
    /// The name of the cookie that carries a visitor's token.
    public var visitorName: String
    /// The name of the cookie that carries a signed-in user's token.
    public var signedInName: String
    /// The scope of both cookies; always HttpOnly.
    public var scope: SetCookie.Scope
    /// Domains for which an earlier configuration, or a sibling host, may have set cookies of these names.
    ///
    /// A deletion goes there as well, and to the host alone. `__Host-` names can't have any.
    public var formerDomains: [String]

    /// Makes the cookies `__Host-visitor` and `__Host-id`: Secure, HttpOnly, SameSite=Lax, Path=/, no Domain.
    public init(
        visitorName: String = "__Host-visitor", signedInName: String = "__Host-id", scope: SetCookie.Scope = .init(),
        formerDomains: [String] = []
    ) {
        self.visitorName = visitorName
        self.signedInName = signedInName
        self.scope = scope
        self.formerDomains = formerDomains
    }

    /// The cookies `visitor` and `id` without Secure, for plain HTTP on the developer's own machine.
    ///
    /// A session system with these cookies uses no session in a request from another machine.
    public static var insecureForDevelopment: Self {
        .init(visitorName: "visitor", signedInName: "id", scope: .init(isSecure: false))
    }

    func validate() throws(SessionError) {
        guard visitorName != signedInName else {
            throw SessionError(.configuration, "both session cookies are named \"\(visitorName)\"; they must differ")
        }
        guard scope.isHTTPOnly else {
            throw SessionError(.configuration, "session cookies are always HttpOnly: scripts have no use for a token")
        }
        let widest = String(repeating: "A", count: 64)
        for name in [visitorName, signedInName] {
            for scope in [scope] + otherScopes { _ = try SetCookie(name: name, value: widest, scope: scope) }
        }
    }

    /// Where else cookies of these names may be: at former domains, and at the host alone where ``scope`` has a domain.
    var otherScopes: [SetCookie.Scope] {
        let domains: [String?] = (scope.domain == nil ? [] : [nil]) + formerDomains.filter { $0 != scope.domain }
        return domains.map { domain in
            var other = scope
            other.domain = domain
            return other
        }
    }
}
