public import Sessions

extension CookieJar {
    /// One cookie as a user agent keeps it: everything is bytes, and the strings are those bytes read as UTF-8.
    public struct Cookie: Sendable, Hashable {
        /// The bytes of the name; empty for a cookie without one.
        public let nameBytes: [UInt8]
        /// The bytes of the value.
        public let valueBytes: [UInt8]
        /// A place in the order of creation, which a replaced cookie hands on.
        var number: Int
        var domainBytes: [UInt8] = []
        var pathBytes: [UInt8] = []

        /// When the cookie expires; `nil` for a cookie that ends with the browser.
        public internal(set) var expiresAt: Timestamp?
        /// Whether the cookie came without a Domain and so goes to its very host alone.
        public internal(set) var isHostOnly = false
        /// Whether only requests over TLS carry the cookie.
        public internal(set) var isSecure = false
        /// Whether the cookie is hidden from scripts.
        public internal(set) var isHTTPOnly = false
        /// Which requests from other sites carry the cookie; `nil` where the field says none of the three words.
        public internal(set) var sameSite: SetCookie.SameSite?

        init(nameBytes: [UInt8], valueBytes: [UInt8], number: Int) {
            self.nameBytes = nameBytes
            self.valueBytes = valueBytes
            self.number = number
        }

        /// The name.
        public var name: String { String(decoding: nameBytes, as: UTF8.self) }
        /// The value.
        public var value: String { String(decoding: valueBytes, as: UTF8.self) }
        /// The host that set the cookie, or its Domain.
        public var domain: String { String(decoding: domainBytes, as: UTF8.self) }
        /// The path below which requests carry the cookie.
        public var path: String { String(decoding: pathBytes, as: UTF8.self) }

        /// How it stands in a `Cookie` field.
        var pair: [UInt8] { nameBytes.isEmpty ? valueBytes : nameBytes + "=".utf8 + valueBytes }

        func isExpired(at now: Timestamp) -> Bool { expiresAt.map { $0 <= now } ?? false }

        func fits(_ url: CookieURL) -> Bool {
            (isHostOnly ? url.host == domainBytes : domainMatches(url.host, domainBytes))
                && pathMatches(url.path, pathBytes)
        }

        func hasSameScope(as other: Cookie) -> Bool {
            nameBytes == other.nameBytes && domainBytes == other.domainBytes && isHostOnly == other.isHostOnly
                && pathBytes == other.pathBytes
        }

        /// Whether this is a Secure cookie that `other`, from plain HTTP, would replace or hide ("Leave Secure Cookies Alone").
        func isProtected(from other: Cookie) -> Bool {
            isSecure && !other.isSecure && nameBytes == other.nameBytes
                && (domainMatches(domainBytes, other.domainBytes) || domainMatches(other.domainBytes, domainBytes))
                && pathMatches(other.pathBytes, pathBytes)
        }

        func checkPrefix(hasPath: Bool) throws(Refusal.Reason) {
            // A nameless cookie is sent as its bare value, which a server would read as a name.
            let text = (nameBytes.isEmpty ? valueBytes : nameBytes).map(lowercased)
            func hasPrefix(_ prefix: String) -> Bool { text.starts(with: prefix.utf8) }
            let isHostName = hasPrefix("__host-")
            let isHTTPName = hasPrefix("__http-") || hasPrefix("__host-http-")
            guard isHostName || isHTTPName || hasPrefix("__secure-") else { return }
            guard !nameBytes.isEmpty, isSecure, isHTTPOnly || !isHTTPName else { throw .prefix }
            guard !isHostName || (isHostOnly && hasPath && pathBytes == [UInt8(ascii: "/")]) else { throw .prefix }
        }
    }
}
