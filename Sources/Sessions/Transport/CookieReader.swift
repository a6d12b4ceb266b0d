import HTTPTypes

/// Reads `Cookie` header fields as bytes, in one pass and in linear time.
///
/// The profile: fields are read as one list; split on `;`, trim SP and HTAB, split at the first `=`; names are case-sensitive;
/// no percent-decoding, no quotes, no `$Version`, no commas (RFC 6265bis 5.6 read from the other side).
struct CookieReader: Sendable {
    /// Bytes of all `Cookie` fields of a request together.
    static let maximumBytes = 32 * 1024
    /// Pairs in all `Cookie` fields of a request together.
    static let maximumPairs = 256

    let visitorName: [UInt8]
    let signedInName: [UInt8]

    init(visitorName: String, signedInName: String) {
        self.visitorName = Array(visitorName.utf8)
        self.signedInName = Array(signedInName.utf8)
    }

    /// - Returns: what stands under the two names, the signed-in user's first
    func read(_ fields: HTTPFields) throws(SessionError) -> [PresentedToken] {
        var found = Found()
        var bytes = 0, pairs = 0
        for field in fields where field.name == .cookie {
            try field.withUnsafeBytesOfValue { (value: UnsafeBufferPointer<UInt8>) throws(SessionError) in
                bytes += value.count
                guard bytes <= Self.maximumBytes else {
                    throw SessionError(
                        .cookieHeaderTooLarge, "the Cookie header has over \(Self.maximumBytes) bytes, the limit")
                }
                try read(value, into: &found, pairs: &pairs)
            }
        }
        if found.signedIn.isAbsent && found.visitor.isAbsent { return [] }
        var presented: [PresentedToken] = []
        if let value = found.signedIn.value { presented.append(.init(value, at: .signedInCookie)) }
        if let value = found.visitor.value { presented.append(.init(value, at: .visitorCookie)) }
        return presented
    }

    /// What the pairs so far hold under one name.
    private struct Slot {
        private var text: [UInt8] = []
        private(set) var value: PresentedToken.Value?

        var isAbsent: Bool { value == nil }

        mutating func note(_ text: UnsafeBufferPointer<UInt8>) {
            guard value != nil else {
                self.text = Array(text)
                value = SessionToken(text).map { .token($0) } ?? .malformed
                return
            }
            if !self.text.elementsEqual(text) { value = .ambiguous }
        }
    }

    private struct Found {
        var visitor = Slot()
        var signedIn = Slot()
    }

    private func read(
        _ value: UnsafeBufferPointer<UInt8>, into found: inout Found, pairs: inout Int
    ) throws(SessionError) {
        var start = 0
        while start < value.count {
            var end = start, equals = -1
            while end < value.count, value[end] != UInt8(ascii: ";") {
                if equals < 0, value[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            pairs += 1
            guard pairs <= Self.maximumPairs else {
                throw SessionError(
                    .cookieHeaderTooLarge, "the Cookie header has over \(Self.maximumPairs) cookies, the limit")
            }
            if equals >= 0 {
                let name = trimmed(value, start..<equals)
                if matches(name, visitorName) {
                    found.visitor.note(trimmed(value, (equals + 1)..<end))
                } else if matches(name, signedInName) {
                    found.signedIn.note(trimmed(value, (equals + 1)..<end))
                }
            }
            start = end + 1
        }
    }

    private func trimmed(
        _ value: UnsafeBufferPointer<UInt8>, _ range: Range<Int>
    ) -> UnsafeBufferPointer<UInt8> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, value[start] == 0x20 || value[start] == 0x09 { start += 1 }
        while end > start, value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
        return UnsafeBufferPointer(rebasing: value[start..<end])
    }

    private func matches(_ name: UnsafeBufferPointer<UInt8>, _ expected: [UInt8]) -> Bool {
        name.count == expected.count && name.elementsEqual(expected)
    }
}
