@testable import Sessions

/// An input of the fuzzer: the JSON text of an attribute, as a store has it.
struct AttributeInput {
    private let json: String

    /// Reads what the fuzzer made, which has to be UTF-8, as every attribute is.
    init?(_ input: [UInt8]) {
        guard let text = String(validating: input, as: UTF8.self) else { return nil }
        json = text
    }

    /// What is wrong with how this text is read, or `nil`: a value that is read from it is written and read again as the same.
    var fault: String? {
        fault(as: Int.self) ?? fault(as: Bool.self) ?? fault(as: Double.self) ?? fault(as: String.self)
            ?? fault(as: UInt64?.self) ?? fault(as: [Int?].self) ?? fault(as: [String: [String]].self)
            ?? fault(as: Cart.self)
    }

    /// What applications keep, in small.
    private struct Cart: Codable, Equatable, Sendable {
        struct Line: Codable, Equatable, Sendable {
            var item: String
            var count: Int
            var note: String?
        }

        var lines: [Line]
        var total: Double?
        var next: [Cart]?
    }

    private func fault<Value: Codable & Equatable & Sendable>(as type: Value.Type) -> String? {
        let key = SessionKey<Value>("a")
        let value: Value
        do {
            guard let read = try AttributeCoding.decode(json, for: key) else { return "a \(type) is nothing at all" }
            value = read
        } catch {
            return error.code == .corrupt ? nil : "as \(type) it is refused as \(error.code)"
        }
        do {
            let written = try AttributeCoding.encode(value, for: key)
            guard let again = try AttributeCoding.decode(written, for: key), again == value else {
                return "a \(type) is read as another one than was written"
            }
            let kept = SessionAttributes.Attribute(name: "a", json: json, revision: 1)
            guard try AttributeCoding.decode(kept, for: key) == value,
                try AttributeCoding.decode(kept, for: key) == value
            else { return "a \(type) that a store keeps is another one" }
            return nil
        } catch {
            return "a \(type) that was read can't be written and read again: \(error)"
        }
    }
}
