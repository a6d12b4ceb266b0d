/// Which servers to use and how, as one text.
///
/// `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS. A cluster is
/// `redis+cluster://[user:password@]host[:port][,host[:port]…]`, or `rediss+cluster://…`; it is enough to name some of its
/// nodes. A primary that sentinels name is `redis+sentinel://[user:password@]host[:port][,host[:port]…]/name[/database]`,
/// or `rediss+sentinel://…`, and a Unix socket `redis+unix://[user:password@]/path[?database=number]`.
///
/// `cafile=/path/ca.pem` after a `?` names the authorities that TLS trusts, in place of the system's. `passwordfile=/path`
/// and `passwordenv=NAME` say where the password is, so that no list of processes shows it; `sentinelpasswordfile` and
/// `sentinelpasswordenv` that of the sentinels. Special characters in user, password and path are written as `%40`. The
/// port is 6379 where none is given, and 26379 for a sentinel.
public struct RedisURL: Sendable, Hashable {
    /// Whether the servers are nodes of a cluster.
    public var isCluster: Bool
    /// Whether connections are made over TLS.
    public var isTLS: Bool
    /// The one server, some nodes of a cluster, or sentinels.
    public var servers: [ServerAddress]
    /// What the sentinels call the primary; `nil` where ``servers`` are no sentinels.
    public var sentinelPrimary: String?
    /// The name for `AUTH`; `nil` for the user `default`.
    public var user: String?
    var password: PasswordSource?
    var sentinelPassword: PasswordSource?
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
            throw refusal("it must begin with redis://, or another of \(Self.schemes)")
        }
        guard let (kind, isTLS) = Self.kinds[scheme] else {
            // With credentials in it, what stands before :// may be a part of them.
            throw refusal(
                "\(text[...].has("@") ? "its scheme" : "the scheme \(scheme)") is none of \(Self.schemes)")
        }
        self.isTLS = isTLS
        isCluster = kind == .cluster
        let (beforeQuery, query) = rest.split(onFirst: "?") ?? (rest, "")
        let (authority, path) = beforeQuery.split(onFirst: "/") ?? (beforeQuery, "")
        // Told before anything of it is shown: what follows could be the rest of a password.
        guard !path.has("@"), !query.has("@") else {
            throw refusal("an @ follows a / or ?; write @, / and ? in user, password and file as %40, %2F and %3F")
        }
        let (credentials, hosts) = authority.split(onLast: "@") ?? ("", authority)
        servers = []
        database = 0
        do throws(Problem) {
            switch kind {
            case .socket: servers = [try Self.socket(host: hosts, path: path)]
            case .single: servers = try Self.servers(hosts)
            case .cluster: servers = try Self.servers(hosts)
            case .sentinel: servers = try Self.servers(hosts, port: 26_379)
            }
            if authority.has("@") { try take(credentials: credentials) }
            switch kind {
            case .socket: break
            case .single, .cluster: database = try Self.database(path)
            case .sentinel:
                let (name, database) = path.split(onFirst: "/") ?? (path, "")
                guard let name = name.percentDecoded, !name.isEmpty else {
                    throw Problem("after the sentinels follows what they call the primary, as in /mymaster")
                }
                sentinelPrimary = name
                self.database = try Self.database(database)
            }
            for item in query.split(separator: "&") { try take(option: item, of: kind) }
        } catch {
            throw refusal(error.description)
        }
        guard kind == .cluster || kind == .sentinel || servers.count == 1 else {
            throw refusal(
                "it names \(servers.count) servers; only redis+cluster:// and redis+sentinel:// take more than one")
        }
        guard user == nil || password != nil else {
            throw refusal("there is a user without a password; write user:password@, or name a passwordfile")
        }
        guard database == 0 || !isCluster else { throw refusal("a cluster has no database but 0") }
    }

    private enum Kind {
        case single
        case cluster
        case sentinel
        case socket
    }

    /// Those that follow the first in a row are other clients' names for it.
    private static let kinds: [Substring: (kind: Kind, isTLS: Bool)] = [
        "redis": (.single, false), "rediss": (.single, true),
        "redis+cluster": (.cluster, false), "rediss+cluster": (.cluster, true),
        "redis+sentinel": (.sentinel, false), "redis-sentinel": (.sentinel, false),
        "rediss+sentinel": (.sentinel, true), "rediss-sentinel": (.sentinel, true),
        "redis+unix": (.socket, false), "redis+socket": (.socket, false), "redis-socket": (.socket, false),
    ]

    private static let schemes =
        "redis, rediss, redis+cluster, rediss+cluster, redis+sentinel, rediss+sentinel and redis+unix"

    private mutating func take(credentials: Substring) throws(Problem) {
        let (user, password) = credentials.split(onFirst: ":") ?? (credentials, "")
        guard let user = user.percentDecoded, let password = password.percentDecoded else {
            throw Problem("a % in the user or password isn't followed by two hexadecimal digits")
        }
        self.user = user.isEmpty ? nil : user
        if !password.isEmpty { self.password = .text(password) }
    }

    private mutating func take(option: Substring, of kind: Kind) throws(Problem) {
        guard let (name, text) = option.split(onFirst: "="), let value = text.percentDecoded, !value.isEmpty else {
            throw Problem("the option \(option.split(onFirst: "=")?.0 ?? "…") is unknown or empty")
        }
        switch (name, kind) {
        case ("cafile", _):
            guard isTLS else { throw Problem("cafile needs TLS, as with rediss://") }
            authoritiesFile = value
        case ("passwordfile", _): try Self.set(&password, to: .file(value))
        case ("passwordenv", _): try Self.set(&password, to: .environment(value))
        case ("sentinelpasswordfile", .sentinel): try Self.set(&sentinelPassword, to: .file(value))
        case ("sentinelpasswordenv", .sentinel): try Self.set(&sentinelPassword, to: .environment(value))
        case ("database", .socket): database = try Self.database(text)
        default:
            throw Problem(
                "the option \(name) is unknown or empty; there are cafile=/path/ca.pem, passwordfile=/path and "
                    + "passwordenv=NAME, for sentinels sentinelpasswordfile and sentinelpasswordenv, and for a socket "
                    + "database=number")
        }
    }

    private static func set(_ place: inout PasswordSource?, to source: PasswordSource) throws(Problem) {
        guard place == nil else { throw Problem("it says twice what the password is") }
        place = source
    }

    private static func database(_ text: Substring) throws(Problem) -> Int {
        if text.isEmpty { return 0 }
        guard let number = Int(text), (0...1_000_000).contains(number) else {
            throw Problem("the database \(text) is no number")
        }
        return number
    }

    /// What is wrong with a part.
    private struct Problem: Error {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private static func socket(host: Substring, path: Substring) throws(Problem) -> ServerAddress {
        guard host.isEmpty, !path.isEmpty, let path = path.percentDecoded, !path.utf8.contains(0) else {
            throw Problem("a socket is an absolute path, as in redis+unix:///run/redis.sock")
        }
        // What fits into the address of a socket, on every system.
        guard path.utf8.count + 1 <= 103 else { throw Problem("the path of a socket takes 103 bytes at most") }
        return ServerAddress(unixSocket: "/" + path)
    }

    private static func servers(_ hosts: Substring, port: Int = 6379) throws(Problem) -> [ServerAddress] {
        var servers: [ServerAddress] = []
        for host in hosts.split(separator: ",", omittingEmptySubsequences: false) {
            servers.append(try server(host, port: port))
        }
        return servers
    }

    private static func server(_ text: Substring, port usual: Int) throws(Problem) -> ServerAddress {
        var (host, port): (Substring, Substring?) = (text, nil)
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]") else { throw Problem("\(text) has no ]") }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { throw Problem("\(text) goes on after the ]") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let (before, after) = text.split(onFirst: ":") {
            guard !after.contains(":") else {
                throw Problem("\(text) has several colons; write an IPv6 address in brackets")
            }
            (host, port) = (before, after)
        }
        guard !host.isEmpty else { throw Problem("a host is missing") }
        guard let port else { return ServerAddress(host: String(host), port: usual) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            let shown = port.allSatisfy(\.isNumber) ? "the port \(port)" : "what follows the host"
            throw Problem("\(shown) isn't a port from 1 to 65535")
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
        let shown = after.split(onFirst: "?").map { $0.0 + "?…" } ?? after
        return "\(scheme)://\(user):…@\(shown)"
    }
}

extension RedisURL: CustomStringConvertible, CustomReflectable {
    /// The URL without its password.
    public var description: String {
        let credentials = password == nil ? "" : (user ?? "") + ":…@"
        let hosts = servers.map(\.description).joined(separator: ",")
        let number = database == 0 ? "" : "\(database)"
        if servers.first?.socketPath != nil {
            return "redis+unix://\(credentials)\(hosts)" + (number.isEmpty ? "" : "?database=\(number)")
        }
        let kind = isCluster ? "+cluster" : sentinelPrimary == nil ? "" : "+sentinel"
        let path = [sentinelPrimary, number.isEmpty ? nil : number].compactMap(\.self).map { "/" + $0 }.joined()
        return (isTLS ? "rediss" : "redis") + "\(kind)://\(credentials)\(hosts)\(path)"
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
