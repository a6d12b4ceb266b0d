import HTTPTypes

/// How a request reached this server, as the adapter saw it on the socket: nothing that a client can write.
public struct ClientConnection: Sendable {
    /// The other end of a connection.
    public enum Peer: Sendable, Hashable {
        /// A client or a proxy at this address.
        case address(NetworkAddress)
        /// A process on this machine, by a Unix socket or without any socket, as in a test.
        case local
        /// A connection that has no remote address: it counts as one from another machine.
        case unknown

        var isThisMachine: Bool {
            switch self {
            case .address(let address): address.isLoopback
            case .local: true
            case .unknown: false
            }
        }
    }

    /// The other end of the connection.
    public var peer: Peer
    /// Whether this server itself ended the TLS connection.
    public var isTLS: Bool

    /// Describes a connection, as an adapter does for each request.
    public init(peer: Peer, isTLS: Bool) {
        self.peer = peer
        self.isTLS = isTLS
    }

    /// Whether a token may travel this way: TLS here, TLS at a proxy that is trusted, or never off this machine.
    ///
    /// That it was plain HTTP is believed from every client and proxy; that it was TLS, only from a trusted one.
    func carriesTokens(_ request: HTTPRequest, under trust: ConnectionTrust) -> Bool {
        if let development = trust.development { return development.admit(request, from: peer) }
        return way(of: request, under: trust) != .open
    }

    /// Whether a request's client can be told from others: not where a proxy on this machine isn't trusted or names no client.
    func namesClient(of request: HTTPRequest, under trust: ConnectionTrust) -> Bool {
        let fields = request.headerFields
        guard fields.areForwarded else { return true }
        return trust.believes(peer) ? fields.nameAddresses : !peer.isThisMachine
    }

    /// Whether a request came over TLS: here, or to a proxy that is trusted.
    func isSecure(_ request: HTTPRequest, under trust: ConnectionTrust) -> Bool {
        way(of: request, under: trust) == .tls
    }

    private enum Way {
        case tls, thisMachine, open
    }

    private func way(of request: HTTPRequest, under trust: ConnectionTrust) -> Way {
        let scheme = ForwardedScheme(request.headerFields)
        if scheme.saysInsecure { return .open }
        if isTLS { return .tls }
        if trust.believes(peer) { return scheme.saysSecure(in: trust.field) ? .tls : .open }
        return peer.isThisMachine ? .thisMachine : .open
    }
}

extension ClientConnection {
    /// Why a token may not travel this way, and what an operator can change.
    func refusal(under trust: ConnectionTrust) -> String {
        if let networks = trust.development?.ranges {
            guard !networks.isEmpty else {
                return
                    "cookies without Secure work on this machine only: for a request to localhost that no proxy has forwarded"
            }
            return
                "cookies without Secure work on this machine and from \(networks.texts) only: for a request to an address "
                + "or a local name of these, such as shop.local, that no proxy has forwarded"
        }
        if peer == .unknown {
            return "the connection has no remote address, so it counts as plain HTTP from another machine; where the "
                + "server or a test ends TLS itself, say so"
        }
        return "the request came over plain HTTP; use TLS, or name the TLS proxy in trustedProxies and have it write "
            + "X-Forwarded-Proto"
    }
}

extension ClientConnection.Peer: CustomStringConvertible {
    /// The address, `this machine`, or `an unknown peer`.
    public var description: String {
        switch self {
        case .address(let address): address.description
        case .local: "this machine"
        case .unknown: "an unknown peer"
        }
    }
}
