import HTTPTypes
import Sessions

/// A client of a server on a store, with a cookie jar for one session.
final class Visitor {
    private let manager: SessionManager
    private var cookie: String?

    /// - Parameters:
    ///   - cookie: of the same visitor on another store
    ///   - clock: the server's
    init(
        _ store: any SessionStore, cookie: String? = nil, clock: any SessionClock = SystemSessionClock()
    ) throws {
        manager = try SessionManager(store: store, clock: clock)
        self.cookie = cookie
    }

    /// The same visitor, whose next requests use another store.
    func moved(to store: any SessionStore) throws -> Visitor { try Visitor(store, cookie: cookie) }

    /// One request; what failed is in the outcome.
    func request(
        _ body: (Session) async throws -> Void
    ) async throws -> (cookies: [String], error: SessionError?) {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        if let cookie { request.headerFields[.cookie] = cookie }
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        var failure: SessionError?
        do {
            try await body(try await handle.session())
        } catch let error as SessionError {
            failure = error
        }
        let outcome = await handle.finish(status: failure?.code.status ?? .ok)
        var fields = HTTPFields()
        outcome.apply(to: &fields)
        let cookies = fields[values: .setCookie]
        if let first = cookies.first { cookie = String(first.prefix { $0 != ";" }) }
        return (cookies, failure ?? outcome.error)
    }
}
