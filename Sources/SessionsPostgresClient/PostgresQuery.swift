#if Postgres
    import Synchronization

    /// The fixed text of a statement, with the types of its parameters.
    public final class PostgresQuery: Sendable {
        /// What a statement does to the database.
        public enum Effect: Sendable, Hashable {
            /// It only reads, so it may be sent again where its answer was lost.
            case read
            /// It may write, so it is sent once.
            case write
        }

        /// The SQL, with `$1`, `$2` and so on for the parameters.
        public let text: String
        /// The type of each parameter.
        public let parameterTypes: [PostgresType]
        /// What the statement does to the database.
        public let effect: Effect
        /// The name to prepare it under: one for each query of a process.
        let name: String

        /// Makes a statement's text; a store makes each once.
        public init(_ text: String, _ parameterTypes: [PostgresType] = [], effect: Effect) {
            self.text = text
            self.parameterTypes = parameterTypes
            self.effect = effect
            name = "sessions_\(Self.count.add(1, ordering: .relaxed).newValue)"
        }

        private static let count = Atomic<Int>(0)
    }

    /// A type of PostgreSQL by its object identifier, which never changes.
    public struct PostgresType: Sendable, Hashable, RawRepresentable {
        /// The identifier in `pg_type`.
        public let rawValue: UInt32

        /// Names a type by its identifier in `pg_type`.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// The type `boolean`.
        public static let bool = Self(rawValue: 16)
        /// The type `bytea`.
        public static let bytea = Self(rawValue: 17)
        /// The type `bigint`.
        public static let bigint = Self(rawValue: 20)
        /// The type `text`.
        public static let text = Self(rawValue: 25)
        /// The type `xid`.
        public static let xid = Self(rawValue: 28)
        /// The type `xid[]`.
        public static let xidArray = Self(rawValue: 1011)
        /// The type `bigint[]`.
        public static let bigintArray = Self(rawValue: 1016)
        /// The type `text[]`.
        public static let textArray = Self(rawValue: 1009)
        /// The type `timestamptz`.
        public static let timestamptz = Self(rawValue: 1184)
        /// The type `timestamptz[]`.
        public static let timestamptzArray = Self(rawValue: 1185)
        /// The type `uuid`.
        public static let uuid = Self(rawValue: 2950)
        /// The type `uuid[]`.
        public static let uuidArray = Self(rawValue: 2951)
        /// The type `jsonb`.
        public static let jsonb = Self(rawValue: 3802)
        /// The type `jsonb[]`.
        public static let jsonbArray = Self(rawValue: 3807)
    }
#endif
