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
    /// `null` and anything else that is no origin doesn't.
    private static func isHost(of request: HTTPRequest, inOrigin origin: String) -> Bool {
        let parts = origin.trimmingSpaces().lowercased().split(separator: "/", omittingEmptySubsequences: false)
        guard let host = request.authority?.lowercased(), parts.count == 3, parts[1].isEmpty, !parts[2].isEmpty else {
            return false
        }
        let port: String
        switch parts[0] {
        case "https:": port = ":443"
        case "http:": port = ":80"
        default: return false
        }
        func withoutDefaultPort(_ host: some StringProtocol) -> String {
            String(host.hasSuffix(port) ? host.dropLast(port.count) : host.dropLast(0))
        }
        return withoutDefaultPort(host) == withoutDefaultPort(parts[2])
    }
}

extension HTTPRequest {
    /// Whether another site's page had a browser ask for a change here, which comes without the cookies that are Lax.
    var isUnsafeFromAnotherSite: Bool {
        ![.get, .head, .options, .trace].contains(method) && RequestInitiator(self) == .crossSite
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
