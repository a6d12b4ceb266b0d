/// What of a request's way to this server is believed, and over which ways a token may travel.
///
/// Apart from the configuration, since each request asks for it: a copy of a whole configuration costs more than the
/// question.
struct ConnectionTrust: Sendable {
    /// The proxies whose fields are believed.
    let proxies: [AddressRange]
    /// The field that they write.
    let field: ForwardedField
    /// Where cookies without Secure may go; `nil` where they have it.
    let development: DevelopmentNetworks?

    init(_ configuration: SessionConfiguration) {
        proxies = configuration.trustedProxies
        field = configuration.forwardedField
        development = configuration.cookies.scope.isSecure ? nil : configuration.cookies.development
    }

    /// Whether a peer is a proxy whose word counts.
    func believes(_ peer: ClientConnection.Peer) -> Bool { proxies.contains { $0.contains(peer) } }
}
