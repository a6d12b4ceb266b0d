public import Hummingbird
import Sessions

/// What a request context keeps for ``SessionsMiddleware``: where the request came from, and its sessions.
public struct RequestSessions: Sendable {
    let peer: ClientConnection.Peer
    /// The path and query of the request as they came, where ``URLTokenFilter`` has taken tokens out of the request's.
    var target: String?
    /// The last one added is the closest to the route.
    private var innermost: SessionHandle?
    private var others: [SessionHandle] = []
    /// The realm whose session named the user that ``SessionsUserMiddleware`` has loaded.
    var userRealm: Realm?

    /// Takes the peer's address from the connection.
    public init(source: ApplicationRequestContextSource) {
        peer = .init(source.channel.remoteAddress)
    }

    mutating func add(_ handle: SessionHandle) {
        if let innermost { others.append(innermost) }
        innermost = handle
    }

    func handle() throws(SessionError) -> SessionHandle {
        guard let innermost else {
            throw SessionError(.configuration, "no SessionsMiddleware before this route: add it to the router")
        }
        return innermost
    }

    /// - Parameter realm: `nil` for that of the closest middleware
    func handle(in realm: Realm?) throws(SessionError) -> SessionHandle {
        guard let realm else { return try handle() }
        if let innermost, innermost.realm == realm { return innermost }
        guard let handle = others.last(where: { $0.realm == realm }) else {
            throw SessionError(
                .configuration, "no SessionsMiddleware of realm \"\(realm)\" before this route: add it to the router")
        }
        return handle
    }
}
