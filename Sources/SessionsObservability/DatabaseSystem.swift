#if Observability
    /// The kind of database behind a store, by OpenTelemetry's names for `db.system.name`.
    public struct DatabaseSystem: Sendable, Hashable, RawRepresentable {
        /// The name in metrics and traces.
        public let rawValue: String

        /// Names the database of a store of your own.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The memory store.
        public static let memory = Self(rawValue: "memory")
        /// SQLite.
        public static let sqlite = Self(rawValue: "sqlite")
        /// PostgreSQL.
        public static let postgreSQL = Self(rawValue: "postgresql")
        /// Redis or Valkey.
        public static let redis = Self(rawValue: "redis")
    }
#endif
