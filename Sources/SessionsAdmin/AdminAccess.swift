public import HTTPTypes
public import Sessions

/// What an authoriser says to a request for the operators' pages.
public enum AdminAccess: Sendable {
    /// The request is this operator's, whom events name.
    case granted(to: Principal)
    /// The request comes from no operator: a browser is sent to this path to sign in, with the way back in `return`.
    case signIn(at: String)
    /// The request may not have the pages: it gets 403, and that is an event.
    case refused
}

/// A request for the operators' pages, as an authoriser sees it.
public struct AdminVisit<Context: Sendable>: Sendable {
    /// The head of the request.
    public let request: HTTPRequest
    /// What the server keeps with the request, such as Hummingbird's request context.
    public let context: Context
    /// Whether a script of an open page sent the request, so that it is no use of the operator's session.
    ///
    /// Peek at the session then, or an open page keeps it alive for ever.
    public let isAutomatic: Bool
}
