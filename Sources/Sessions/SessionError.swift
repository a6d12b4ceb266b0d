public import HTTPTypes

/// What went wrong with a session, in a form that a caller can tell apart and an operator can act on.
///
/// `message` names the value and the limit where there is one; it never holds a token or a secret.
public struct SessionError: Error, Sendable {
    /// An open set: new codes may be added in minor versions.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// The status of a response that fails because of this error.
        public let status: HTTPResponse.Status

        init(_ description: String, _ status: HTTPResponse.Status) {
            self.description = description
            self.status = status
        }

        /// The store is slow, down, or gave no answer: nothing is known about the session, so the cookie is left alone.
        public static var unavailable: Self { .init("unavailable", .serviceUnavailable) }
        /// The store is at its stated limit and refuses to create; it never evicts.
        public static var full: Self { .init("full", .serviceUnavailable) }
        /// The session's privileges moved on without this token.
        public static var superseded: Self { .init("superseded", .conflict) }
        /// The session is over.
        public static var ended: Self { .init("ended", .conflict) }
        /// Other writers won every attempt of an update.
        public static var contention: Self { .init("contention", .conflict) }
        /// An attribute, a session or a name is over its limit.
        public static var tooLarge: Self { .init("tooLarge", .contentTooLarge) }
        /// A name, principal or value that can't be accepted at all.
        public static var invalid: Self { .init("invalid", .badRequest) }
        /// The `Cookie` header is over its limits.
        public static var cookieHeaderTooLarge: Self { .init("cookieHeaderTooLarge", .requestHeaderFieldsTooLarge) }
        /// The request came over plain HTTP from another machine and no trusted proxy vouched for TLS.
        public static var insecureTransport: Self { .init("insecureTransport", .forbidden) }
        /// There is no session to do this with.
        public static var noSession: Self { .init("noSession", .unauthorized) }
        /// The response head is out: a buffered write or a new token would be lost.
        public static var sealed: Self { .init("sealed", .internalServerError) }
        /// What the store holds can't be read.
        public static var corrupt: Self { .init("corrupt", .internalServerError) }
        /// A configuration that would be unsafe or can't work.
        public static var configuration: Self { .init("configuration", .internalServerError) }
    }

    public let code: Code
    public let message: String
    public let cause: (any Error)?
    public let file: String
    public let line: Int

    public init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.file = file
        self.line = line
    }

    /// What a response may say: `message` for the caller's own mistakes, one sentence for everything inside the server.
    public var publicMessage: String {
        switch code {
        case .unavailable, .full: "The session store is not available; try again."
        case .corrupt, .sealed, .configuration: "The server could not use the session."
        default: message
        }
    }
}

extension SessionError: CustomStringConvertible {
    public var description: String {
        "\(code): \(message)" + (cause.map { " (cause: \($0))" } ?? "") + " at \(file):\(line)"
    }
}
