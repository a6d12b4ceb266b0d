public import HTTPTypes

/// A failure of the session system, in a form that a caller can tell apart and an operator can act on.
public struct SessionError: Error, Sendable {
    /// The kind of a failure: an open set, to which minor versions may add.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The name of the code, such as `unavailable`.
        public let description: String
        /// The status of a response that fails because of this error.
        public let status: HTTPResponse.Status

        init(_ description: String, _ status: HTTPResponse.Status) {
            self.description = description
            self.status = status
        }

        /// The store is slow or down, so nothing is known about the session and its cookie is left alone (503).
        public static var unavailable: Self { .init("unavailable", .serviceUnavailable) }
        /// The store is at its stated limit and refuses to create; it never evicts (503).
        public static var full: Self { .init("full", .serviceUnavailable) }
        /// Nothing tells which of two things came first, so one is refused; `retryAfter` says when it works (503).
        public static var notYet: Self { .init("notYet", .serviceUnavailable) }
        /// The session's privileges moved on without this request's token (409).
        public static var superseded: Self { .init("superseded", .conflict) }
        /// The session is over (409).
        public static var ended: Self { .init("ended", .conflict) }
        /// Other writers came first at every attempt (409).
        public static var contention: Self { .init("contention", .conflict) }
        /// The client makes new sessions faster than is allowed; ``SessionError/retryAfter`` says when to come again (429).
        public static var tooManyRequests: Self { .init("tooManyRequests", .tooManyRequests) }
        /// The user has as many sessions as they may, so the sign-in is refused: see ``SessionLimitAction`` (409).
        public static var tooManySessions: Self { .init("tooManySessions", .conflict) }
        /// An attribute, a session or a name is over its limit (413).
        public static var tooLarge: Self { .init("tooLarge", .contentTooLarge) }
        /// A name, principal or value can't be accepted at all (400).
        public static var invalid: Self { .init("invalid", .badRequest) }
        /// The `Cookie` field is over its limits (431).
        public static var cookieHeaderTooLarge: Self { .init("cookieHeaderTooLarge", .requestHeaderFieldsTooLarge) }
        /// The request came over plain HTTP from another machine, and no trusted proxy said that it had TLS (403).
        public static var insecureTransport: Self { .init("insecureTransport", .forbidden) }
        /// The session's token travels in URLs, so it has no rights to do this (403).
        public static var lowPrivilege: Self { .init("lowPrivilege", .forbidden) }
        /// The user was authenticated too long ago for this route, and has to step up or sign in again (401).
        public static var authenticationTooOld: Self { .init("authenticationTooOld", .unauthorized) }
        /// The user was authenticated in fewer or weaker ways than this needs, and has to step up (401).
        ///
        /// RFC 9470 calls this and ``authenticationTooOld`` `insufficient_user_authentication`.
        public static var authenticationInsufficient: Self { .init("authenticationInsufficient", .unauthorized) }
        /// Another site sent the request, and it would have made a visitor's session (403).
        public static var crossSite: Self { .init("crossSite", .forbidden) }
        /// Another site's page may have sent the request, or its form was made for another session (403).
        public static var forgedRequest: Self { .init("forgedRequest", .forbidden) }
        /// There is no session to do this with (401).
        public static var noSession: Self { .init("noSession", .unauthorized) }
        /// The response head is out, so a buffered write or a new token would be lost (500).
        public static var sealed: Self { .init("sealed", .internalServerError) }
        /// The data in the store can't be read (500); a session whose record can't be read counts as ended.
        public static var corrupt: Self { .init("corrupt", .internalServerError) }
        /// The configuration would be unsafe or can't work (500).
        public static var configuration: Self { .init("configuration", .internalServerError) }
    }

    /// The kind of the failure.
    public let code: Code
    /// What went wrong, for operators: it names the value and the limit, and never holds a token or a secret.
    public let message: String
    /// The error of a database or another library that led to this one.
    public let cause: (any Error)?
    /// When the same request may work: a response says so with `Retry-After`; `nil` where nothing is known of that.
    public let retryAfter: Duration?
    /// Whether the whole store is concerned rather than one record, so that a session can't be called over because of it.
    public let concernsStore: Bool
    /// The source file that made the error.
    public let file: String
    /// The line in ``file``.
    public let line: Int

    /// Makes an error, as a store or an observer of the application's own may.
    public init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, retryAfter: Duration? = nil,
        concernsStore: Bool = false, file: String = #fileID, line: Int = #line
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.retryAfter = retryAfter
        self.concernsStore = concernsStore
        self.file = file
        self.line = line
    }

    /// The text that a response may show: ``message`` where it is about what the caller has sent, one sentence for the rest.
    public var publicMessage: String {
        switch code {
        case .superseded, .ended, .contention, .tooLarge, .invalid, .cookieHeaderTooLarge, .noSession, .tooManyRequests:
            message
        case .unavailable, .full: "The session store is not available; try again."
        case .forgedRequest:
            "This request came from another site or from an outdated page. Open the page here and send it again."
        case .tooManySessions:
            "You are signed in on as many devices as you may be. Sign out on one of them, then try again."
        case .notYet: "This isn't possible yet; try again in a moment."
        case .insecureTransport: "This works over a secure connection only: use an address that begins with https."
        case .lowPrivilege:
            "This isn't possible while your session is part of the address. Allow cookies for this site and sign in again."
        case .authenticationTooOld: "Please sign in again: this needs a recent sign-in."
        case .authenticationInsufficient: "Please confirm that it is you: this needs one more proof than your sign-in."
        case .crossSite: "Another site sent this request; do it again on a page of this site."
        // A code that is not listed says nothing of the server's inside.
        default: "The server could not use the session."
        }
    }
}

extension SessionError {
    /// Whether the user can mend it by signing in or stepping up, so that a page may lead there instead.
    public var asksForAuthentication: Bool {
        [.noSession, .authenticationTooOld, .authenticationInsufficient].contains(code)
    }
}

extension SessionError: CustomStringConvertible {
    /// The code, the message, the cause and the place, for logs.
    public var description: String {
        let reason = cause.map { "\($0)" }
        // What a store says in its own message already isn't said twice.
        let isSaid = reason.map { message.contains($0) } ?? true
        return "\(code): \(message)" + (isSaid ? "" : " (cause: \(reason ?? ""))") + " at \(file):\(line)"
    }
}
