public import Hummingbird
public import Sessions

/// Takes session tokens out of the URLs of requests, for the logs and traces of middlewares behind it.
///
/// Add it before `LogRequestsMiddleware` and `TracingMiddleware` where ``SessionsMiddleware`` stands behind them, such as on
/// a group of routes. The session still gets the token.
///
/// ```swift
/// router.add(middleware: URLTokenFilter(sessions))
/// router.add(middleware: LogRequestsMiddleware(.info))
/// router.group("shop").add(middleware: SessionsMiddleware(sessions))
/// ```
public struct URLTokenFilter<Context: SessionsRequestContext>: RouterMiddleware {
    private let manager: SessionManager

    /// Makes the filter of the manager whose tokens travel in URLs.
    public init(_ manager: SessionManager) {
        self.manager = manager
    }

    /// Calls the next handler with a request whose URL has neither token nor code.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let handle = manager.begin(request.head, over: .init(peer: context.sessions.peer, isTLS: false))
        guard handle.pathWithoutTokens != nil else { return try await next(request, context) }
        var context = context
        if context.sessions.target == nil { context.sessions.target = request.head.path }
        return try await next(request.withoutTokens(of: handle), context)
    }
}
