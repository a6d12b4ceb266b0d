/// A field of a session's hash: its name, and what stands where in it.
protocol FieldLayout: SendableMetatype {
    static var name: FieldName { get }
    /// Bytes of all parts; of a field that ends with a text, those before it.
    static var size: Int { get }
}
