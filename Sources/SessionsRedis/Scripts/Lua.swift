/// Expressions of scripts, made from the layout of fields.
enum Lua {
    /// A whole field made of expressions for its parts, in any order.
    static func field(_ parts: PlacedExpression...) -> String {
        var end = 0
        for part in parts.sorted(by: { $0.offset < $1.offset }) {
            precondition(part.offset == end, "a field has no gaps")
            end = part.end
        }
        return parts.sorted { $0.offset < $1.offset }.map(\.expression).joined(separator: " .. ")
    }

    /// Eight bytes of a number.
    static func packed(_ number: String) -> String { "pack('>i8', \(number))" }

    /// An expression whose value stands at a place in a field.
    struct PlacedExpression {
        let offset: Int
        let end: Int
        let expression: String
    }
}

extension Part {
    /// The bytes of this part in a variable that holds its field.
    func bytes(in variable: String) -> String { "sub(\(variable), \(offset + 1), \(end))" }

    /// The number that stands there.
    func number(in variable: String) -> String { "(unpack8('>i8', \(variable), \(offset + 1)))" }

    /// An expression as the value of this part; for ``Lua/field(_:)``.
    func from(_ expression: String) -> Lua.PlacedExpression {
        .init(offset: offset, end: end, expression: expression)
    }

    /// The same bytes as in a variable that holds its field.
    func kept(from variable: String) -> Lua.PlacedExpression { from(bytes(in: variable)) }
}

extension Rest {
    /// A text at the end of a field.
    func from(_ expression: String) -> Lua.PlacedExpression {
        .init(offset: offset, end: .max, expression: expression)
    }
}
