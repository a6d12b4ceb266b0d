import HTTPTypes

/// The site whose page had a browser send the request, as far as the browser says.
enum RequestInitiator: Sendable, Equatable {
    /// A page of the origin that the request goes to, or the user: a bookmark, an address that was typed in.
    case sameOrigin
    /// A page of another host of this site.
    case sameSite
    /// A page of another site, or one that isn't known to be of this site.
    case crossSite
    /// Nothing says: the request comes from no browser.
    case unknown

    /// Reads `Sec-Fetch-Site`; where a browser doesn't send it, `Origin` is compared with the host that was asked for.
    ///
    /// A page can't make a browser change either of the two. What can't be understood counts as another site.
    init(_ request: HTTPRequest) {
        let fields = request.headerFields
        if let site = fields[.secFetchSite] {
            self =
                switch site.trimmingSpaces().lowercased() {
                case "same-origin", "none": .sameOrigin
                case "same-site": .sameSite
                default: .crossSite
                }
        } else if let origin = fields[.origin] {
            self = Self.isHost(of: request, inOrigin: origin) ? .sameOrigin : .crossSite
        } else {
            self = .unknown
        }
    }

    /// Whether an origin, such as `https://shop.example:8443`, names the host and port that the client asked for.
    ///
    /// `null` and anything else that is no origin of the web doesn't.
    private static func isHost(of request: HTTPRequest, inOrigin text: String) -> Bool {
        guard let host = request.authority, let origin = try? WebOrigin(text) else { return false }
        return origin.isHost(host)
    }
}

extension HTTPRequest {
    /// Whether the method may change something (RFC 9110, 9.2.1).
    var isUnsafe: Bool { method != .get && method != .head && method != .options && method != .trace }

    /// Whether another site's page had a browser ask for a change here, which comes without the cookies that are Lax.
    var isUnsafeFromAnotherSite: Bool { isUnsafe && RequestInitiator(self) == .crossSite }

    /// The path without the query, byte for byte as it came.
    var pathAlone: Substring { (path ?? "").prefix { $0 != "?" } }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
