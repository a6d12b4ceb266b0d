#if Postgres
    /// A caller that waits for the answer to its statement.
    final class PendingStatement: Sendable {
        typealias Outcome = Result<PostgresAnswer, PostgresFailure>

        let statement: PostgresStatement
        let deadline: ContinuousClock.Instant
        private let continuation: UnsafeContinuation<Outcome, Never>

        init(
            _ statement: PostgresStatement, deadline: ContinuousClock.Instant,
            _ continuation: UnsafeContinuation<Outcome, Never>
        ) {
            self.statement = statement
            self.deadline = deadline
            self.continuation = continuation
        }

        /// Whether it only reads.
        var isRead: Bool { statement.query.effect == .read }

        /// Answers the caller; exactly once.
        func settle(_ outcome: Outcome) { continuation.resume(returning: outcome) }
    }
#endif
