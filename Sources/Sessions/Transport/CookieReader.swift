import HTTPTypes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads `Cookie` header fields as bytes, in one pass and in linear time.
///
/// The profile: fields are read as one list; split on `;`, trim SP and HTAB, split at the first `=`; names are case-sensitive;
/// no percent-decoding, no `$Version`, no commas (RFC 6265bis 5.6 read from the other side). A token holds no quotes, so one that
/// stands in a single pair of them is read: clients that speak RFC 2965, such as Java's, send it so.
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

    init(_ cookies: SessionCookies) {
        self.init(visitorName: cookies.visitorName, signedInName: cookies.signedInName)
    }

    /// - Returns: what stands under the two names, the signed-in user's first
    func read(_ fields: HTTPFields) throws(SessionError) -> [PresentedToken] {
        var found = Found()
        var bytes = 0, pairs = 0
        // By index: a loop over the fields would copy each of them.
        for index in fields.indices where fields[index].name == .cookie {
            try fields[index].withUnsafeBytesOfValue { (value: UnsafeBufferPointer<UInt8>) throws(SessionError) in
                bytes += value.count
                guard bytes <= Self.maximumBytes else {
                    throw SessionError(
                        .cookieHeaderTooLarge, "the Cookie header has over \(Self.maximumBytes) bytes, the limit")
                }
                try read(value, into: &found, pairs: &pairs)
            }
        }
        // As literals, since an array that is added to is made twice.
        switch (found.signedIn.presented(at: .signedInCookie), found.visitor.presented(at: .visitorCookie)) {
        case (nil, nil): return []
        case (let only?, nil), (nil, let only?): return [only]
        case (let first?, let second?): return [first, second]
        }
    }

    /// What the pairs so far hold under one name.
    private enum Slot {
        case empty
        case token(SessionToken)
        /// One value that is no token.
        case malformed([UInt8])
        /// Different values, and the tokens among them.
        case ambiguous([SessionToken])

        func presented(at place: TokenPlace) -> PresentedToken? {
            switch self {
            case .empty: nil
            case .token(let token): PresentedToken(.token(token), at: place)
            case .malformed: PresentedToken(.malformed, at: place)
            case .ambiguous(let tokens): PresentedToken(.ambiguous, at: place, candidates: tokens)
            }
        }

        mutating func note(_ text: UnsafeBufferPointer<UInt8>) {
            let token = SessionToken(text.withoutQuotes)
            switch (self, token) {
            case (.empty, let token?): self = .token(token)
            case (.empty, nil): self = .malformed(Array(text))
            case (.token(let known), let token?) where known.isSame(as: token): break
            case (.malformed(let known), nil) where known.elementsEqual(text): break
            case (.token(let known), _): self = .ambiguous([known] + [token].compactMap(\.self))
            case (.malformed, _): self = .ambiguous([token].compactMap(\.self))
            case (.ambiguous(let known), let token?):
                guard known.count < PresentedToken.maximumCandidates, !known.contains(where: { $0.isSame(as: token) })
                else { break }
                self = .ambiguous(known + [token])
            case (.ambiguous, nil): break
            }
        }
    }

    private struct Found {
        var visitor = Slot.empty
        var signedIn = Slot.empty
    }

    private func read(
        _ value: UnsafeBufferPointer<UInt8>, into found: inout Found, pairs: inout Int
    ) throws(SessionError) {
        var start = 0
        while start < value.count {
            let end = value.index(of: UInt8(ascii: ";"), in: start..<value.count) ?? value.count
            let equals = value.index(of: UInt8(ascii: "="), in: start..<end) ?? -1
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
        name.count == expected.count && memcmp(name.baseAddress!, expected, expected.count) == 0
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// What stands between a first and a last double quote; all of it where there is no such pair.
    fileprivate var withoutQuotes: Self {
        guard count >= 2, first == UInt8(ascii: "\""), last == UInt8(ascii: "\"") else { return self }
        return Self(rebasing: self[1..<(count - 1)])
    }

    fileprivate func index(of byte: UInt8, in range: Range<Int>) -> Int? {
        guard let baseAddress, let found = memchr(baseAddress + range.lowerBound, Int32(byte), range.count) else {
            return nil
        }
        return found - UnsafeMutableRawPointer(mutating: baseAddress)
    }
}
