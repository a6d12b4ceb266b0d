public import Hummingbird
public import Sessions

/// Lets requests pass whose user may have what the route gives, and answers all others.
///
/// It stands behind ``SessionsUserMiddleware``. A session whose token travels in URLs gets 403 where the authentication is
/// looked at. What a handler behind it refuses by `Session.requireAuthentication(level:within:by:)` it answers in the same way.
public struct RequireUserMiddleware<Context: SessionsUserContext>: RouterMiddleware {
    private let signInPage: String?
    private let level: AuthenticationLevel?
    private let age: Duration?
    private let method: Authentication.Method?
    private let isAllowed: @Sendable (Context.User) -> Bool

    /// Makes a guard.
    ///
    /// - Parameters:
    ///   - signInPage: the path of the page that a browser is sent to (303) in place of a 401, with the way back in the
    ///     parameter `return`, which `ReturnPath(of:)` reads. Only a GET or HEAD is sent there, since nothing else can be repeated.
    ///   - level: how well the user must be authenticated; with `age`, by what was done in this time
    ///   - age: the user must have been authenticated in this time, or is asked to authenticate again
    ///   - method: the user must have been authenticated in this way; together with `age`, in this way and this time
    ///   - isAllowed: whether the user may have what the route gives; 403 where not
    public init(
        signInPage: String? = nil, level: AuthenticationLevel? = nil, authenticatedWithin age: Duration? = nil,
        by method: Authentication.Method? = nil,
        where isAllowed: @escaping @Sendable (Context.User) -> Bool = { _ in true }
    ) {
        self.signInPage = signInPage
        self.level = level
        self.age = age
        self.method = method
        self.isAllowed = isAllowed
    }

    /// Calls the next handler for a user who may pass.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let user = context.user else { return try refusal(of: request) }
        guard isAllowed(user) else { throw HTTPError(.forbidden) }
        do {
            if level != nil || age != nil || method != nil {
                let session = try await context.sessions.handle(in: context.sessions.userRealm).session()
                try session.requireAuthentication(level: level ?? .remembered, within: age, by: method)
            }
            return try await next(request, context)
        } catch let error as SessionError where error.asksForAuthentication {
            return try refusal(of: request)
        }
    }

    private func refusal(of request: Request) throws -> Response {
        guard let signInPage, request.method == .get || request.method == .head else { throw HTTPError(.unauthorized) }
        guard let path = ReturnPath(request.uri.string) else { return .redirect(to: signInPage) }
        let separator = signInPage.contains("?") ? "&" : "?"
        return .redirect(to: "\(signInPage)\(separator)return=\(path.queryValue)")
    }
}

extension ReturnPath {
    /// Where a sign-in leads back to: the request's parameter `return`; `nil` where that is no path on this host.
    ///
    /// ```swift
    /// return Response.redirect(to: ReturnPath(of: request)?.text ?? "/")
    /// ```
    public init?(of request: Request) {
        guard let text = request.uri.queryParameters.get("return") else { return nil }
        self.init(text)
    }
}
