package import Sessions

/// A session that is set to each limit of its sizes, and a byte or an attribute over it.
package enum TightLimits {
    package static let limits = SessionLimits(attributeBytes: 20, sessionBytes: 31, attributeCount: 2)
    /// What the session begins with.
    package static let attributes = ["a": "1       "]
    /// What is set one after the other, and what becomes of that.
    package static let steps = [
        ("b", "\"\(String(repeating: "x", count: 18))\"", "committed"),
        ("b", "\"\(String(repeating: "x", count: 19))\"", "tooLarge"),
        ("b", "1" + String(repeating: " ", count: 20), "tooLarge"),
        ("a", "1" + String(repeating: " ", count: 8), "committed"),
        ("a", "1" + String(repeating: " ", count: 9), "tooLarge"),
        ("c", "1", "tooLarge"),
    ]
}
