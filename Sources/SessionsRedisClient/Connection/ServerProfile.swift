import NIOCore
import NIOSSL

/// What a connection must be: how it is secured, and what the server has to be.
struct ServerProfile: Sendable {
    enum Mode: Sendable {
        case single
        case cluster
        case sentinel
    }

    let configuration: RedisClientConfiguration
    let mode: Mode
    let tlsContext: NIOSSLContext?

    init(_ configuration: RedisClientConfiguration, mode: Mode) throws(RedisConfigurationError) {
        self.configuration = configuration
        self.mode = mode
        guard let tls = configuration.tls else {
            tlsContext = nil
            return
        }
        var settings = TLSConfiguration.makeClientConfiguration()
        do {
            if let file = tls.authoritiesFile {
                // Read here, so that a wrong path is told at once.
                settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
            }
            tlsContext = try NIOSSLContext(configuration: settings)
        } catch {
            throw RedisConfigurationError(
                "the authorities for TLS to Redis (\(tls.authoritiesFile ?? "the system's")) can't be read: "
                    + "\(error); name a PEM file")
        }
    }

    func tlsHandler(for server: ServerAddress) throws -> NIOSSLClientHandler? {
        guard let tlsContext else { return nil }
        let name = configuration.tls?.serverName ?? server.host
        let isAddress = (try? SocketAddress(ipAddress: name, port: 0)) != nil
        // An address can't be sent as a name; the certificate is then checked against the address itself.
        return try NIOSSLClientHandler(context: tlsContext, serverHostname: isAddress ? nil : name)
    }
}
