#if Postgres
    import Sessions

    extension PostgresSessionStore {
        /// The settings of a store in PostgreSQL; the defaults keep every acknowledged commit, over a power cut too.
        public struct Configuration: Sendable {
            /// The schema that has the tables, of any name that PostgreSQL takes.
            ///
            /// Where it is missing, the migration creates it.
            public var schema: String
            /// How long one call may take, with connecting and retries: up to an hour.
            public var commandTimeout: Duration
            /// How long a write waits for another transaction that has locked the session's row.
            public var lockTimeout: Duration
            /// How far the clocks of PostgreSQL and of this server may differ: up to an hour.
            public var clockTolerance: Duration
            /// Whether opening the store brings the tables up to date; otherwise it refuses tables of an older version.
            public var migrates: Bool
            /// Whether to use a server or tables that can lose what was acknowledged.
            ///
            /// That is `synchronous_commit = off`, `fsync = off` and unlogged tables: after a crash, sign-outs and changes of
            /// privileges may be undone.
            public var allowsLoss: Bool
            /// The live sessions that the table may hold, at least 1; `nil` for no limit.
            ///
            /// They are estimated: new ones are refused over the limit with `SessionError.Code.full`, and none is dropped.
            public var maximumRecords: Int?
            /// What live sessions may take together, at least 1; `nil` for no limit.
            ///
            /// A session counts 400 bytes and what its attributes take on the disk. It is estimated as the number is.
            public var maximumBytes: Int?
            /// The share of both that only sessions of signed-in users may use, from 0 to 1.
            public var reserve: Double
            /// The settings of the connections that the store makes itself; a client of your own has its own.
            public var client: PostgresClientConfiguration

            /// Makes settings; each has a default.
            public init(
                schema: String = "public", commandTimeout: Duration = .seconds(5), lockTimeout: Duration = .seconds(2),
                clockTolerance: Duration = .seconds(2), migrates: Bool = true, allowsLoss: Bool = false,
                maximumRecords: Int? = 10_000_000, maximumBytes: Int? = 8 << 30, reserve: Double = 0.1,
                client: PostgresClientConfiguration = .init()
            ) {
                self.schema = schema
                self.commandTimeout = commandTimeout
                self.lockTimeout = lockTimeout
                self.clockTolerance = clockTolerance
                self.migrates = migrates
                self.allowsLoss = allowsLoss
                self.maximumRecords = maximumRecords
                self.maximumBytes = maximumBytes
                self.reserve = reserve
                self.client = client
            }

            /// How long after its call a commit may still be applied, whatever it threw.
            ///
            /// PostgreSQL refuses what begins later than the command timeout and the tolerance by its own clock, which may be
            /// behind by the tolerance once more; after that, a commit may only wait for its row's lock.
            public var commitDeadline: Duration { commandTimeout + clockTolerance * 2 + lockTimeout }

            func check() throws(SessionError) {
                for (name, time) in [("commandTimeout", commandTimeout), ("lockTimeout", lockTimeout)]
                where time < .milliseconds(1) || time > .hours(1) {
                    throw SessionError(.configuration, "\(name) is \(time); it takes a millisecond to an hour")
                }
                guard .zero <= clockTolerance, clockTolerance <= .hours(1) else {
                    throw SessionError(.configuration, "clockTolerance is \(clockTolerance); it takes 0 to an hour")
                }
                for (name, count) in [("maximumRecords", maximumRecords), ("maximumBytes", maximumBytes)] {
                    guard let count, count < 1 else { continue }
                    throw SessionError(.configuration, "\(name) is \(count); it takes at least 1")
                }
                guard (0...1).contains(reserve) else {
                    throw SessionError(.configuration, "reserve is \(reserve); it is a share, from 0 to 1")
                }
                _ = try SchemaName(schema)
            }
        }
    }
#endif
