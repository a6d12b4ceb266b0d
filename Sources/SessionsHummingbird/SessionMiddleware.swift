public import Hummingbird
import Logging
public import Sessions

/// Begins and finishes the session of each request; every decision is the manager's.
public struct SessionMiddleware<Context: SessionRequestContext>: RouterMiddleware {
    private let manager: SessionManager
    private let servesTLS: Bool

    /// - Parameter servesTLS: whether this server itself ends TLS on the port that the router serves
    public init(_ manager: SessionManager, servesTLS: Bool = false) {
        self.manager = manager
        self.servesTLS = servesTLS
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let handle = manager.begin(
            request.head, over: .init(peer: .init(context.remoteAddress), isTLS: servesTLS))
        var context = context
        context.sessionHandle = handle
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let known = (error as? SessionError).map(Self.httpError) ?? (error as? any HTTPResponseError)
            let outcome = await handle.finish(status: known?.status ?? .internalServerError)
            Self.report(outcome.error ?? error as? SessionError, to: context.logger)
            if outcome.isEmpty { throw known ?? error }
            // A response and not an error from here on: whoever catches an error on its way out could drop its cookie.
            if known == nil {
                context.logger.error("A handler failed", metadata: ["hb.error.message": "\(error)"])
            }
            let thrown = outcome.error.map(Self.httpError) ?? known ?? HTTPError(.internalServerError)
            response = try thrown.response(from: request, context: context)
            outcome.apply(to: &response.headers)
            return response
        }
        let outcome = await handle.finish(status: response.status)
        Self.report(outcome.error, to: context.logger)
        if let error = outcome.error { response = try Self.httpError(error).response(from: request, context: context) }
        outcome.apply(to: &response.headers)
        return response
    }

    private static func httpError(_ error: SessionError) -> any HTTPResponseError {
        HTTPError(error.code.status, message: error.publicMessage)
    }

    /// Visitors are told that it failed, and operators why.
    private static func report(_ error: SessionError?, to logger: Logger) {
        guard let error, error.code.status.kind == .serverError else { return }
        logger.error("The session failed", metadata: ["error": "\(error)"])
    }
}
