#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Attributes to JSON and back; scalars by hand, since a JSON decoder costs microseconds.
enum AttributeCoding {
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return encoder
    }()
    private static let decoder = JSONDecoder()

    static func encode<Value: Codable & Sendable>(
        _ value: Value, for key: SessionKey<Value>
    ) throws(SessionError) -> String {
        // Compared and reinterpreted, since a dynamic cast costs more than writing the number.
        if Value.self == Int.self { return String(unsafeBitCast(value, to: Int.self)) }
        if Value.self == Bool.self { return unsafeBitCast(value, to: Bool.self) ? "true" : "false" }
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw SessionError(
                .invalid,
                "a \(Value.self) of attribute \"\(key.name)\" can't be written as JSON: \(CodingProblem(error))")
        }
    }

    /// What an attribute holds, under the key's rule for what can't be read.
    ///
    /// - Parameter report: told of what can't be read, unless it could be converted
    static func decode<Value: Codable & Sendable>(
        _ attribute: SessionAttributes.Attribute, for key: SessionKey<Value>, report: (SessionError) -> Void = { _ in }
    ) throws(SessionError) -> Value? {
        guard let decoded = attribute.decoded else { return try decode(attribute.json, for: key, report: report) }
        do {
            return try decoded.value(as: Value.self) { () throws(SessionError) in
                try decodeAsIs(attribute.json, for: key)
            }
        } catch {
            return try replacement(for: attribute.json, key, error, report)
        }
    }

    static func decode<Value: Codable & Sendable>(
        _ json: String, for key: SessionKey<Value>, report: (SessionError) -> Void = { _ in }
    ) throws(SessionError) -> Value? {
        do {
            return try decodeAsIs(json, for: key)
        } catch {
            return try replacement(for: json, key, error, report)
        }
    }

    private static func decodeAsIs<Value: Codable & Sendable>(
        _ json: String, for key: SessionKey<Value>
    ) throws(SessionError) -> Value {
        if Value.self == Int.self, let value = Int(json) { return unsafeBitCast(value, to: Value.self) }
        do {
            var json = json
            return try json.withUTF8 { try decoder.decode(Value.self, from: Data($0)) }
        } catch {
            throw SessionError(
                .corrupt,
                "attribute \"\(key.name)\" holds JSON that is no \(Value.self): \(CodingProblem(error)); give its key a rule "
                    + "for what another release has stored")
        }
    }

    private static func replacement<Value: Codable & Sendable>(
        for json: String, _ key: SessionKey<Value>, _ error: SessionError, _ report: (SessionError) -> Void
    ) throws(SessionError) -> Value? {
        var error = error
        switch key.whenUnreadable.kind {
        case .startAfresh:
            report(error)
            return nil
        case .convert(let convert):
            do {
                return try convert(json)
            } catch let problem {
                error = SessionError(
                    .corrupt,
                    "attribute \"\(key.name)\" holds JSON that is no \(Value.self) and can't be converted to one: "
                        + "\(CodingProblem(problem))")
            }
        case .fail:
            break
        }
        report(error)
        throw error
    }

    /// Refuses early what the store would refuse at commit.
    static func check(
        _ name: String, _ edit: SessionChanges.Edit, limits: SessionLimits
    ) throws(SessionError) {
        let bytes = name.utf8.count
        guard (1...SessionLimits.nameBytes).contains(bytes) else {
            throw SessionError(
                .invalid, "an attribute's name takes 1 to \(SessionLimits.nameBytes) bytes of UTF-8, not \(bytes)")
        }
        guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw SessionError(.invalid, "an attribute's name can't hold control characters")
        }
        if case .set(let json) = edit, json.utf8.count > limits.attributeBytes {
            throw SessionError(
                .tooLarge,
                "attribute \"\(name)\" takes \(json.utf8.count) bytes of JSON, over the limit of \(limits.attributeBytes)"
            )
        }
    }
}
