public import Hummingbird
import NIOHTTP1
public import Sessions

/// Begins and finishes the session of each request; every decision is the manager's.
public struct SessionsMiddleware<Context: SessionsRequestContext>: RouterMiddleware {
    /// Makes the response of a request that failed because of its session.
    public typealias ErrorResponse = @Sendable (SessionError, Request, Context) async throws -> Response

    private let manager: SessionManager
    private let servesTLS: Bool
    private let onError: ErrorResponse

    /// Makes the middleware of one manager; a router can have several, of managers of different realms.
    ///
    /// - Parameters:
    ///   - manager: whose sessions the requests get
    ///   - servesTLS: whether this server itself ends TLS on the port that the router serves
    ///   - onError: makes the response for every `SessionError` of the request, thrown by its handler or met at its
    ///     end; by default the error's status with its `publicMessage`. The session's fields are added to it. It gets the
    ///     request with the tokens in its URL, for `SessionManager.url(for:keepingTokenOf:)`.
    public init(
        _ manager: SessionManager, servesTLS: Bool = false, onError: @escaping ErrorResponse = Self.plainResponse
    ) {
        self.manager = manager
        self.servesTLS = servesTLS
        self.onError = onError
    }

    /// The status of an error with the text that a visitor may see, in the form of Hummingbird's own errors.
    public static var plainResponse: ErrorResponse {
        { error, request, context in
            try HTTPError(error.code.status, message: error.publicMessage).response(from: request, context: context)
        }
    }

    /// Begins the request's session, calls the next handler, and gives the response the session's fields.
    ///
    /// A request that seems forged gets 403, and no handler, as `SessionConfiguration.forgeryProtection` says. With
    /// `urlTokens`, the handler gets the request without tokens in its URL, and so do middlewares behind this one.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        let connection = ClientConnection(peer: context.sessions.peer, isTLS: servesTLS)
        var head = request.head
        if let target = context.sessions.target { head.path = target }
        let handle = manager.begin(head, over: connection, logger: context.logger)
        // What filters have taken out stays out, tokens of other realms too.
        let filtered = context.sessions.target == nil ? handle : manager.begin(request.head, over: connection)
        context.sessions.add(handle)
        let result: Result<Response, any Error>
        do {
            try handle.refuseForgery()
            if handle.needsAdmission, let target = try await handle.admit() {
                result = .success(.sessionRedirect(to: target))
            } else {
                result = .success(try await next(request.withoutTokens(of: filtered), context))
            }
        } catch let error as HTTPParserError {
            // What is wrong with a body that its handler reads is its sender's error.
            let refusal = HTTPError(.badRequest, message: "the request's body is not well-formed (\(error))")
            result = .failure(refusal)
        } catch {
            result = .failure(error)
        }
        let reply = await handle.finish(result)
        var response = try await reply.response(to: result) { error in
            try await onError(error, request, context).answering(request)
        } onFailure: { error in
            let known = error as? any HTTPResponseError ?? HTTPError(.internalServerError)
            return try known.response(from: request, context: context).answering(request)
        }
        if let target = reply.redirect { response = .sessionRedirect(to: target) }
        reply.apply(to: &response.headers)
        return response
    }
}

extension Response {
    /// Sends a browser on with GET; the session's fields are still to be added.
    fileprivate static func sessionRedirect(to target: String) -> Response {
        Response(status: .seeOther, headers: [.location: target])
    }

    /// Ends with its head where that alone was asked for: a client would read a body as its next answer.
    fileprivate func answering(_ request: Request) -> Response {
        request.method == .head ? createHeadResponse() : self
    }
}

extension Request {
    /// What handlers, logs and traces may see.
    func withoutTokens(of handle: SessionHandle) -> Request {
        guard let path = handle.pathWithoutTokens else { return self }
        var head = head
        head.path = path
        return Request(head: head, body: body)
    }
}

extension SessionHandle {
    fileprivate func finish(_ result: Result<Response, any Error>) async -> SessionReply {
        switch result {
        case .success(let response): await finish(.response(response.status), location: response.headers[.location])
        case .failure(let error): await finish(.failure(error, status: (error as? any HTTPResponseError)?.status))
        }
    }
}
