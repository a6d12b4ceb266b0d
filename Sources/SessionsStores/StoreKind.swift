import Sessions

/// A kind of store that this package knows, whether or not this build can open it.
struct StoreKind: Sendable {
    /// What stands before the first colon of a URL.
    let schemes: [String]
    /// How such URLs look.
    let forms: [String]
    /// The trait of this package that brings the kind.
    let trait: String
    /// How such a URL is read; `nil` where the trait is off.
    let address: (any StoreAddress.Type)?

    static let all: [StoreKind] = [.memory, .sqlite, .postgres, .redis]
}

/// A URL of one kind that was read, and can be opened.
protocol StoreAddress: Sendable, CustomStringConvertible {
    /// - Throws: what is wrong with the URL, without a password
    init(url: String) throws(SessionError)

    func open(limits: SessionLimits, onlyExisting: Bool) async throws(SessionError) -> any SessionStore
}
