public import NIOCore
import NIOPosix

/// The settings of this package's clients.
public struct RedisClientConfiguration: Sendable {
    /// A name and a password for `AUTH`.
    public struct Credentials: Sendable, CustomStringConvertible, CustomReflectable {
        /// The name; `nil` for the user `default`.
        public var user: String?
        /// The password, which is in no printed form.
        public var password: String

        /// Makes credentials; without a name they are those of the user `default`.
        public init(user: String? = nil, password: String) {
            self.user = user
            self.password = password
        }

        /// The name alone.
        public var description: String { "Credentials(\(user ?? "default"), password redacted)" }
        /// The name alone.
        public var customMirror: Mirror { Mirror(self, children: ["user": user as Any]) }
    }

    /// The settings of TLS, which always verifies the server's certificate and name.
    public struct TLS: Sendable, Hashable {
        /// A PEM file of the authorities to trust; `nil` for the system's.
        public var authoritiesFile: String?
        /// The name that the certificate must have; `nil` for the host of the address.
        public var serverName: String?

        /// Makes settings for TLS; verification can't be switched off.
        public init(authoritiesFile: String? = nil, serverName: String? = nil) {
            self.authoritiesFile = authoritiesFile
            self.serverName = serverName
        }
    }

    /// The credentials that each connection begins with; `nil` for none.
    public var credentials: Credentials?
    /// The logical database, selected on each connection; a cluster has only 0.
    public var database: Int
    /// How connections are secured; `nil` for plain TCP.
    public var tls: TLS?
    /// The number of connections to each server, all on one event loop; requests share them, so few are enough.
    public var connections: Int
    /// How long the TCP connection, TLS and the greeting may take together.
    public var connectTimeout: Duration
    /// How long a server that is out of reach is waited for; after that commands fail at once, until it answers again.
    ///
    /// A server that has never answered is waited for until a command's deadline.
    public var outageTolerance: Duration
    /// The commands that may wait for answers on one connection; further ones fail at once.
    public var maximumPendingCommands: Int
    /// The name of the connections in `CLIENT LIST`.
    public var clientName: String
    /// How long a connection waits for any byte of an answer before it is given up.
    public var silenceTimeout: Duration
    /// How large one answer may be.
    public var limits: ReplyLimits
    /// The threads that serve the sockets; `nil` for NIO's own, which a Hummingbird server uses too.
    ///
    /// A group of your own must live longer than the client.
    public var eventLoopGroup: (any EventLoopGroup)?
    /// Finds the addresses of hosts; `nil` for the system.
    var resolver: (any Resolver & Sendable)?
    /// How often an open connection is looked at, for silence and for the server's role.
    var watchInterval: Duration = .seconds(1)
    /// Measures silence, outages and pauses between questions; deadlines go by the system's clock.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }

    /// Makes settings; each has a default.
    public init(
        credentials: Credentials? = nil, database: Int = 0, tls: TLS? = nil, connections: Int = 2,
        connectTimeout: Duration = .seconds(2), outageTolerance: Duration = .seconds(1),
        maximumPendingCommands: Int = 10_000,
        clientName: String = "swift-sessions", silenceTimeout: Duration = .seconds(15), limits: ReplyLimits = .init(),
        eventLoopGroup: (any EventLoopGroup)? = nil
    ) {
        self.credentials = credentials
        self.database = database
        self.tls = tls
        self.connections = connections
        self.connectTimeout = connectTimeout
        self.outageTolerance = outageTolerance
        self.maximumPendingCommands = maximumPendingCommands
        self.clientName = clientName
        self.silenceTimeout = silenceTimeout
        self.limits = limits
        self.eventLoopGroup = eventLoopGroup
    }
}
