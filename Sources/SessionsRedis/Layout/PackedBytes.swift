/// The bytes of a field or an argument, written part by part in any order.
struct PackedBytes {
    private(set) var bytes: [UInt8]

    /// - Parameter size: what the parts take together; a text comes on top
    init(_ size: Int) { bytes = [UInt8](repeating: 0, count: size) }

    mutating func put<Value: Packed>(_ value: Value, at part: Part<Value>) {
        bytes.withUnsafeMutableBytes { buffer in
            value.pack(into: UnsafeMutableRawBufferPointer(rebasing: buffer[part.offset..<part.end]))
        }
    }

    /// Writes a text, after all parts.
    mutating func put(_ text: String, at rest: Rest) {
        precondition(rest.offset == bytes.count, "a text ends its field")
        bytes += text.utf8
    }

    static func of(_ size: Int, _ fill: (inout PackedBytes) -> Void) -> [UInt8] {
        var packed = PackedBytes(size)
        fill(&packed)
        return packed.bytes
    }
}
