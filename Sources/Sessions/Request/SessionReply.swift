public import HTTPTypes

/// What the end of a request gives to its response: every decision that an adapter would otherwise have to make.
public struct SessionReply: Sendable {
    /// What becomes of the handler's own response or error.
    @usableFromInline
    enum Answer: Sendable {
        /// A response is sent, a thrown error thrown on.
        case pass
        /// The thrown error becomes its response here: an error on its way out could lose the session's fields to whatever
        /// catches it.
        case respond
        /// The session's failure takes its place.
        case replace(SessionError)
    }

    @usableFromInline let answer: Answer
    /// Why the request's writes were refused or could not be stored; `nil` where nothing was refused.
    public let error: SessionError?
    let reply: Reply
    let manager: SessionManager
    /// `nil` where the manager looks at no URL.
    var urls: URLReply?

    /// Where to send the client with status 303 in place of the handler's page; `nil` to send the page.
    ///
    /// The page gave the client its first cookie, and the visit to this place shows whether the client keeps it.
    public var redirect: String? { urls?.redirect }

    /// Returns the response to send, to which ``apply(to:)`` then adds the session's fields.
    ///
    /// - Parameters:
    ///   - result: the response that the handler made, or the error that it threw
    ///   - onError: makes the response of a session's failure, which takes the place of the handler's own
    ///   - onFailure: makes the response that the server itself gives to any other error
    /// - Throws: the handler's error, for the server to answer, where the session has nothing to add
    @inlinable
    public func response<Response>(
        to result: Result<Response, any Error>, onError: (SessionError) async throws -> Response,
        onFailure: (any Error) async throws -> Response
    ) async throws -> Response {
        switch (answer, result) {
        case (.replace(let error), _): try await onError(error)
        case (_, .success(let response)): response
        case (.pass, .failure(let error)): throw error
        case (.respond, .failure(let error)): try await onFailure(error)
        }
    }

    /// Adds the session's fields to a response: tokens, caching, and the field that clears site data after a sign-out.
    public func apply(to fields: inout HTTPFields) {
        if reply.isPersonal { manager.caching.apply(to: &fields) }
        if reply.isForStrangers { manager.caching.applyVary(to: &fields) }
        if refusesForgery { CachingFields.forgery.apply(to: &fields) }
        if reply.token != nil || !reply.deletions.isEmpty {
            for carrier in manager.carriers { carrier.write(reply, to: &fields) }
        }
        if let cookie = reply.deviceCookie { fields.append(HTTPField(name: .setCookie, value: cookie)) }
        if let delay = retryAfter, !fields.contains(.retryAfter) {
            // Whole seconds, and not too early.
            fields[.retryAfter] = String(max((delay.milliseconds + 999) / 1000, 1))
        }
        var cleared = reply.clearsSiteData ? manager.configuration.clearSiteData : []
        if reply.token != nil, !cleared.isEmpty {
            // "cookies" among what is cleared would take along the token that this very response brings.
            if cleared.contains("*") { cleared = ["cache", "storage"] }
            cleared.removeAll { $0.lowercased() == "cookies" }
        }
        if !cleared.isEmpty {
            fields[.clearSiteData] = cleared.map { "\"\($0)\"" }.joined(separator: ", ")
        }
        urls?.apply(to: &fields, manager.caching)
    }

    /// Whether ``apply(to:)`` would add nothing.
    public var isEmpty: Bool { reply.isEmpty && !refusesForgery && retryAfter == nil && urls == nil }

    private var retryAfter: Duration? {
        if case .replace(let error) = answer { error.retryAfter } else { nil }
    }

    private var refusesForgery: Bool {
        if case .replace(let error) = answer { error.code == .forgedRequest } else { false }
    }
}

extension SessionReply: CustomStringConvertible, CustomReflectable {
    /// The error and whether there is a new token, never the token itself.
    public var description: String {
        "SessionReply(\(error.map { "\($0)" } ?? "no error"), \(reply.token == nil ? "no token" : "a new token"))"
    }
    /// The error alone, so that a dump shows no token.
    public var customMirror: Mirror { Mirror(self, children: ["error": error as Any]) }
}

extension HTTPField.Name {
    fileprivate static let clearSiteData = HTTPField.Name("Clear-Site-Data")!
}
