public import Sessions

/// Names a session store in one text, such as `sqlite:sessions.db` or `redis://127.0.0.1`.
///
/// A server takes it from its command line or its environment and opens the store that an operator chose. Which kinds
/// of store there are depends on the traits that the program was built with: ``forms`` lists them.
///
/// ```swift
/// let url = try SessionStoreURL(ProcessInfo.processInfo.environment["SESSIONS_STORE"] ?? "memory")
/// let sessions = try SessionManager(store: try await url.open())
/// ```
public struct SessionStoreURL: Sendable {
    private let address: any StoreAddress

    /// Reads a URL; nothing is opened yet.
    ///
    /// - Throws: `SessionError.Code.configuration` with what is wrong and what to write, and never with a password
    public init(_ text: String) throws(SessionError) {
        guard !text.isEmpty else { throw Self.refusal("the store URL is empty") }
        guard !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) else {
            throw Self.refusal("the store URL holds a control character, such as a line break at its end")
        }
        let scheme = text.utf8.firstIndex(of: UInt8(ascii: ":")).map { text[..<$0] } ?? text[...]
        guard let kind = StoreKind.all.first(where: { $0.schemes.contains(String(scheme)) }) else {
            // In a text with credentials, whatever stands first may be a part of them.
            let isShown =
                scheme.utf8.count <= 64 && !text.utf8.contains(UInt8(ascii: "@"))
                && scheme.utf8.allSatisfy(Self.isShowable)
            let isScheme = scheme.endIndex < text.endIndex
            throw Self.refusal(
                isShown
                    ? (isScheme ? "\(scheme): is no kind of store" : "\"\(scheme)\" is no store URL")
                    : "the store URL doesn't begin with a kind of store")
        }
        guard let type = kind.address else {
            throw Self.refusal(
                "this program was built without the trait \(kind.trait) of swift-sessions, so it can't open \(scheme): stores"
            )
        }
        address = try type.init(url: text)
    }

    /// Opens the store, and checks that it can be used as the store's own initializer does.
    ///
    /// - Parameters:
    ///   - limits: how large a session may get
    ///   - onlyExisting: refuses what would be made anew, such as a file that isn't there; for tools that look at a
    ///     server's store
    /// - Throws: `SessionError.Code.configuration` for a store that can't be used, with what to do;
    ///   `SessionError.Code.unavailable` where none answers
    public func open(
        limits: SessionLimits = .init(), onlyExisting: Bool = false
    ) async throws(SessionError) -> any SessionStore {
        try await address.open(limits: limits, onlyExisting: onlyExisting)
    }

    /// The forms of the URLs that this program can open, such as `sqlite:PATH`, for help texts and errors.
    public static let forms: [String] = StoreKind.all.filter { $0.address != nil }.flatMap(\.forms)

    private static func refusal(_ problem: String) -> SessionError {
        SessionError(.configuration, "\(problem); write one of \(forms.joined(separator: ", "))")
    }

    private static func isShowable(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) }
}

extension SessionStoreURL: CustomStringConvertible, CustomReflectable {
    /// The URL without a password.
    public var description: String { address.description }
    /// The URL without a password.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
