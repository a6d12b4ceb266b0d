public import HTTPTypes
public import Sessions

/// A user agent's cookies, kept and sent back as RFC 6265bis says: for tests of what a browser would do.
///
/// ```swift
/// var jar = CookieJar()
/// let response = try await client.execute(uri: "/cart", method: .post, headers: jar.headers(for: "/cart"))
/// jar.receive(response.headers, from: "/cart")
/// ```
///
/// The URL of a request decides: a path at the jar's origin, a whole URL, or the parts of an `HTTPRequest`. A jar is a value:
/// a copy holds a thief's cookies, or those of a browser that died before it saved.
///
/// Left out: public suffixes (a `Domain=com` is believed), eviction when there are too many, partitions, punycode, and
/// the part of SameSite that needs to know which site asks: the attribute is parsed, checked and kept as a value.
public struct CookieJar: Sendable {
    /// The bytes of name and value together that a user agent keeps (RFC 6265bis 5.6).
    public static let maximumBytes = 4096
    /// The bytes of an attribute's value; a longer attribute is ignored (RFC 6265bis 5.6).
    public static let maximumAttributeBytes = 1024
    /// The longest time that a cookie lives (RFC 6265bis 5.5).
    public static let maximumAge: Duration = .days(400)

    /// The scheme and authority of URLs that are given as a path alone.
    public let origin: String
    private let clock: any SessionClock
    private let trustsLoopback: Bool
    private var stored: [Cookie] = []
    private var nextNumber = 0

    /// Makes an empty jar.
    ///
    /// - Parameters:
    ///   - clock: tells when cookies expire
    ///   - origin: what a path such as `/cart` is at: a scheme and an authority, which need not be those of the test's
    ///     server
    ///   - trustsLoopback: whether `http` to `localhost`, `127.0.0.0/8` or `[::1]` counts as secure, as in today's
    ///     browsers
    public init(
        clock: any SessionClock = SystemSessionClock(), origin: String = "https://localhost",
        trustsLoopback: Bool = false
    ) {
        self.clock = clock
        self.origin = origin
        self.trustsLoopback = trustsLoopback
    }

    /// The cookies that have not expired, in the order in which they were first set.
    public var cookies: [Cookie] {
        let now = clock.now
        return stored.filter { !$0.isExpired(at: now) }.sorted { $0.number < $1.number }
    }

    /// The value of the only cookie of that name; `nil` if there is none or if several scopes have one.
    public subscript(name: String) -> String? {
        let found = cookies.filter { $0.nameBytes.elementsEqual(name.utf8) }
        return found.count == 1 ? found[0].value : nil
    }

    /// Takes the cookies of a response to `request`.
    ///
    /// - Returns: the fields that a user agent ignores, and why
    @discardableResult
    public mutating func receive(_ fields: HTTPFields, from uri: String = "/") -> [Refusal] {
        receive(fields, from: CookieURL(uri, at: origin))
    }

    /// Takes the cookies of a response to `request`.
    ///
    /// - Returns: those that a user agent ignores, and why
    @discardableResult
    public mutating func receive(_ response: HTTPResponse, to request: HTTPRequest) -> [Refusal] {
        receive(response.headerFields, from: CookieURL(request))
    }

    /// Returns the fields of a request to a URL: `Cookie`, or none where no cookie fits.
    ///
    /// - Parameter uri: a path at the jar's origin, or a whole URL
    public func headers(for uri: String = "/") -> HTTPFields {
        var fields = HTTPFields()
        if let bytes = cookieBytes(for: CookieURL(uri, at: origin)) {
            fields.append(HTTPField(name: .cookie, value: bytes))
        }
        return fields
    }

    /// Returns the value of a request's `Cookie` field, read as UTF-8; `nil` where no cookie fits.
    public func cookieHeader(for request: HTTPRequest) -> String? {
        cookieBytes(for: CookieURL(request)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Gives a request its `Cookie` field, in place of what it has; no field where no cookie fits.
    public func addCookies(to request: inout HTTPRequest) {
        request.headerFields[.cookie] = nil
        guard let bytes = cookieBytes(for: CookieURL(request)) else { return }
        request.headerFields.append(HTTPField(name: .cookie, value: bytes))
    }

    private mutating func receive(_ fields: HTTPFields, from url: CookieURL) -> [Refusal] {
        var refusals: [Refusal] = []
        for field in fields where field.name == .setCookie {
            do {
                try store(field.withUnsafeBytesOfValue { Array($0) }, from: url)
            } catch {
                refusals.append(Refusal(field: field.value, reason: error))
            }
        }
        return refusals
    }

    private func cookieBytes(for url: CookieURL) -> [UInt8]? {
        let isSecure = url.isSecure(trustsLoopback: trustsLoopback)
        let fitting = cookies.filter { $0.fits(url) && (isSecure || !$0.isSecure) }
            // Longer paths first, then older cookies.
            .sorted { ($1.pathBytes.count, $0.number) < ($0.pathBytes.count, $1.number) }
        return fitting.isEmpty ? nil : Array(fitting.map(\.pair).joined(separator: "; ".utf8))
    }

    /// Drops the cookies that end with the browser.
    public mutating func closeBrowser() {
        stored.removeAll { $0.expiresAt == nil }
    }

    // MARK: The storage model, RFC 6265bis 5.7

    private mutating func store(_ bytes: [UInt8], from url: CookieURL) throws(Refusal.Reason) {
        let now = clock.now
        let isSecureURL = url.isSecure(trustsLoopback: trustsLoopback)
        let parsed = try ParsedSetCookie(bytes, now: now, defaultPath: url.defaultPath)
        var cookie = Cookie(nameBytes: parsed.name, valueBytes: parsed.value, number: nextNumber)
        cookie.expiresAt = parsed.maxAgeExpiry ?? parsed.expires
        cookie.isSecure = parsed.isSecure
        cookie.isHTTPOnly = parsed.isHTTPOnly
        cookie.sameSite = parsed.sameSite
        cookie.pathBytes = parsed.path ?? url.defaultPath
        let domain = parsed.domain ?? []
        guard domain.allSatisfy({ $0 < 0x80 }) else { throw .domainMismatch }
        if domain.isEmpty {
            cookie.domainBytes = url.host
            cookie.isHostOnly = true
        } else {
            guard domainMatches(url.host, domain) else { throw .domainMismatch }
            cookie.domainBytes = domain
        }
        guard isSecureURL || !cookie.isSecure else { throw .insecureOrigin }
        guard isSecureURL || !stored.contains(where: { !$0.isExpired(at: now) && $0.isProtected(from: cookie) }) else {
            throw .shadowsSecure
        }
        guard cookie.sameSite != SetCookie.SameSite.none || cookie.isSecure else { throw .sameSiteNoneInsecure }
        try cookie.checkPrefix(hasPath: parsed.path != nil)

        if let index = stored.firstIndex(where: { $0.hasSameScope(as: cookie) }) {
            // It keeps its place among the others, unless it had expired, for then it is a new cookie.
            if !stored[index].isExpired(at: now) { cookie.number = stored[index].number }
            stored.remove(at: index)
        }
        guard !cookie.isExpired(at: now) else { return }
        stored.append(cookie)
        nextNumber += 1
    }
}

extension CookieJar {
    /// A `Set-Cookie` field that the jar ignored.
    public struct Refusal: Error, Sendable, Hashable {
        /// Why a user agent ignores a `Set-Cookie` field.
        public enum Reason: Error, Sendable, Hashable {
            /// The field has a control character other than a tab.
            case controlCharacter
            /// The cookie has neither a name nor a value.
            case empty
            /// Name and value take more than ``CookieJar/maximumBytes``.
            case tooLarge
            /// The cookie's Domain is not the host's own or one above it.
            case domainMismatch
            /// A Secure cookie came over plain HTTP.
            case insecureOrigin
            /// The cookie came over plain HTTP and would hide a Secure cookie of the same name.
            case shadowsSecure
            /// The cookie is SameSite=None without Secure.
            case sameSiteNoneInsecure
            /// The cookie breaks the rules of `__Secure-` or `__Host-`, or has no name and looks like one that does.
            case prefix
        }

        /// The value of the field.
        public let field: String
        /// Why the jar ignored it.
        public let reason: Reason
    }
}
