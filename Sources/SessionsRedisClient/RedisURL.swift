/// Which servers to use and how, as one text.
///
/// `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS. A cluster is
/// `redis+cluster://[user:password@]host[:port][,host[:port]…]`, or `rediss+cluster://…`; it is enough to name some of its
/// nodes. `?cafile=/path/ca.pem` names the authorities that TLS trusts, in place of the system's. Special characters in
/// user, password and path are written as `%40`. The port is 6379 where none is given.
public struct RedisURL: Sendable, Hashable {
    /// Whether the servers are nodes of a cluster.
    public var isCluster: Bool
    /// Whether connections are made over TLS.
    public var isTLS: Bool
    /// The one server, or some nodes of a cluster.
    public var servers: [ServerAddress]
    /// The name for `AUTH`; `nil` for the user `default`.
    public var user: String?
    var password: String?
    /// The logical database; 0 in a cluster.
    public var database: Int
    /// A PEM file of the authorities to trust; `nil` for the system's.
    public var authoritiesFile: String?

    /// Reads a URL.
    ///
    /// - Throws: an error that says which part is wrong, without the password
    public init(_ text: String) throws(RedisConfigurationError) {
        let shown = Self.redacted(text)
        func refusal(_ problem: String) -> RedisConfigurationError {
            RedisConfigurationError("the Redis URL \(shown) can't be used: \(problem)")
        }
        guard let (scheme, rest) = text[...].split(onFirst: "://") else {
            throw refusal("it must begin with redis://, rediss://, redis+cluster:// or rediss+cluster://")
        }
        guard let kind = Self.kinds[scheme] else {
            // With credentials in it, what stands before :// may be a part of them.
            throw refusal(
                "\(text[...].has("@") ? "its scheme" : "the scheme \(scheme)") is none of redis, rediss, redis+cluster and "
                    + "rediss+cluster")
        }
        (isCluster, isTLS) = kind
        let (beforeQuery, query) = rest.split(onFirst: "?") ?? (rest, "")
        let (authority, path) = beforeQuery.split(onFirst: "/") ?? (beforeQuery, "")
        // Told before anything of it is shown: what follows could be the rest of a password.
        guard !path.has("@"), !query.has("@") else {
            throw refusal("an @ follows a / or ?; write @, / and ? in user, password and file as %40, %2F and %3F")
        }
        let (credentials, hosts) = authority.split(onLast: "@") ?? ("", authority)
        if authority.has("@") {
            let (user, password) = credentials.split(onFirst: ":") ?? (credentials, "")
            guard let user = user.percentDecoded, let password = password.percentDecoded else {
                throw refusal("a % in the user or password isn't followed by two hexadecimal digits")
            }
            guard !password.isEmpty else { throw refusal("there is a user without a password; write user:password@") }
            self.user = user.isEmpty ? nil : user
            self.password = password
        }
        servers = []
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
            do {
                servers.append(try Self.server(host))
            } catch {
                throw refusal(error.description)
            }
        }
        guard isCluster || servers.count == 1 else {
            throw refusal("it names \(servers.count) servers; only redis+cluster:// takes more than one")
        }
        guard path.isEmpty || Int(path).map({ (0...1_000_000).contains($0) }) == true else {
            throw refusal("the database \(path) is no number")
        }
        database = Int(path) ?? 0
        guard database == 0 || !isCluster else { throw refusal("a cluster has no database but 0") }
        for item in query.split(separator: "&") {
            guard let (name, value) = item.split(onFirst: "="), name == "cafile", let file = value.percentDecoded,
                !file.isEmpty
            else {
                let name = item.split(onFirst: "=")?.0 ?? "…"
                throw refusal("the option \(name) is unknown or empty; there is cafile=/path/ca.pem")
            }
            guard isTLS else { throw refusal("cafile needs rediss:// or rediss+cluster://") }
            authoritiesFile = file
        }
    }

    private static let kinds: [Substring: (isCluster: Bool, isTLS: Bool)] = [
        "redis": (false, false), "rediss": (false, true), "redis+cluster": (true, false),
        "rediss+cluster": (true, true),
    ]

    private struct BadHost: Error {
        let description: String
    }

    private static func server(_ text: Substring) throws(BadHost) -> ServerAddress {
        var (host, port): (Substring, Substring?) = (text, nil)
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw BadHost(description: "\(text) has no ]") }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { throw BadHost(description: "\(text) goes on after the ]") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let (before, after) = text.split(onFirst: ":") {
            guard !after.contains(":") else {
                throw BadHost(description: "\(text) has several colons; write an IPv6 address in brackets")
            }
            (host, port) = (before, after)
        }
        guard !host.isEmpty else { throw BadHost(description: "a host is missing") }
        guard let port else { return ServerAddress(host: String(host), port: 6379) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            let shown = port.allSatisfy(\.isNumber) ? "the port \(port)" : "what follows the host"
            throw BadHost(description: "\(shown) isn't a port from 1 to 65535")
        }
        return ServerAddress(host: String(host), port: number)
    }

    /// The text without what stands between its scheme and the last `@`, the user's name apart.
    private static func redacted(_ text: String) -> String {
        guard let (before, after) = text[...].split(onLast: "@") else {
            // Without an @ there are no credentials, unless the host was forgotten, or they were written as options.
            let base = text[...].split(onFirst: "?").map { $0.0 + "?…" } ?? text[...]
            guard let (scheme, rest) = base.split(onFirst: "://"), let (host, after) = rest.split(onFirst: ":"),
                let next = after.first, !host.has("["), !next.isNumber, next != ":"
            else { return String(base) }
            return "\(scheme)://\(host):…"
        }
        guard let (scheme, credentials) = before.split(onFirst: "://"),
            kinds[scheme] != nil
        else { return "…@\(after)" }
        let user = credentials.split(onFirst: ":")?.0 ?? ""
        return "\(scheme)://\(user):…@\(after)"
    }
}

extension RedisURL: CustomStringConvertible, CustomReflectable {
    /// The URL without its password.
    public var description: String {
        let scheme = (isTLS ? "rediss" : "redis") + (isCluster ? "+cluster" : "")
        let credentials = password == nil ? "" : (user ?? "") + ":…@"
        let hosts = servers.map(\.description).joined(separator: ",")
        return "\(scheme)://\(credentials)\(hosts)" + (database == 0 ? "" : "/\(database)")
    }

    /// The URL without its password.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}

// By bytes: a combining mark after it makes a character of its own of an `@`, and a password would be taken for a host.
extension Substring {
    fileprivate func has(_ byte: Unicode.Scalar) -> Bool { utf8.contains(UInt8(ascii: byte)) }

    fileprivate func split(onFirst separator: String) -> (Substring, Substring)? {
        var start = startIndex
        while start != endIndex {
            let rest = utf8[start...]
            if rest.starts(with: separator.utf8) {
                return (self[..<start], self[utf8.index(start, offsetBy: separator.utf8.count)...])
            }
            start = utf8.index(after: start)
        }
        return nil
    }

    fileprivate func split(onLast separator: Unicode.Scalar) -> (Substring, Substring)? {
        utf8.lastIndex(of: UInt8(ascii: separator)).map { (self[..<$0], self[utf8.index(after: $0)...]) }
    }

    /// The text with `%41` as `A`; `nil` where a `%` isn't followed by two hexadecimal digits, or the bytes are no UTF-8.
    fileprivate var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, rest.first != UInt8(ascii: "+"), rest.first != UInt8(ascii: "-"),
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension RedisClientConfiguration {
    package mutating func apply(_ url: RedisURL) {
        credentials = url.password.map { Credentials(user: url.user, password: $0) }
        database = url.database
        guard url.isTLS else {
            tls = nil
            return
        }
        var tls = self.tls ?? TLS()
        tls.authoritiesFile = url.authoritiesFile ?? tls.authoritiesFile
        self.tls = tls
    }
}
