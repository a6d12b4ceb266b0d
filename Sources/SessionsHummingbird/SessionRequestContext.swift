public import Hummingbird
public import NIOCore
public import Sessions

/// A request context that gives its handlers the request's session.
public protocol SessionRequestContext: RemoteAddressRequestContext {
    /// Set by ``SessionMiddleware``; `nil` where the middleware was not added.
    var sessionHandle: SessionHandle? { get set }
}

extension SessionRequestContext {
    /// Loads the request's session on first use. A request without a token makes no store call.
    ///
    /// - Throws: ``SessionError/Code/unavailable`` when the store fails, which is answered with 503 and never a sign-out
    public func session() async throws(SessionError) -> Session {
        try await handle.session()
    }

    /// As ``session()``, but while the store is down a session of nobody that can be read and not written.
    public func sessionOrNobody() async throws(SessionError) -> Session {
        try await handle.sessionOrNobody()
    }

    private var handle: SessionHandle {
        get throws(SessionError) {
            guard let sessionHandle else {
                throw SessionError(.configuration, "no SessionMiddleware before this route: add it to the router")
            }
            return sessionHandle
        }
    }
}

/// A context for servers that keep nothing else with a request.
public struct BasicSessionRequestContext: SessionRequestContext {
    public var coreContext: CoreRequestContextStorage
    public var sessionHandle: SessionHandle?
    public let remoteAddress: SocketAddress?

    public init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
