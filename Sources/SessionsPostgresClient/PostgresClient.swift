#if Postgres
    import Foundation

    /// A client by libpq: statements of all tasks are pipelined over a bounded pool of connections.
    ///
    /// It connects on first use, and again where a connection is lost. A thread of its own receives the answers, so no task's
    /// thread ever waits for the server. A read whose connection was lost is sent again until its deadline.
    public final class PostgresClient: PostgresCommands {
        let loop: Loop

        /// Makes a client, which connects on first use.
        ///
        /// - Parameters:
        ///   - url: as libpq reads it, such as `postgres://user@host/db?sslmode=verify-full`. What it leaves out comes from
        ///     libpq's environment variables, `~/.pgpass` and service file. Of several hosts the primary is used.
        ///   - configuration: how many connections there are, and how long they wait
        /// - Throws: ``PostgresConfigurationError`` for a URL that libpq can't read, or a setting out of its range
        public convenience init(
            _ url: String, configuration: PostgresClientConfiguration = .init()
        ) throws(PostgresConfigurationError) {
            try self.init(url, configuration: configuration, uptime: { .now })
        }

        /// - Parameter uptime: what deadlines are compared with
        init(
            _ url: String, configuration: PostgresClientConfiguration,
            uptime: @escaping @Sendable () -> ContinuousClock.Instant
        ) throws(PostgresConfigurationError) {
            try configuration.check()
            loop = Loop(try ConnectionTarget(url, configuration), configuration, uptime: uptime)
        }

        deinit { close() }

        /// Runs one statement on one of the connections.
        public func run(
            _ statement: PostgresStatement, deadline: ContinuousClock.Instant
        ) async throws(PostgresFailure) -> PostgresAnswer {
            let outcome = await withUnsafeContinuation { continuation in
                loop.submit(PendingStatement(statement, deadline: deadline, continuation))
            }
            return try outcome.get()
        }

        /// Closes the connections; statements under way fail, as every later one does.
        public func close() { loop.close() }

        /// Returns what a URL says of user, host and database, without the password.
        package static func description(of url: String) throws(PostgresConfigurationError) -> String {
            try ConnectionTarget.description(of: url)
        }
    }
#endif
