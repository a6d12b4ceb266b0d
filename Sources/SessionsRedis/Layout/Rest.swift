/// Where a text stands that ends with the field.
struct Rest: Sendable {
    let offset: Int

    /// All of the field.
    init() { offset = 0 }

    init(after other: Part<some Packed>) { offset = other.end }
}
