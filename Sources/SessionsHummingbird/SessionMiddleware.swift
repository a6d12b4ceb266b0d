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
            let known =
                (error as? SessionError).map { Self.httpError($0, context) } ?? (error as? any HTTPResponseError)
            let outcome = await handle.finish(status: known?.status ?? .internalServerError)
            if outcome.isEmpty { throw known ?? error }
            // A response and not an error from here on: whoever catches an error on its way out could drop its cookie.
            if known == nil {
                context.logger.error("A handler failed", metadata: ["hb.error.message": "\(error)"])
            }
            let thrown = outcome.error.map { Self.httpError($0, context) } ?? known ?? HTTPError(.internalServerError)
            response = try thrown.response(from: request, context: context)
            outcome.apply(to: &response.headers)
            return response
        }
        let outcome = await handle.finish(status: response.status)
        if let error = outcome.error {
            response = try Self.httpError(error, context).response(from: request, context: context)
        }
        outcome.apply(to: &response.headers)
        return response
    }

    /// Visitors are told that it failed, and operators why.
    private static func httpError(_ error: SessionError, _ context: Context) -> any HTTPResponseError {
        if error.code.status.kind == .serverError {
            context.logger.error("The session failed", metadata: ["error": "\(error)"])
        }
        return HTTPError(error.code.status, message: error.publicMessage)
    }
}
