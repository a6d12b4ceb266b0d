/// The name of a field: one byte of ASCII.
struct FieldName: Sendable, CustomStringConvertible {
    let byte: UInt8

    init(_ letter: Unicode.Scalar) { byte = UInt8(ascii: letter) }

    var bytes: [UInt8] { [byte] }

    var description: String { String(UnicodeScalar(byte)) }
}
