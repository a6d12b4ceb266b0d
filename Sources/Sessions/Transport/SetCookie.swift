/// A `Set-Cookie` value that every user agent reads as it was meant (RFC 6265bis 4.1.1).
///
/// It can't be made with bytes outside the grammar, over the sizes user agents keep, or against a name prefix.
public struct SetCookie: Sendable, Hashable {
    /// Which requests from other sites carry a cookie.
    public enum SameSite: String, Sendable, Hashable {
        /// No request that another site began carries the cookie.
        case strict = "Strict"
        /// Links from other sites carry the cookie; their forms and scripts don't.
        case lax = "Lax"
        /// Every request carries the cookie; user agents take it with Secure alone.
        case none = "None"
    }

    /// The attributes that say where a cookie goes and how it is guarded; a deletion must repeat them exactly.
    public struct Scope: Sendable, Hashable {
        /// The domain whose hosts all get the cookie; `nil` for the host that set it alone.
        public var domain: String?
        /// The path below which requests carry the cookie.
        public var path: String
        /// Which requests from other sites carry the cookie.
        public var sameSite: SameSite
        /// Whether only requests over TLS carry the cookie.
        public var isSecure: Bool
        /// Whether the cookie is hidden from scripts.
        public var isHTTPOnly: Bool
        /// Whether each top-level site that embeds this one gets a cookie of its own.
        public var isPartitioned: Bool

        /// Makes a scope; the default is the host that sets it, Path=/, SameSite=Lax, Secure and HttpOnly.
        public init(
            domain: String? = nil, path: String = "/", sameSite: SameSite = .lax, isSecure: Bool = true,
            isHTTPOnly: Bool = true, isPartitioned: Bool = false
        ) {
            self.domain = domain
            self.path = path
            self.sameSite = sameSite
            self.isSecure = isSecure
            self.isHTTPOnly = isHTTPOnly
            self.isPartitioned = isPartitioned
        }
    }

    /// The bytes of name and value together (RFC 6265bis 5.6).
    public static let maximumBytes = 4096
    /// The bytes of one attribute's value (RFC 6265bis 5.6).
    public static let maximumAttributeBytes = 1024
    /// The seconds in 400 days: user agents keep nothing longer (RFC 6265bis 5.5).
    public static let maximumAge: Int64 = 34_560_000

    /// The name of the cookie.
    public let name: String
    /// The value, which may be secret.
    public let value: String
    /// Where the cookie goes and how it is guarded.
    public let scope: Scope
    /// The seconds that the cookie is kept; `nil` for a cookie that ends with the browser.
    ///
    /// Above ``maximumAge`` it is cut to it.
    public let maxAge: Int64?
    /// When ``maxAge`` is over, cut to the second.
    ///
    /// User agents go by Max-Age alone. Java's take a cookie that has it without Expires for one of RFC 2965.
    public let expiresAt: Timestamp?

    /// Makes a cookie that ends with the browser.
    ///
    /// - Throws: ``SessionError/Code/configuration`` that names what the grammar, a limit or a prefix forbids
    public init(name: String, value: String, scope: Scope = .init()) throws(SessionError) {
        try self.init(name: name, value: value, scope: scope, lifetime: nil)
    }

    /// Makes a cookie that user agents keep for a number of seconds.
    ///
    /// - Parameters:
    ///   - name: the characters of an HTTP token
    ///   - value: the cookie-octets of RFC 6265bis
    ///   - scope: where the cookie goes and how it is guarded
    ///   - maxAge: in seconds; above ``maximumAge`` it is cut to it, and at 0 or less the cookie is a deletion
    ///   - now: when it is sent
    /// - Throws: ``SessionError/Code/configuration`` that names what the grammar, a limit or a prefix forbids
    public init(
        name: String, value: String, scope: Scope = .init(), maxAge: Int64, from now: Timestamp
    ) throws(SessionError) {
        try self.init(name: name, value: value, scope: scope, lifetime: (maxAge, now))
    }

    private init(
        name: String, value: String, scope: Scope, lifetime: (seconds: Int64, from: Timestamp)?
    ) throws(SessionError) {
        func check(_ valid: Bool, _ message: @autoclosure () -> String) throws(SessionError) {
            if !valid { throw SessionError(.configuration, message()) }
        }
        try check(!name.isEmpty, "a cookie needs a name")
        try check(name.utf8.allSatisfy(isTokenByte), "cookie name \"\(name)\": only the characters of an HTTP token")
        try check(isValue(value), "the value of cookie \(name) has bytes that RFC 6265bis forbids")
        try check(
            name.utf8.count + value.utf8.count <= Self.maximumBytes,
            "cookie \(name): name and value take \(name.utf8.count + value.utf8.count) bytes, the limit is \(Self.maximumBytes)"
        )
        for (attribute, text) in [("Path", scope.path), ("Domain", scope.domain ?? "")] {
            try check(
                text.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != UInt8(ascii: ";") },
                "\(attribute) of cookie \(name) has bytes that RFC 6265bis forbids")
            try check(
                text.utf8.count <= Self.maximumAttributeBytes,
                "\(attribute) of cookie \(name) takes \(text.utf8.count) bytes, the limit is \(Self.maximumAttributeBytes)"
            )
            try check(
                text.utf8.first != UInt8(ascii: " ") && text.utf8.last != UInt8(ascii: " "),
                "\(attribute) of cookie \(name) begins or ends with a blank, which user agents drop; leave it out")
        }
        try check(scope.path.utf8.first == UInt8(ascii: "/"), "Path of cookie \(name) must begin with \"/\"")
        // User agents drop a first dot.
        try check(
            scope.domain.map { !["", "."].contains($0) } ?? true, "Domain of cookie \(name) is empty; leave it out")
        try check(
            scope.sameSite != .none || scope.isSecure,
            "cookie \(name): SameSite=None needs Secure, or user agents drop it; set isSecure, or use SameSite=Lax")
        try check(
            !scope.isPartitioned || scope.isSecure,
            "cookie \(name): Partitioned needs Secure, or user agents drop it; set isSecure, or leave Partitioned out")

        // User agents compare the prefixes without regard to case.
        let lowercased = name.lowercased()
        if lowercased.hasPrefix("__host-") || lowercased.hasPrefix("__secure-") || lowercased.hasPrefix("__http-") {
            try check(
                scope.isSecure,
                "cookie \(name): its prefix needs Secure; for development without TLS choose another name")
        }
        if lowercased.hasPrefix("__host-") {
            try check(
                scope.domain == nil,
                "cookie \(name): __Host- allows no Domain; name it __Secure-… to share it across hosts")
            try check(scope.path == "/", "cookie \(name): __Host- needs Path=/, not \"\(scope.path)\"")
        }
        if lowercased.hasPrefix("__http-") || lowercased.hasPrefix("__host-http-") {
            try check(scope.isHTTPOnly, "cookie \(name): its prefix needs HttpOnly")
        }
        self.name = name
        self.value = value
        self.scope = scope
        maxAge = lifetime.map { min(max($0.seconds, 0), Self.maximumAge) }
        // Long ago for a deletion, whatever the clock of the user agent says.
        expiresAt = maxAge.flatMap { age in
            age == 0 ? Timestamp(milliseconds: 0) : lifetime.map { $0.from + .seconds(age) }
        }
    }

    /// Returns the cookie that makes user agents drop the one of the same name and scope.
    public static func deletion(of name: String, scope: Scope) throws(SessionError) -> SetCookie {
        try SetCookie(name: name, value: "", scope: scope, maxAge: 0, from: Timestamp(milliseconds: 0))
    }

    /// The value of the `Set-Cookie` field.
    public var serialized: String {
        var text = "\(name)=\(value); Path=\(scope.path)"
        if let domain = scope.domain { text += "; Domain=\(domain)" }
        // Expires as well, for what predates Max-Age and for parsers that refuse a Max-Age that begins with 0.
        if let maxAge, let expiresAt { text += "; Max-Age=\(maxAge); Expires=\(expiresAt.httpDate)" }
        if scope.isSecure { text += "; Secure" }
        if scope.isHTTPOnly { text += "; HttpOnly" }
        text += "; SameSite=\(scope.sameSite.rawValue)"
        if scope.isPartitioned { text += "; Partitioned" }
        return text
    }
}

extension SetCookie: CustomStringConvertible, CustomReflectable {
    /// The name; never the value.
    public var description: String { "SetCookie(\(name), value redacted)" }
    /// The name and the scope, so that a dump shows no value.
    public var customMirror: Mirror { Mirror(self, children: ["name": name, "scope": scope]) }
}

/// RFC 9110's token.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

/// RFC 6265bis' cookie-octets, or those in one pair of quotes.
private func isValue(_ value: String) -> Bool {
    var bytes = Substring(value).utf8
    if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
        bytes = bytes.dropFirst().dropLast()
    }
    return bytes.allSatisfy { byte in
        switch byte {
        case 0x21, 0x23...0x2b, 0x2d...0x3a, 0x3c...0x5b, 0x5d...0x7e: true
        default: false
        }
    }
}
