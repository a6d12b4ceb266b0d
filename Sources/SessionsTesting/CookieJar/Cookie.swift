public import Sessions

extension CookieJar {
    /// One cookie as a user agent keeps it. Everything is bytes; the strings are those bytes read as UTF-8.
    public struct Cookie: Sendable, Hashable {
        public let nameBytes: [UInt8]
        public let valueBytes: [UInt8]
        /// A place in the order of creation, which a replaced cookie hands on.
        var number: Int
        var domainBytes: [UInt8] = []
        var pathBytes: [UInt8] = []

        /// `nil` for a cookie that ends with the browser.
        public internal(set) var expiresAt: Timestamp?
        /// Sent to its very host alone, for it came without a Domain.
        public internal(set) var isHostOnly = false
        public internal(set) var isSecure = false
        /// Hidden from scripts.
        public internal(set) var isHTTPOnly = false
        /// `nil` when it was not said, or not one of the three words; a user agent then has its own default.
        public internal(set) var sameSite: SetCookie.SameSite?

        init(nameBytes: [UInt8], valueBytes: [UInt8], number: Int) {
            self.nameBytes = nameBytes
            self.valueBytes = valueBytes
            self.number = number
        }

        public var name: String { String(decoding: nameBytes, as: UTF8.self) }
        public var value: String { String(decoding: valueBytes, as: UTF8.self) }
        public var domain: String { String(decoding: domainBytes, as: UTF8.self) }
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
            let (isSecureName, isHostName) = (
                text.starts(with: "__secure-".utf8), text.starts(with: "__host-".utf8)
            )
            guard isSecureName || isHostName else { return }
            guard !nameBytes.isEmpty, isSecure else { throw .prefix }
            guard !isHostName || (isHostOnly && hasPath && pathBytes == [UInt8(ascii: "/")]) else { throw .prefix }
        }
    }
}
