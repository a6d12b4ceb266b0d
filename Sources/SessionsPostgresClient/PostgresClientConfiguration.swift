#if Postgres
    /// The settings of this package's client; where and how it connects is in its URL.
    public struct PostgresClientConfiguration: Sendable {
        /// The connections to keep at most; each is one process of the server.
        ///
        /// A connection is opened when all others are busy. Commits on one connection wait for each other's flush.
        public var maximumConnections: Int
        /// The statements that may be under way on one connection; others wait until one of them is answered.
        public var maximumStatementsPerConnection: Int
        /// The statements that may wait for answers in all; further ones fail at once.
        public var maximumPendingStatements: Int
        /// How long connecting to one host may take, with TLS and authentication, in whole seconds from 2.
        public var connectTimeout: Duration
        /// How long the server works on one statement; not set where a pooler stands between.
        public var statementTimeout: Duration
        /// How long a statement waits for a lock; `nil` for the server's setting, as where a pooler stands between.
        public var lockTimeout: Duration?
        /// The name of the connections in `pg_stat_activity`.
        public var applicationName: String

        /// Makes settings; each has a default.
        public init(
            maximumConnections: Int = 16, maximumStatementsPerConnection: Int = 32,
            maximumPendingStatements: Int = 10_000, connectTimeout: Duration = .seconds(5),
            statementTimeout: Duration = .seconds(5), lockTimeout: Duration? = nil,
            applicationName: String = "swift-sessions"
        ) {
            self.maximumConnections = maximumConnections
            self.maximumStatementsPerConnection = maximumStatementsPerConnection
            self.maximumPendingStatements = maximumPendingStatements
            self.connectTimeout = connectTimeout
            self.statementTimeout = statementTimeout
            self.lockTimeout = lockTimeout
            self.applicationName = applicationName
        }
    }

    extension PostgresClientConfiguration {
        func check() throws(PostgresConfigurationError) {
            for (name, count) in [
                ("maximumConnections", maximumConnections),
                ("maximumStatementsPerConnection", maximumStatementsPerConnection),
                ("maximumPendingStatements", maximumPendingStatements),
            ] where count < 1 {
                throw PostgresConfigurationError("\(name) is \(count); it takes at least 1")
            }
            let times = [
                ("connectTimeout", connectTimeout), ("statementTimeout", statementTimeout),
                ("lockTimeout", lockTimeout ?? statementTimeout),
            ]
            for (name, time) in times where time <= .zero || time > .seconds(3600) {
                throw PostgresConfigurationError("\(name) is \(time); it takes more than nothing and at most an hour")
            }
        }
    }
#endif
