public import Hummingbird

/// A request context that holds the application's own user.
///
/// ```swift
/// struct ShopContext: SessionsUserContext {
///     var coreContext: CoreRequestContextStorage
///     var sessions: RequestSessions
///     var user: User?
///
///     init(source: Source) {
///         coreContext = .init(source: source)
///         sessions = .init(source: source)
///     }
/// }
/// ```
public protocol SessionsUserContext: SessionsRequestContext {
    /// A user as the application keeps one.
    associatedtype User: Sendable
    /// The user who is signed in, once ``SessionsUserMiddleware`` has loaded it; `nil` for a visitor.
    var user: User? { get set }
}

extension SessionsUserContext {
    /// Returns the user who is signed in.
    ///
    /// - Throws: 401 for a visitor
    public func requireUser() throws(HTTPError) -> User {
        guard let user else { throw HTTPError(.unauthorized) }
        return user
    }
}
