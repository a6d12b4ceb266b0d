import NIOCore
import Sessions

extension ClientConnection.Peer {
    /// The address of a socket, taken from its bytes: a text in between would cost each request a string.
    init(_ address: SocketAddress?) {
        let network = address?.withSockAddr { pointer, size -> NetworkAddress? in
            let bytes = UnsafeRawBufferPointer(start: pointer, count: size)
            return switch address {
            // sockaddr_in: family, port, address. sockaddr_in6: family, port, flow, address.
            case .v4: NetworkAddress(ipv4: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            case .v6: NetworkAddress(ipv6: bytes[8..<24])
            case .unixDomainSocket, nil: nil
            }
        }
        if let network {
            self = .address(network)
        } else if case .unixDomainSocket = address {
            self = .local
        } else {
            self = .unknown
        }
    }
}
