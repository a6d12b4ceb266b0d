extension String {
    /// The text for HTML, as an element's or an attribute's.
    ///
    /// It goes byte by byte: a quote with an accent on it is one `Character`, and still the end of an attribute for a browser.
    package var escapedForHTML: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes += Array("&amp;".utf8)
            case UInt8(ascii: "<"): bytes += Array("&lt;".utf8)
            case UInt8(ascii: ">"): bytes += Array("&gt;".utf8)
            case UInt8(ascii: "\""): bytes += Array("&quot;".utf8)
            case UInt8(ascii: "'"): bytes += Array("&#39;".utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text as a value in a query: what RFC 3986 leaves unreserved stays, and all else is escaped.
    package func escapedForQuery(keepsSlashes: Bool = false) -> String {
        let digits = Array("0123456789ABCDEF".unicodeScalars)
        var value = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
                value.unicodeScalars.append(UnicodeScalar(byte))
            case 0x2f where keepsSlashes: value += "/"
            default:
                value.unicodeScalars.append(contentsOf: ["%", digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return value
    }
}
