import Sessions

extension RedisSessionStore {
    /// How a store uses Redis.
    public struct Configuration: Sendable {
        /// What every key begins with: one prefix for each realm. 1 to 64 bytes without braces or control characters.
        public var keyPrefix: String
        /// How long one call may take, connecting and retries among it.
        public var commandTimeout: Duration
        /// How far the clocks of Redis and of this server may differ.
        public var clockTolerance: Duration
        /// Uses a Redis whose eviction policy can't be read. One that evicts signs people out at random.
        public var skipsEvictionCheck: Bool
        /// Where the store itself connects: not for a client of your own.
        public var client: RedisClientConfiguration

        public init(
            keyPrefix: String = "sessions", commandTimeout: Duration = .seconds(5),
            clockTolerance: Duration = .seconds(2), skipsEvictionCheck: Bool = false,
            client: RedisClientConfiguration = .init()
        ) {
            self.keyPrefix = keyPrefix
            self.commandTimeout = commandTimeout
            self.clockTolerance = clockTolerance
            self.skipsEvictionCheck = skipsEvictionCheck
            self.client = client
        }

        /// A commit is not applied later than this after it was called, whatever it threw.
        ///
        /// Redis refuses what arrives later than the command timeout and the tolerance by its own clock, which may be
        /// behind by the tolerance once more.
        public var commitDeadline: Duration { commandTimeout + clockTolerance * 2 }

        func check(_ limits: SessionLimits) throws(SessionError) {
            let prefix = keyPrefix.utf8
            guard (1...64).contains(prefix.count), !prefix.contains(where: { $0 < 0x21 || $0 == 0x7f }),
                !keyPrefix.contains("{"), !keyPrefix.contains("}")
            else {
                throw SessionError(
                    .configuration,
                    "keyPrefix is \"\(keyPrefix)\"; it takes 1 to 64 bytes without braces, blanks and control characters"
                )
            }
            guard commandTimeout > .zero, clockTolerance >= .zero else {
                throw SessionError(
                    .configuration, "commandTimeout must be positive and clockTolerance can't be negative")
            }
            guard client.connections >= 1, client.maximumPendingCommands >= 1 else {
                throw SessionError(
                    .configuration, "client.connections and client.maximumPendingCommands take at least 1")
            }
            guard (1...1000).contains(limits.attributeCount) else {
                throw SessionError(
                    .configuration,
                    "attributeCount is \(limits.attributeCount); a script can take 1 to 1000 attributes")
            }
        }
    }
}
