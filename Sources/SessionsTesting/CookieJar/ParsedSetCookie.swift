import Sessions

/// A `Set-Cookie` value, read with the user agent's lenient algorithm (RFC 6265bis 5.6), not the server's grammar.
struct ParsedSetCookie {
    let name: [UInt8]
    let value: [UInt8]
    /// From Max-Age, which wins over Expires wherever it stands.
    private(set) var maxAgeExpiry: Timestamp?
    private(set) var expires: Timestamp?
    private(set) var domain: [UInt8]?
    private(set) var path: [UInt8]?
    private(set) var isSecure = false
    private(set) var isHTTPOnly = false
    private(set) var sameSite: SetCookie.SameSite?

    init(_ bytes: [UInt8], now: Timestamp, defaultPath: [UInt8]) throws(CookieJar.Refusal.Reason) {
        guard !bytes.contains(where: { ($0 < 0x20 && $0 != 0x09) || $0 == 0x7f }) else { throw .controlCharacter }
        let parts = bytes.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        let first = parts.first ?? []
        if let equals = first.firstIndex(of: UInt8(ascii: "=")) {
            name = trimmed(first[..<equals])
            value = trimmed(first[(equals + 1)...])
        } else {
            name = []
            value = trimmed(first)
        }
        guard !name.isEmpty || !value.isEmpty else { throw .empty }
        guard name.count + value.count <= CookieJar.maximumBytes else { throw .tooLarge }
        for part in parts.dropFirst() {
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let attribute = trimmed(part[..<(equals ?? part.endIndex)]).map(lowercased)
            let text = equals.map { trimmed(part[($0 + 1)...]) } ?? []
            guard text.count <= CookieJar.maximumAttributeBytes else { continue }
            read(String(decoding: attribute, as: UTF8.self), text, now: now, defaultPath: defaultPath)
        }
    }

    /// A later attribute of one name wins over an earlier one, where it can be read at all.
    private mutating func read(_ attribute: String, _ text: [UInt8], now: Timestamp, defaultPath: [UInt8]) {
        switch attribute {
        case "expires":
            if let moment = CookieDate.parse(text) { expires = min(moment, now + CookieJar.maximumAge) }
        case "max-age":
            if let moment = Self.expiry(maxAge: text, now: now) { maxAgeExpiry = moment }
        case "domain":
            domain = (text.first == UInt8(ascii: ".") ? Array(text.dropFirst()) : text).map(lowercased)
        case "path":
            path = text.first == UInt8(ascii: "/") ? text : defaultPath
        case "secure":
            isSecure = true
        case "httponly":
            isHTTPOnly = true
        case "samesite":
            switch String(decoding: text.map(lowercased), as: UTF8.self) {
            case "strict": sameSite = .strict
            case "lax": sameSite = .lax
            case "none": sameSite = SetCookie.SameSite.none
            default: sameSite = nil
            }
        default:
            break
        }
    }

    private static func expiry(maxAge text: [UInt8], now: Timestamp) -> Timestamp? {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = isNegative ? text.dropFirst() : text[...]
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        // What overflows is far beyond the limit.
        let seconds = Int64(String(decoding: digits, as: UTF8.self)) ?? .max
        if isNegative || seconds == 0 { return Timestamp(milliseconds: .min) }
        return now + .seconds(min(seconds, CookieJar.maximumAge.components.seconds))
    }
}

private func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let start = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? start
    return Array(bytes[start..<max(start, end)])
}
