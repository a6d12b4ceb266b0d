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

    /// The cookies of earlier configurations, which are still read while browsers bring them.
    ///
    /// A session moves to the present names with its next new token. Each former one has names of its own.
    public var former: [SessionCookies] = []

    /// Where requests over plain HTTP may come from, if the cookies have no Secure.
    private(set) var development = DevelopmentNetworks()

    /// Makes the cookies `__Host-Http-visitor` and `__Host-Http-id`: Secure, HttpOnly, SameSite=Lax, Path=/, no Domain.
    ///
    /// Browsers that know the prefix take such a cookie from a response alone, so no script can plant one. Older ones
    /// read `__Host-`.
    public init(
        visitorName: String = "__Host-Http-visitor", signedInName: String = "__Host-Http-id",
        scope: SetCookie.Scope = .init(), formerDomains: [String] = []
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

    /// The same for plain HTTP from networks of the developer's too, such as a phone's or a container's.
    ///
    /// A request may come from this machine or one of the networks. It must ask for an address of these, or for a name that
    /// is no public one: a single label, or a name under `localhost`, `local`, `internal` or `home.arpa`. It is used by no
    /// session if a proxy has forwarded it. ``SessionManager`` warns of this each time that one is made.
    /// - Parameter networks: private ones (RFC 1918, 3927, 4193, link-local ones of RFC 4291); the manager refuses others
    public static func insecureForDevelopment(from networks: [AddressRange]) -> Self {
        var cookies = insecureForDevelopment
        cookies.development.ranges = networks
        return cookies
    }

    /// - Throws: ``SessionError/Code/configuration`` for what no browser keeps, or isn't safe
    package func validate() throws(SessionError) {
        try development.validate()
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
        for domain in [scope.domain].compactMap(\.self) + formerDomains where !Self.isDomain(domain) {
            throw SessionError(
                .configuration,
                "the cookies' Domain is \"\(domain)\", so browsers would keep none of them; write the domain alone, such as "
                    + "example.com, without scheme, port, path or wildcard")
        }
        var names: Set = [visitorName, signedInName]
        for cookies in former {
            guard cookies.former.isEmpty else {
                throw SessionError(.configuration, "former cookies have no former ones; list all of them in one place")
            }
            guard cookies.scope.isSecure || !scope.isSecure else {
                throw SessionError(
                    .configuration,
                    "the former cookie \"\(cookies.signedInName)\" has no Secure, so anybody on the network could set it; "
                        + "let it go")
            }
            try cookies.validate()
            for name in [cookies.visitorName, cookies.signedInName] where !names.insert(name).inserted {
                throw SessionError(
                    .configuration,
                    "the former cookie \"\(name)\" has the name of another one; for another Domain use formerDomains, and for "
                        + "another Path or Partitioned new names")
            }
        }
    }

    /// Whether a host can be under this domain; a first dot is what browsers drop.
    private static func isDomain(_ text: String) -> Bool {
        let labels = text.utf8.drop { $0 == UInt8(ascii: ".") }
            .split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return !text.hasPrefix("..")
            && labels.allSatisfy { label in
                !label.isEmpty
                    && label.allSatisfy { byte in
                        switch byte {
                        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                        default: false
                        }
                    }
            }
    }

    /// The name of the cookie for a place.
    func name(of place: TokenPlace) -> String { place == .visitorCookie ? visitorName : signedInName }

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
