#if FlyingFox
    public import FlyingFox
    import Foundation
    import HTTPTypes
    public import Logging
    public import Sessions

    /// Gives a handler the session of each request, and its response the session's fields; every decision is the
    /// manager's.
    ///
    /// ```swift
    /// let visits = SessionsHandler(sessions) { request, handle in
    ///     let count = try await handle.session().update(.visits, default: 0) { $0 += 1 }
    ///     return HTTPResponse(statusCode: .ok, body: Data("visit \(count)\n".utf8))
    /// }
    /// await server.appendRoute("GET /", to: visits)
    /// ```
    ///
    /// FlyingFox ends no TLS, so tokens travel only behind a TLS proxy that `SessionConfiguration.trustedProxies`
    /// names, or on this machine.
    public struct SessionsHandler: HTTPHandler {
        /// Makes the response to a request, whose session it loads from the handle on first use.
        public typealias Handler =
            @Sendable (FlyingFox.HTTPRequest, SessionHandle) async throws -> FlyingFox.HTTPResponse
        /// Makes the response of a request that failed because of its session.
        public typealias ErrorResponse =
            @Sendable (SessionError, FlyingFox.HTTPRequest) async throws -> FlyingFox.HTTPResponse

        private let manager: SessionManager
        private let logger: Logger?
        private let onError: ErrorResponse
        private let handler: Handler

        /// Makes a handler with the sessions of one manager.
        ///
        /// - Parameters:
        ///   - manager: whose sessions the requests get
        ///   - logger: is told why requests failed that visitors only see a 5xx of
        ///   - onError: makes the response for every `SessionError` of a request, thrown by the handler or met at its
        ///     end; by default the error's status with its `publicMessage`. The session's fields are added to it. It gets the
        ///     request with the tokens in its URL.
        ///   - handler: makes the response; an `HTTPUnhandledError` that it throws once the session is in use, or
        ///     where a token came in the URL, is a 404, and no later route is tried
        public init(
            _ manager: SessionManager, logger: Logger? = nil, onError: @escaping ErrorResponse = Self.plainResponse,
            handler: @escaping Handler
        ) {
            self.manager = manager
            self.logger = logger
            self.onError = onError
            self.handler = handler
        }

        /// The status of an error with the text that a visitor may see.
        public static var plainResponse: ErrorResponse {
            { error, _ in
                HTTPResponse(
                    statusCode: .init(error.code.status), headers: [.contentType: "text/plain; charset=utf-8"],
                    body: Data("\(error.publicMessage)\n".utf8))
            }
        }

        /// Begins the request's session, calls the handler, and gives the response the session's fields.
        ///
        /// A request that seems forged gets 403, and not the handler, as `SessionConfiguration.forgeryProtection` says.
        /// With `urlTokens`, the handler gets the request without tokens in its URL.
        public func handleRequest(_ request: FlyingFox.HTTPRequest) async throws -> FlyingFox.HTTPResponse {
            guard let head = HTTPTypes.HTTPRequest(request) else { return HTTPResponse(statusCode: .badRequest) }
            let handle = manager.begin(
                head, over: .init(peer: .init(request.remoteAddress), isTLS: false), logger: logger)
            let result: Result<FlyingFox.HTTPResponse, any Error>
            do {
                try handle.refuseForgery()
                if handle.needsAdmission, let target = try await handle.admit() {
                    result = .success(.sessionRedirect(to: target))
                } else {
                    result = .success(try await handler(request.withoutTokens(of: handle), handle))
                }
            } catch {
                result = .failure(error)
            }
            let reply = await handle.finish(result)
            var response = try await reply.response(to: result) { error in
                try await onError(error, request).answering(request)
            } onFailure: { error in
                HTTPResponse(statusCode: error is HTTPUnhandledError ? .notFound : .internalServerError)
            }
            if let target = reply.redirect { response = .sessionRedirect(to: target) }
            response.headers.apply(reply)
            return response
        }
    }

    extension FlyingFox.HTTPResponse {
        /// Sends a browser on with GET; the session's fields are still to be added.
        fileprivate static func sessionRedirect(to target: String) -> Self {
            Self(statusCode: .seeOther, headers: HTTPHeaders([.location: target]))
        }

        /// Ends with its head where that alone was asked for: a client would read a body as its next answer.
        fileprivate func answering(_ request: FlyingFox.HTTPRequest) async throws -> Self {
            guard request.method == .HEAD else { return self }
            var head = Self(version: version, statusCode: statusCode, headers: headers)
            if head.headers[.contentLength] == nil { head.headers[.contentLength] = "\(try await bodyData.count)" }
            return head
        }
    }

    extension FlyingFox.HTTPRequest {
        /// What the handler and its logs may see.
        fileprivate func withoutTokens(of handle: SessionHandle) -> Self {
            guard let text = handle.pathWithoutTokens else { return self }
            let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            var stripped = FlyingFox.HTTPRequest(
                method: method, version: version,
                target: Target(path: parts[0], query: parts.count > 1 ? parts[1] : ""), headers: headers,
                body: bodySequence, remoteAddress: remoteAddress)
            // As the server has read it.
            stripped.path = path
            return stripped
        }
    }

    extension SessionHandle {
        fileprivate func finish(_ result: Result<FlyingFox.HTTPResponse, any Error>) async -> SessionReply {
            switch result {
            case .success(let response):
                await finish(
                    .response(.init(code: response.statusCode.code)), location: response.headers[.location])
            case .failure(let error):
                await finish(.failure(error, status: error is HTTPUnhandledError ? .notFound : nil))
            }
        }
    }

    extension HTTPStatusCode {
        fileprivate init(_ status: HTTPTypes.HTTPResponse.Status) {
            self.init(status.code, phrase: status.reasonPhrase)
        }
    }
#endif
