public import Hummingbird
public import Sessions

/// Loads the application's own user once a request, where a user is signed in.
///
/// Each request behind it uses its session, so put it on the routes that know users, behind ``SessionsMiddleware``.
public struct SessionsUserMiddleware<Context: SessionsUserContext>: RouterMiddleware {
    /// Finds the user of a principal; `nil` where there is none any more.
    public typealias Load = @Sendable (Principal) async throws -> Context.User?

    private let realm: Realm?
    private let load: Load

    /// Makes the middleware.
    ///
    /// - Parameters:
    ///   - realm: whose session names the user; `nil` for that of the closest ``SessionsMiddleware``
    ///   - load: is called once a request of a signed-in user. Where it returns `nil`, the request is a visitor's; the
    ///     session lives on, so that a table that can't be read for a moment signs no user out. When you delete a user, end
    ///     their sessions: `SessionManager.endAll(of:)`.
    public init(in realm: Realm? = nil, load: @escaping Load) {
        self.realm = realm
        self.load = load
    }

    /// Loads the user into the context, and calls the next handler.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        let handle = try context.sessions.handle(in: realm)
        context.sessions.userRealm = handle.realm
        if let principal = try await handle.session().principal { context.user = try await load(principal) }
        return try await next(request, context)
    }
}
