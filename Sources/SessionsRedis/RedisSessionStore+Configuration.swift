import Sessions

extension RedisSessionStore {
    /// The settings of a store in Redis.
    public struct Configuration: Sendable {
        /// The beginning of every key: one prefix for each store on a server.
        ///
        /// It takes 1 to 64 bytes without braces, blanks or control characters.
        public var keyPrefix: String
        /// How long one call may take, with connecting and retries: up to an hour.
        ///
        /// A sweep, a count, and a list of all sessions, of a realm's or of those set aside are many commands, of which each
        /// may take that long.
        /// Calls to a server that is known to be out of reach fail at once; see `client.outageTolerance`.
        public var commandTimeout: Duration
        /// How far the clocks of Redis and of this server may differ: up to an hour.
        public var clockTolerance: Duration
        /// Whether to use a Redis whose eviction policy can't be read.
        ///
        /// A Redis that evicts keys signs users out at random.
        public var skipsEvictionCheck: Bool
        /// The share of each server's `maxmemory` that only sessions of signed-in users use, from 0 to 1.
        ///
        /// It holds to within about a second, and does nothing where `maxmemory` is 0 or this user may not use `INFO`.
        public var reserve: Double
        /// The settings of the connections that the store makes itself; a client of your own has its own.
        public var client: RedisClientConfiguration

        /// Makes settings; each has a default.
        public init(
            keyPrefix: String = "sessions", commandTimeout: Duration = .seconds(5),
            clockTolerance: Duration = .seconds(2), skipsEvictionCheck: Bool = false, reserve: Double = 0.1,
            client: RedisClientConfiguration = .init()
        ) {
            self.keyPrefix = keyPrefix
            self.commandTimeout = commandTimeout
            self.clockTolerance = clockTolerance
            self.skipsEvictionCheck = skipsEvictionCheck
            self.reserve = reserve
            self.client = client
        }

        /// How long after its call a commit may still be applied, whatever it threw.
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
            for (name, time) in [
                ("commandTimeout", commandTimeout), ("client.connectTimeout", client.connectTimeout),
                ("client.silenceTimeout", client.silenceTimeout),
            ] where time <= .zero || time > .hours(1) {
                throw SessionError(.configuration, "\(name) is \(time); it takes more than nothing and at most an hour")
            }
            for (name, time) in [
                ("clockTolerance", clockTolerance), ("client.outageTolerance", client.outageTolerance),
            ] where time < .zero || time > .hours(1) {
                throw SessionError(.configuration, "\(name) is \(time); it takes 0 to an hour")
            }
            guard (0...1).contains(reserve) else {
                throw SessionError(.configuration, "reserve is \(reserve); it is a share, from 0 to 1")
            }
            guard client.connections >= 1, client.maximumPendingCommands >= 1 else {
                throw SessionError(
                    .configuration,
                    "client.connections is \(client.connections) and client.maximumPendingCommands "
                        + "\(client.maximumPendingCommands); both take at least 1")
            }
            guard (1...1000).contains(limits.attributeCount) else {
                throw SessionError(
                    .configuration,
                    "attributeCount is \(limits.attributeCount); a script can take 1 to 1000 attributes")
            }
        }

        /// The largest session must fit into an answer.
        func checkAnswers(_ limits: SessionLimits) throws(SessionError) {
            // Beside names and values: lengths, revisions and the other fields.
            let bytes = client.limits.bytes - 64 * limits.attributeCount - 4096
            guard limits.sessionBytes <= bytes, 2 * limits.attributeCount + 32 <= client.limits.elements else {
                throw SessionError(
                    .configuration,
                    "a session may take \(limits.sessionBytes) bytes and \(limits.attributeCount) attributes, but an answer "
                        + "of Redis only \(client.limits.bytes) bytes and \(client.limits.elements) values: raise client.limits"
                )
            }
        }
    }
}
