#if FlyingFox
    import FlyingFox
    import Sessions

    extension ClientConnection.Peer {
        /// The address of a socket; unknown where FlyingFox couldn't read it, or its text is of no form that is known.
        init(_ address: FlyingFox.HTTPRequest.Address?) {
            switch address {
            case .unix: self = .local
            case .ip4(let text, port: _), .ip6(let text, port: _):
                self = NetworkAddress(text).map { .address($0) } ?? .unknown
            case nil: self = .unknown
            }
        }
    }
#endif
