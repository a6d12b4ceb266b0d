public import Hummingbird
public import Sessions

/// A request context that gives its handlers the request's session.
public protocol SessionRequestContext: RemoteAddressRequestContext {
    /// Set by ``SessionMiddleware``; `nil` where the middleware was not added.
    var sessionHandle: SessionHandle? { get set }
}

extension SessionRequestContext {
    /// Loads the request's session on first use. A request without a token makes no store call.
    public func session() async throws(SessionError) -> Session {
        guard let sessionHandle else {
            throw SessionError(.configuration, "no SessionMiddleware before this route: add it to the router")
        }
        return try await sessionHandle.session()
    }
}

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
        let peer = context.remoteAddress?.ipAddress.flatMap { NetworkAddress($0) }
        let handle = manager.begin(
            request.head, over: .init(peer: peer.map { .address($0) } ?? .local, isTLS: servesTLS))
        var context = context
        context.sessionHandle = handle
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let known = (error as? SessionError).map(Self.httpError) ?? (error as? any HTTPResponseError)
            let outcome = await handle.finish(status: known?.status ?? .internalServerError)
            if outcome.isEmpty { throw known ?? error }
            let thrown = outcome.error.map(Self.httpError) ?? known ?? HTTPError(.internalServerError)
            response = try thrown.response(from: request, context: context)
            outcome.apply(to: &response.headers)
            return response
        }
        let outcome = await handle.finish(status: response.status)
        if let error = outcome.error { response = try Self.httpError(error).response(from: request, context: context) }
        outcome.apply(to: &response.headers)
        return response
    }

    private static func httpError(_ error: SessionError) -> any HTTPResponseError {
        HTTPError(error.code.status, message: error.publicMessage)
    }
}
