/// A field of a session's hash: its name, and what stands where in it.
protocol FieldLayout: SendableMetatype {
    static var name: FieldName { get }
    /// Bytes of all parts; of a field that ends with a text, those before it.
    static var size: Int { get }
}

/// The name of a field: one byte of ASCII.
struct FieldName: Sendable, CustomStringConvertible {
    let byte: UInt8

    init(_ letter: Unicode.Scalar) { byte = UInt8(ascii: letter) }

    var bytes: [UInt8] { [byte] }

    var description: String { String(UnicodeScalar(byte)) }
}
