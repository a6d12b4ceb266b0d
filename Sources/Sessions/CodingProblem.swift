/// What an encoder or decoder found wrong, without any value or key of the user's.
///
/// An error of Codable's quotes both: what it says goes into no message and no log.
struct CodingProblem: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        switch error {
        case DecodingError.typeMismatch(let type, let context):
            description = "no \(type) \(Self.place(context.codingPath))"
        case DecodingError.valueNotFound(let type, let context):
            description = "null instead of a \(type) \(Self.place(context.codingPath))"
        case DecodingError.keyNotFound(let key, let context):
            description = "no field \(Self.name(key)) \(Self.place(context.codingPath))"
        case DecodingError.dataCorrupted(let context):
            description = "an impossible value \(Self.place(context.codingPath))"
        case EncodingError.invalidValue(_, let context):
            description = "an impossible value \(Self.place(context.codingPath))"
        default:
            description = "a \(type(of: error))"
        }
    }

    private static func place(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "at its top" : "at " + path.map(name).joined(separator: ".")
    }

    /// A key that is written in the program, or an index; a dictionary's keys are the user's, numbers among them.
    private static func name(_ key: any CodingKey) -> String {
        // A dictionary's key has a number wherever its text reads as one; Foundation writes an index as "Index 3".
        if let index = key.intValue, key.stringValue == "Index \(index)" { return "[\(index)]" }
        return Mirror(reflecting: key).displayStyle == .enum ? key.stringValue : "[…]"
    }
}
