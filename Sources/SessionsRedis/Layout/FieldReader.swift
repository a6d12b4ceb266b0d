import Sessions

/// The value of one field of a session's hash, read part by part.
struct FieldReader {
    let name: FieldName
    let bytes: ArraySlice<UInt8>
    let id: SessionID

    /// - Throws: `SessionError.Code.corrupt` for fewer bytes than there are parts
    init<Layout: FieldLayout>(
        _: Layout.Type, _ bytes: ArraySlice<UInt8>, of id: SessionID
    ) throws(SessionError) {
        try self.init(Layout.self, bytes, of: id, atLeast: Layout.size)
    }

    /// - Parameter minimum: bytes without which the field is corrupt
    init<Layout: FieldLayout>(
        _: Layout.Type, _ bytes: ArraySlice<UInt8>, of id: SessionID, atLeast minimum: Int
    ) throws(SessionError) {
        name = Layout.name
        self.bytes = bytes
        self.id = id
        guard bytes.count >= minimum else { throw corrupt }
    }

    subscript<Value: Packed>(part: Part<Value>) -> Value {
        get throws(SessionError) {
            guard bytes.count >= part.end else { throw corrupt }
            let value = bytes.withUnsafeBytes { Value(packed: .init(rebasing: $0[part.offset..<part.end])) }
            guard let value else { throw corrupt }
            return value
        }
    }

    /// The text that ends the field.
    subscript(rest: Rest) -> String {
        get throws(SessionError) {
            guard let text = String(validating: bytes.dropFirst(rest.offset), as: UTF8.self) else { throw corrupt }
            return text
        }
    }

    /// - Throws: `SessionError.Code.corrupt` where something follows the parts
    func end(at size: Int) throws(SessionError) {
        guard bytes.count == size else { throw corrupt }
    }

    /// A revision or generation that scripts can count.
    func counter(_ part: Part<UInt64>) throws(SessionError) -> UInt64 {
        let number = try self[part]
        guard number < RecordLayout.largestCounter else { throw corrupt }
        return number
    }

    var corrupt: SessionError {
        SessionError(.corrupt, "session \(id) can't be read: its field \"\(name)\" has the wrong form")
    }
}
