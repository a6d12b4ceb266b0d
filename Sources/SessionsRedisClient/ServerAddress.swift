/// The address at which a Redis server listens: a host and a port, or a Unix socket.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name or an IP address, IPv6 without brackets; the path of a Unix socket.
    public var host: String
    /// The port, 1 to 65,535; 0 for a Unix socket.
    public var port: Int

    /// Creates an address from its parts, unchecked.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Creates the address of a Unix socket.
    public init(unixSocket path: String) { self.init(host: path, port: 0) }

    var socketPath: String? { port == 0 ? host : nil }

    /// `host:port`, an IPv6 address in brackets; or the path of a socket.
    public var description: String {
        if let socketPath { return socketPath }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
