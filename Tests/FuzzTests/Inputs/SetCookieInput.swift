@testable import Sessions
@testable import SessionsTesting

/// An input of the fuzzer: a cookie that an application asks for.
///
/// One byte says which attributes it has and one which prefix; four are its age, four the time; then name, value, path and domain
/// follow, with a NUL between them.
struct SetCookieInput {
    private let name, value: String
    private let scope: SetCookie.Scope
    private let maxAge: Int64?
    private let now: Timestamp

    /// Reads what the fuzzer made; it takes ten bytes.
    init?(_ input: [UInt8]) {
        guard input.count >= 10 else { return nil }
        let flags = input[0]
        func number(at index: Int) -> Int64 { input[index..<(index + 4)].reduce(0) { $0 << 8 | Int64($1) } }
        let texts = input.dropFirst(10).split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let prefixes = ["", "__Host-", "__Secure-", "__Http-", "__Host-Http-", "__hOST-", "__HOST-http-", "__sECURE-"]
        name = prefixes[Int(input[1] % 8)] + texts[0]
        value = texts.count > 1 ? texts[1] : ""
        scope = SetCookie.Scope(
            domain: flags & 1 != 0 && texts.count > 3 ? texts[3] : nil, path: "/" + (texts.count > 2 ? texts[2] : ""),
            sameSite: [.strict, .lax, SetCookie.SameSite.none, .lax][Int(flags >> 1 & 3)], isSecure: flags & 8 != 0,
            isHTTPOnly: flags & 16 != 0, isPartitioned: flags & 32 != 0)
        // From 2 * 10^9 seconds before 1970 on; beyond 400 days it is cut.
        maxAge = flags & 64 != 0 ? number(at: 2) - 2_000_000_000 : nil
        now = Timestamp(milliseconds: number(at: 6) * 1000 + Int64(flags))
    }

    /// What is wrong with this cookie, or `nil`.
    ///
    /// It is made exactly where the grammar, the limits and the prefixes allow it, and a user agent that reads it by RFC 6265bis
    /// (5.6) has the same name, value and attributes.
    var fault: String? {
        let cookie: SetCookie
        do {
            cookie =
                if let maxAge { try SetCookie(name: name, value: value, scope: scope, maxAge: maxAge, from: now) } else
                {
                    try SetCookie(name: name, value: value, scope: scope)
                }
        } catch {
            if error.code != .configuration { return "it is refused as \(error.code)" }
            return isAllowed ? "it is refused, though it may be: \(error)" : nil
        }
        guard isAllowed else { return "it may not be: \(cookie.serialized)" }
        return difference(of: cookie.serialized)
    }

    private func difference(of field: String) -> String? {
        guard let parsed = try? ParsedSetCookie(Array(field.utf8), now: now, defaultPath: []) else {
            return "a user agent refuses \(field)"
        }
        let attributes = field.components(separatedBy: "; ").dropFirst().map { $0.prefix { $0 != "=" } }
        let age = maxAge.map { min(max($0, 0), 34_560_000) }
        let deadline = age.map { $0 == 0 ? Timestamp(milliseconds: .min) : now + .seconds($0) }
        let second = Timestamp(milliseconds: now.milliseconds / 1000 * 1000)
        let expires = age.map { $0 == 0 ? Timestamp(milliseconds: 0) : second + .seconds($0) }
        var domain = scope.domain?.lowercased()
        if domain?.first == "." { domain?.removeFirst() }
        let checks: [(String, Bool)] = [
            ("name", parsed.name.elementsEqual(name.utf8)), ("value", parsed.value.elementsEqual(value.utf8)),
            ("Path", parsed.path?.elementsEqual(scope.path.utf8) == true),
            ("Domain", parsed.domain.map { String(decoding: $0, as: UTF8.self) } == domain),
            ("Secure", parsed.isSecure == scope.isSecure), ("HttpOnly", parsed.isHTTPOnly == scope.isHTTPOnly),
            ("SameSite", parsed.sameSite == scope.sameSite),
            ("Partitioned", attributes.contains("Partitioned") == scope.isPartitioned),
            ("Max-Age", parsed.maxAgeExpiry == deadline), ("Expires", parsed.expires == expires),
            ("one of each", Set(attributes).count == attributes.count),
        ]
        return checks.first { !$0.1 }.map { "a user agent has another \($0.0): \(field)" }
    }

    /// RFC 6265bis' grammar, limits and prefixes, by their description.
    private var isAllowed: Bool {
        let tokens = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        var octets = value.utf8.map { $0 }
        if octets.count > 1, octets.first == 0x22, octets.last == 0x22 { octets = Array(octets.dropFirst().dropLast()) }
        guard !name.isEmpty, name.utf8.allSatisfy(tokens.contains), name.utf8.count + value.utf8.count <= 4096,
            octets.allSatisfy({ (0x21...0x7e).contains($0) && ![0x22, 0x2c, 0x3b, 0x5c].contains($0) })
        else { return false }
        for text in [scope.path, scope.domain].compactMap(\.self) {
            // A user agent drops the blanks around a text.
            guard text.utf8.count <= 1024, text.utf8.allSatisfy({ (0x20...0x7e).contains($0) && $0 != 0x3b }),
                text.first != " ", text.last != " "
            else { return false }
        }
        if let domain = scope.domain, domain.isEmpty || domain == "." { return false }
        if scope.sameSite == .none || scope.isPartitioned, !scope.isSecure { return false }
        let prefix = name.lowercased()
        let isHost = prefix.hasPrefix("__host-")
        let isHTTP = prefix.hasPrefix("__http-") || prefix.hasPrefix("__host-http-")
        if isHost || isHTTP || prefix.hasPrefix("__secure-"), !scope.isSecure { return false }
        if isHost, scope.domain != nil || scope.path != "/" { return false }
        return !isHTTP || scope.isHTTPOnly
    }
}

extension String {
    /// What stands between the occurrences of a text; the standard library has it for one character alone.
    fileprivate func components(separatedBy separator: String) -> [Substring] {
        var parts: [Substring] = []
        var rest = self[...]
        while let found = rest.firstRange(of: separator) {
            parts.append(rest[..<found.lowerBound])
            rest = rest[found.upperBound...]
        }
        return parts + [rest]
    }
}
