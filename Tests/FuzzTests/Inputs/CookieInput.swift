import HTTPTypes

@testable import Sessions

/// An input of the fuzzer: `Cookie` fields that a client sends, one a line.
///
/// Bytes below 5 stand for what chance would never make: tokens, whole, in quotes and cut, and a run of 4 KiB.
struct CookieInput {
    private static let names = (visitor: Array("v".utf8), signedIn: Array("id".utf8))

    private let values: [[UInt8]]

    init(_ input: [UInt8]) {
        let (token, other) = ([UInt8](repeating: 0x41, count: 64), [UInt8](repeating: 0x42, count: 64))
        let quote = [UInt8(ascii: "\"")]
        let parts = [
            token, other, quote + token + quote, Array(other.dropLast()), [UInt8](repeating: 0x63, count: 4096),
        ]
        values = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.flatMap { $0 < 5 ? parts[Int($0)] : [$0] }
        }
    }

    /// What is wrong with how these fields are read, or `nil`: the reader and a plain one agree, and so do the fields and crumbs.
    var fault: String? {
        let fields = HTTPFields(values)
        let sent = fields.map { field in field.withUnsafeBytesOfValue { Array($0) } }
        let outcome = Self.outcome(of: fields)
        if outcome != Self.reference(sent) { return "a plain reader finds otherwise" }
        guard outcome != Self.refused else { return nil }
        let crumbs = HTTPFields(sent.flatMap(Self.pairs))
        return Self.outcome(of: crumbs) == outcome ? nil : "as crumbs it is read otherwise"
    }

    private static let refused = ["refused"]

    private static func outcome(of fields: HTTPFields) -> [String] {
        let reader = CookieReader(visitorName: "v", signedInName: "id")
        guard let found = try? reader.read(fields) else { return refused }
        return found.map { presented in
            switch presented.value {
            case .token(let token): "\(presented.place) \(token.exposedText)"
            case .malformed: "\(presented.place) malformed"
            case .outranked: "\(presented.place) outranked"
            case .ambiguous: "\(presented.place) ambiguous \(presented.candidates.map(\.exposedText))"
            }
        }
    }

    /// The profile of `CookieReader`, by its description and not by its way.
    private static func reference(_ fields: [[UInt8]]) -> [String] {
        let pairs = fields.flatMap(pairs)
        guard fields.reduce(0, { $0 + $1.count }) <= 32_768, pairs.count <= 256 else { return refused }
        return [(names.signedIn, TokenPlace.signedInCookie), (names.visitor, .visitorCookie)].compactMap {
            name, place in
            let values = pairs.compactMap { value(of: $0, named: name) }
            let texts = values.map { token(in: $0) ?? "malformed " + $0.map { "\($0) " }.joined() }
            guard let first = texts.first else { return nil }
            if texts.allSatisfy({ $0 == first }) { return "\(place) \(token(in: values[0]) ?? "malformed")" }
            var candidates: [String] = []
            for text in values.compactMap(token) where !candidates.contains(text) { candidates.append(text) }
            return "\(place) ambiguous \(Array(candidates.prefix(4)))"
        }
    }

    /// What stands between semicolons; behind the last one nothing need stand.
    private static func pairs(of field: [UInt8]) -> [[UInt8]] {
        let parts = field.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map(Array.init)
        return parts.last == [] ? parts.dropLast() : parts
    }

    private static func value(of pair: [UInt8], named name: [UInt8]) -> [UInt8]? {
        let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && trimmed(parts[0]) == name ? trimmed(parts[1]) : nil
    }

    private static func token(in value: [UInt8]) -> String? {
        var text = value
        if text.count >= 2, text.first == UInt8(ascii: "\""), text.last == UInt8(ascii: "\"") {
            text = Array(text.dropFirst().dropLast())
        }
        return Base64URL.bytes(of: text)?.count == 48 ? String(decoding: text, as: UTF8.self) : nil
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var bytes = bytes
        while bytes.first == 0x20 || bytes.first == 0x09 { bytes.removeFirst() }
        while bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
        return Array(bytes)
    }
}

extension HTTPFields {
    fileprivate init(_ values: [[UInt8]]) {
        self.init()
        for value in values { append(HTTPField(name: .cookie, lenientValue: value)) }
    }
}
