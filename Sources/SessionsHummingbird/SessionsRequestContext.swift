public import Hummingbird
public import Sessions

/// A request context that gives its handlers the request's session.
///
/// ```swift
/// struct ShopContext: SessionsRequestContext {
///     var coreContext: CoreRequestContextStorage
///     var sessions: RequestSessions
///
///     init(source: Source) {
///         coreContext = .init(source: source)
///         sessions = .init(source: source)
///     }
/// }
/// ```
public protocol SessionsRequestContext: RequestContext {
    /// The sessions of the request; ``SessionsMiddleware`` adds one for each manager.
    var sessions: RequestSessions { get set }
}

extension SessionsRequestContext {
    /// Loads the request's session on first use; a request without a token makes no store call.
    ///
    /// Under several managers it is the session of the one whose middleware stands closest to the route.
    /// - Throws: `SessionError.Code.unavailable` when the store fails, which is answered with 503 and never a sign-out
    public nonisolated(nonsending) func session() async throws(SessionError) -> Session {
        try await sessions.handle().session()
    }

    /// Loads the request's session of one realm, for routes under several managers.
    public nonisolated(nonsending) func session(in realm: Realm) async throws(SessionError) -> Session {
        try await sessions.handle(in: realm).session()
    }

    /// Loads the request's session without using it, so that its idle timeout goes on.
    ///
    /// It is for what runs by itself, such as a countdown that asks how long the session lasts.
    public nonisolated(nonsending) func peekAtSession() async throws(SessionError) -> Session {
        try await sessions.handle().peek()
    }

    /// Like ``peekAtSession()``, of one realm, for routes under several managers.
    public nonisolated(nonsending) func peekAtSession(in realm: Realm) async throws(SessionError) -> Session {
        try await sessions.handle(in: realm).peek()
    }

    /// Like ``session()``, but an empty, read-only session while the store is down.
    public nonisolated(nonsending) func sessionOrNobody() async throws(SessionError) -> Session {
        try await sessions.handle().sessionOrNobody()
    }

    /// Like ``session(in:)``, but an empty, read-only session while the store is down.
    public nonisolated(nonsending) func sessionOrNobody(in realm: Realm) async throws(SessionError) -> Session {
        try await sessions.handle(in: realm).sessionOrNobody()
    }
}
