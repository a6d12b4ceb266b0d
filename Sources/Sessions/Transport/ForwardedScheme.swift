import HTTPTypes

/// What a request's fields say of the scheme that the client used, read from the last element of each: what the nearest proxy has
/// added.
struct ForwardedScheme: Sendable, Equatable {
    /// Whether `X-Forwarded-Proto` names a scheme over TLS; `nil` where it isn't there.
    private var xForwardedProto: Bool?
    /// Whether the `proto` of `Forwarded` names a scheme over TLS; `nil` where it isn't there.
    private var forwarded: Bool?

    init(_ fields: HTTPFields) {
        // One pass by index: a look-up by name would index all fields, and most requests have neither.
        for index in fields.indices {
            let name = fields[index].name.canonicalName
            // By length first, in which most names differ: to compare texts takes longer than all the rest.
            switch name.utf8.count {
            case Self.xForwardedProtoName.utf8.count where name == Self.xForwardedProtoName:
                xForwardedProto = Self.isSecure(fields[index].value.split(separator: ",").last ?? "")
            case Self.forwardedName.utf8.count where name == Self.forwardedName:
                forwarded = Self.isSecure(forwarded: fields[index].value)
            default: break
            }
        }
    }

    private static let xForwardedProtoName = "x-forwarded-proto"
    /// RFC 7239.
    private static let forwardedName = "forwarded"

    /// Whether anything says plain HTTP.
    ///
    /// It is believed whatever its source: to say so does a client no good.
    var saysInsecure: Bool { xForwardedProto == false || forwarded == false }

    /// Whether the field that counts says TLS, and the other one nothing else.
    func saysSecure(in field: ForwardedField) -> Bool {
        guard !saysInsecure else { return false }
        return switch field {
        case .either: xForwardedProto == true || forwarded == true
        case .xForwardedProto: xForwardedProto == true
        case .forwarded: forwarded == true
        }
    }

    /// What the fields say, for a log; never their text, which a client may have written.
    var account: String {
        func said(_ isSecure: Bool?, in name: String) -> String? {
            isSecure.map { "\(name) says \($0 ? "TLS" : "plain HTTP")" }
        }
        let said = [said(xForwardedProto, in: "X-Forwarded-Proto"), said(forwarded, in: "Forwarded")].compactMap(\.self)
        return said.isEmpty ? "neither X-Forwarded-Proto nor Forwarded says anything" : said.joined(separator: ", ")
    }

    /// A WebSocket's upgrade is named by its own scheme by some proxies.
    private static func isSecure(_ scheme: some StringProtocol) -> Bool {
        let scheme = scheme.trimmingSpaces().lowercased()
        return scheme == "https" || scheme == "wss"
    }

    private static func isSecure(forwarded value: String) -> Bool? {
        // A quote that stays open swallows what the proxy has added behind it.
        guard let elements = value.utf8.split(atUnquoted: UInt8(ascii: ",")), let last = elements.last,
            let pairs = last.split(atUnquoted: UInt8(ascii: ";"))
        else { return false }
        var isSecure: Bool?
        for pair in pairs {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, text(parts[0]).trimmingSpaces().lowercased() == "proto" else { continue }
            isSecure = isSecure != false && Self.isSecure(text(parts[1]).filter { $0 != "\"" })
        }
        return isSecure
    }

    private static func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
}

extension HTTPFields {
    /// Whether a proxy has written anything here: of the client's scheme, its address, or the host that it asked for.
    var areForwarded: Bool {
        contains { field in
            let name = field.name.canonicalName
            return name.hasPrefix("x-forwarded") || Self.forwardingNames.contains(name)
        }
    }

    private static let forwardingNames: Set<String> = ["forwarded", "via", "x-real-ip", "x-original-host"]
}

extension Collection<UInt8> {
    /// Splits where `separator` stands outside of RFC 9110's quoted strings: what a client wrote may stand in one.
    ///
    /// By bytes, since a client's combining character would make one character of itself and a separator.
    /// - Returns: `nil` where a quoted string has no end
    func split(atUnquoted separator: UInt8) -> [SubSequence]? {
        var parts: [SubSequence] = []
        var start = startIndex, isQuoted = false, isEscaped = false
        for index in indices {
            switch self[index] {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\") where isQuoted: isEscaped = true
            case UInt8(ascii: "\""): isQuoted.toggle()
            case separator where !isQuoted:
                parts.append(self[start..<index])
                start = self.index(after: index)
            default: break
            }
        }
        return isQuoted ? nil : parts + [self[start...]]
    }
}
