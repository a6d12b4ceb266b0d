public import Hummingbird
public import Sessions

/// Begins and finishes the session of each request; every decision is the manager's.
public struct SessionsMiddleware<Context: SessionsRequestContext>: RouterMiddleware {
    /// Makes the response of a request that failed because of its session.
    public typealias ErrorResponse = @Sendable (SessionError, Request, Context) async throws -> Response

    private let manager: SessionManager
    private let servesTLS: Bool
    private let onError: ErrorResponse

    /// Makes the middleware of one manager. A router can have several, of managers of different realms.
    ///
    /// - Parameters:
    ///   - servesTLS: whether this server itself ends TLS on the port that the router serves
    ///   - onError: makes the response for every ``SessionError`` of the request, thrown by its handler or met at its end;
    ///     by default the error's status with its ``SessionError/publicMessage``. The session's fields are added to it.
    public init(_ manager: SessionManager, servesTLS: Bool = false, onError: @escaping ErrorResponse = Self.plainResponse) {
        self.manager = manager
        self.servesTLS = servesTLS
        self.onError = onError
    }

    /// The status of an error with what may be said of it, in the form of Hummingbird's own errors.
    public static var plainResponse: ErrorResponse {
        { error, request, context in
            try HTTPError(error.code.status, message: error.publicMessage).response(from: request, context: context)
        }
    }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        let handle = manager.begin(
            request.head, over: .init(peer: context.sessions.peer, isTLS: servesTLS), logger: context.logger)
        context.sessions.add(handle)
        var response: Response
        let reply: SessionReply
        do {
            response = try await next(request, context)
            reply = await handle.finish(.response(response.status))
            if case .replace(let failure) = reply.answer { response = try await onError(failure, request, context) }
        } catch {
            let known = error as? any HTTPResponseError
            reply = await handle.finish(.failure(error, status: known?.status))
            switch reply.answer {
            case .pass: throw error
            case .respond:
                response = try (known ?? HTTPError(.internalServerError)).response(from: request, context: context)
            case .replace(let failure): response = try await onError(failure, request, context)
            }
        }
        reply.apply(to: &response.headers)
        return response
    }
}
