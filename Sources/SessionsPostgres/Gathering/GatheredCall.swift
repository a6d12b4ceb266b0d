#if Postgres
    import Sessions
    import SessionsPostgresClient

    /// A call that may share a statement with others of its kind.
    protocol GatheredCall: Sendable {
        /// What several of them are called, such as `loads`.
        static var name: StaticString { get }
        /// What one of them is doing.
        static var doing: StaticString { get }
        /// When the caller stops waiting.
        var deadline: ContinuousClock.Instant { get }
        /// What it adds to a statement.
        var byteCount: Int { get }
    }

    // Refusals of what is not sent.
    extension GatheredCall {
        static var late: SessionError {
            notSent("not applied: other \(name) took all the time that the call may take")
        }

        static func tooMany(_ count: Int) -> SessionError {
            notSent(
                "\(count) \(name) wait for PostgreSQL already; raise maximumPendingStatements, or find out why it is slow in "
                    + "pg_stat_activity")
        }

        private static func notSent(_ problem: String) -> SessionError {
            SessionError(postgres: PostgresFailure(.notApplied, problem), while: doing)
        }
    }
#endif
