#if Postgres
    /// A statement that got no answer.
    public struct PostgresFailure: Error, Sendable, CustomStringConvertible {
        /// Whether a statement without an answer may have been applied.
        public enum Outcome: Sendable, Hashable {
            /// The statement has had no effect and will have none.
            case notApplied
            /// The statement may have been applied, or may be later.
            case unknown
        }

        /// Whether the statement may have been applied.
        public let outcome: Outcome
        /// What went wrong at which server and what to do, without a password.
        public let message: String
        /// Trying again can't help until an operator changes a setting.
        package let isPermanent: Bool

        /// Makes the failure that a conformance of ``PostgresCommands`` throws.
        public init(_ outcome: Outcome, _ message: String) {
            self.init(outcome, message, isPermanent: false)
        }

        init(_ outcome: Outcome, _ message: String, isPermanent: Bool) {
            self.outcome = outcome
            self.message = message
            self.isPermanent = isPermanent
        }

        /// The message, and whether the statement may have been applied.
        public var description: String {
            message + (outcome == .unknown ? " (the statement may have been applied)" : "")
        }
    }
#endif
