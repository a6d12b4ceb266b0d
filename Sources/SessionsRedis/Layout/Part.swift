/// Where a value of a fixed size stands in a field, or in an argument of a script.
struct Part<Value: Packed>: Sendable {
    let offset: Int

    /// The first part.
    init() { offset = 0 }

    init(after other: Part<some Packed>) { offset = other.end }

    var end: Int { offset + Value.width }
}
