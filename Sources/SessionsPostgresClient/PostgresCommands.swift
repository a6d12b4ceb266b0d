#if Postgres
    /// Carries statements to a PostgreSQL server: what a store needs of a client, and what a client of your own conforms to.
    public protocol PostgresCommands: Sendable {
        /// Runs one statement in a transaction of its own, and returns what the server answered.
        ///
        /// Parameters go and columns come in PostgreSQL's binary format. Every call may go to another connection, and no
        /// setting of a connection is needed.
        ///
        /// - Parameters:
        ///   - statement: the text of the store's, and the values of its parameters
        ///   - deadline: when the caller stops waiting; the statement may still be applied after that
        /// - Throws: ``PostgresFailure`` where no answer came. A statement that writes, and that may have reached the server, is
        ///   ``PostgresFailure/Outcome/unknown`` and must not be sent again.
        func run(
            _ statement: PostgresStatement, deadline: ContinuousClock.Instant
        ) async throws(PostgresFailure) -> PostgresAnswer
    }

    /// What a server said to a statement.
    public enum PostgresAnswer: Sendable {
        /// The rows that the statement returned, none where it returns nothing.
        case rows(PostgresRows)
        /// The server refused the statement, which had no effect.
        ///
        /// An error with which the connection or the server ends says nothing of a statement that writes: those of class 08,
        /// `57P01` to `57P03`, and of severity FATAL or PANIC. Throw ``PostgresFailure/Outcome/unknown`` for them.
        case error(PostgresServerError)
    }
#endif
