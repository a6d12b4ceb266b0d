#if FlyingFox
    import FlyingFox
    import Sessions

    extension ClientConnection.Peer {
        /// The address of a socket. One that FlyingFox couldn't read, or in no form that is known, is of no machine: it is
        /// neither this one nor a trusted proxy.
        init(_ address: FlyingFox.HTTPRequest.Address?) {
            switch address {
            case .unix: self = .local
            case .ip4(let text, port: _), .ip6(let text, port: _): self = .address(NetworkAddress(text) ?? .unspecified)
            case nil: self = .address(.unspecified)
            }
        }
    }

    extension NetworkAddress {
        fileprivate static let unspecified = NetworkAddress("::")!
    }
#endif
