public import NIOCore
import NIOPosix

/// How this package's clients connect.
public struct RedisClientConfiguration: Sendable {
    /// Name and password for `AUTH`.
    public struct Credentials: Sendable, CustomStringConvertible, CustomReflectable {
        /// `nil` for the user `default`.
        public var user: String?
        /// The password, which is in no printed form.
        public var password: String

        /// Creates credentials; without a name for the user `default`.
        public init(user: String? = nil, password: String) {
            self.user = user
            self.password = password
        }

        /// The name alone.
        public var description: String { "Credentials(\(user ?? "default"), password redacted)" }
        /// The name alone.
        public var customMirror: Mirror { Mirror(self, children: ["user": user as Any]) }
    }

    /// TLS with the server's certificate and name verified.
    public struct TLS: Sendable, Hashable {
        /// A PEM file of the authorities to trust; `nil` for the system's.
        public var authoritiesFile: String?
        /// The name the certificate must have; `nil` for the host of the address.
        public var serverName: String?

        /// Creates settings for TLS; verification can't be switched off.
        public init(authoritiesFile: String? = nil, serverName: String? = nil) {
            self.authoritiesFile = authoritiesFile
            self.serverName = serverName
        }
    }

    /// Sent with the greeting; `nil` for none.
    public var credentials: Credentials?
    /// Logical database, selected on each connection. A cluster has only 0.
    public var database: Int
    /// How connections are secured; `nil` for plain TCP.
    public var tls: TLS?
    /// Connections to each server. Requests share them, so few are enough.
    public var connections: Int
    /// For the TCP connection, TLS and the greeting together.
    public var connectTimeout: Duration
    /// Commands that may wait for answers on one connection; further ones fail at once.
    public var maximumPendingCommands: Int
    /// Shown by `CLIENT LIST`.
    public var clientName: String
    /// A connection that has waited this long for any byte of an answer is given up.
    public var silenceTimeout: Duration
    /// How large one answer may be.
    public var limits: ReplyLimits
    /// Where sockets are served; `nil` for NIO's own threads, which a Hummingbird server uses too.
    ///
    /// A group of one's own must live longer than the client.
    public var eventLoopGroup: (any EventLoopGroup)?
    /// Finds the addresses of hosts; `nil` for the system.
    var resolver: (any Resolver & Sendable)?

    /// Creates settings of connections; each has a default.
    public init(
        credentials: Credentials? = nil, database: Int = 0, tls: TLS? = nil, connections: Int = 2,
        connectTimeout: Duration = .seconds(2), maximumPendingCommands: Int = 10_000,
        clientName: String = "swift-sessions", silenceTimeout: Duration = .seconds(15), limits: ReplyLimits = .init(),
        eventLoopGroup: (any EventLoopGroup)? = nil
    ) {
        self.credentials = credentials
        self.database = database
        self.tls = tls
        self.connections = connections
        self.connectTimeout = connectTimeout
        self.maximumPendingCommands = maximumPendingCommands
        self.clientName = clientName
        self.silenceTimeout = silenceTimeout
        self.limits = limits
        self.eventLoopGroup = eventLoopGroup
    }
}
