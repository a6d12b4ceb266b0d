public import Logging
public import Sessions
public import SessionsRedisClient
import Synchronization

/// Keeps sessions in Redis or Valkey, alone or as a cluster: the store for many servers.
///
/// A session is one hash, a load one command, a commit one script: each is one round trip. A commit takes two where another
/// request has changed the session in between. Redis's own timer deletes what no sweep came by to delete. What a failover or a restart of Redis can lose is on the store's page.
public final class RedisSessionStore: SessionStore {
    /// The settings that the store was made with.
    public let configuration: Configuration
    /// How large a session may get.
    public let limits: SessionLimits

    let commands: any RedisCommands
    let keys: Keys
    let scripts: Scripts
    /// The clock that is compared with Redis's, which fences commits; sessions are judged by the caller's.
    let clock: any SessionClock
    let ownClient: (any OwnClient)?
    let watch = Mutex(Watch())
    let recent: RecentSessions
    private let stamps = Atomic(UInt64.random(in: .min ... .max))
    let memory = RecentValues<ServerMemory.Server, ServerMemory>(age: memoryAge)
    /// Whether a server was found that has a limit of memory: without one, no call looks further.
    let isLimited = Atomic(false)

    /// Connects to the servers of a `RedisURL` and checks that they can be used.
    ///
    /// - Parameters:
    ///   - url: such as `redis://127.0.0.1`; it decides over address, credentials, database and TLS
    ///   - configuration: the settings; its client's address, credentials, database and TLS are the URL's
    ///   - limits: how large a session may get
    ///   - logger: told now of servers that keep nothing on their disks
    /// - Throws: `SessionError.Code.configuration` for a URL or a server that this store can't use, with what to do;
    ///   `SessionError.Code.unavailable` where no server answers
    public convenience init(
        url: String, configuration: Configuration = .init(), limits: SessionLimits = .init(),
        logger: Logger = Logger(label: "sessions")
    ) async throws(SessionError) {
        var settings = configuration
        try settings.check(limits)
        try settings.checkAnswers(limits)
        let client: any OwnClient
        do {
            // Where every call waits for less, a call that waited in vain shows an outage.
            settings.client.outageTolerance = min(settings.client.outageTolerance, settings.commandTimeout)
            client = try RedisURL(url).client(settings.client)
        } catch {
            throw SessionError(.configuration, error.message, cause: error)
        }
        do throws(SessionError) {
            try await self.init(
                client, configuration: settings, limits: limits, clock: SystemSessionClock(), ownClient: client,
                logger: logger)
        } catch {
            client.close()
            throw error
        }
    }

    /// Uses a client of the caller's, which stays the caller's to close, and checks that its servers can be used.
    ///
    /// - Throws: `SessionError.Code.configuration` for a server that this store can't use, with what to do;
    ///   `SessionError.Code.unavailable` where none answers
    public convenience init(
        _ commands: any RedisCommands, configuration: Configuration = .init(), limits: SessionLimits = .init(),
        logger: Logger = Logger(label: "sessions")
    ) async throws(SessionError) {
        try await self.init(
            commands, configuration: configuration, limits: limits, clock: SystemSessionClock(), ownClient: nil,
            logger: logger)
    }

    convenience init(
        _ commands: any RedisCommands, configuration: Configuration, limits: SessionLimits, clock: any SessionClock,
        ownClient: (any OwnClient)? = nil, logger: Logger = Logger(label: "sessions")
    ) async throws(SessionError) {
        try configuration.check(limits)
        self.init(unchecked: commands, configuration: configuration, limits: limits, clock: clock, ownClient: ownClient)
        try await checkServers(logger)
    }

    /// A store on servers that are known to be of use.
    init(
        unchecked commands: any RedisCommands, configuration: Configuration, limits: SessionLimits = .init(),
        clock: any SessionClock = SystemSessionClock(), ownClient: (any OwnClient)? = nil,
        recent: RecentSessions = RecentSessions()
    ) {
        self.configuration = configuration
        self.recent = recent
        self.limits = limits
        self.commands = commands
        self.clock = clock
        self.ownClient = ownClient
        keys = Keys(prefix: configuration.keyPrefix)
        scripts = Scripts(limits: limits)
    }

    /// Writes, reads and removes a key in one script; in a cluster, of one primary each time, a random one.
    public func checkHealth() async throws(SessionError) { try await prove("checking its health") }

    /// Closes the connections that this store made, and leaves a client of the caller's alone.
    ///
    /// Where the store made them, every later call throws `SessionError.Code.unavailable`.
    public func close() async throws(SessionError) { ownClient?.close() }
}

extension RedisSessionStore {
    /// Returns the record as it is, in one command.
    public func load(_ id: SessionID, at now: Timestamp) async throws(SessionError) -> SessionRecord? {
        try await load(id, begunAt: .now)
    }

    /// - Parameter begun: when the call began that the load is a part of, from which its time counts
    func load(
        _ id: SessionID, begunAt begun: ContinuousClock.Instant
    ) async throws(SessionError) -> SessionRecord? {
        guard case .array(let fields) = try await fields(of: id, at: begun) else { throw unexpected("loading") }
        guard let session = try RecordReader(id: id).session(fields) else { return nil }
        note(session, at: begun)
        return session.record
    }

    /// - Throws: `SessionError.Code.corrupt` for a key of another type
    func fields(
        of id: SessionID, at begun: ContinuousClock.Instant = .now
    ) async throws(SessionError) -> RedisReply {
        do throws(SessionError) {
            return try await send(RedisCommand("HGETALL", on: keys.session(id), effect: .read), at: begun, "loading")
        } catch {
            guard (error.cause as? RedisServerError)?.code == "WRONGTYPE" else { throw error }
            throw SessionError(
                .corrupt, "session \(id) can't be read: its key holds no hash; delete it", cause: error.cause)
        }
    }

    /// Inserts a new record where its ID is free, in one script.
    ///
    /// - Throws: `SessionError.Code.full` where the memory that is left is reserved for signed-in users, and where none is
    ///   left; `SessionError.Code.tooLarge` over the size limits of a session
    public func create(_ record: SessionRecord) async throws(SessionError) -> Bool {
        if let excess = limits.excess(of: record.attributes) { throw SessionError(.tooLarge, excess.description) }
        guard record.revision < RecordLayout.largestCounter, record.generation < RecordLayout.largestCounter else {
            throw SessionError(.invalid, "a revision or generation of 2^53 or more can't be kept in Redis")
        }
        let end = callEnd
        try await checkRoom(for: record, before: end)
        // The moment of its making is the only `now` that there is: its lifetime counts from here.
        let now = max(record.createdAt, record.lastUsedAt, record.secretIssuedAt)
        let reply = try await run(
            scripts.create, [keys.session(record.id), keys.due(keys.shard(of: record.id))],
            capacity: 1024 + record.attributes.byteCount, end: end, "creating"
        ) { command in
            command.append(record.id.block.bytes)
            command.append(record.dueAt.milliseconds)
            command.append(Self.millisecondsKept(record, at: now))
            for (name, value) in RecordCoding.fields(of: record, stamp: nextStamp) {
                command.append(name)
                command.append(value)
            }
        }
        switch reply {
        case .integer(1): return true
        case .integer(0): return false
        default: throw unexpected("creating")
        }
    }

    /// Applies `changes` to an existing session at once or not at all, in one script.
    ///
    /// A second script follows where another request has changed a session that this server knew.
    ///
    /// - Throws: `SessionError.Code.full` where a visitor's session would grow into memory that is reserved for signed-in users
    public func commit(
        _ changes: SessionChanges, to id: SessionID, at now: Timestamp
    ) async throws(SessionError) -> CommitResult {
        let end = callEnd
        try await checkRoom(for: changes, to: id, at: now, before: end)
        if let record = try await commit(changes, toKnown: id, at: now, before: end) { return .committed(record) }
        var names = [keys.session(id)]
        if changes.movesDue { names.append(keys.due(keys.shard(of: id))) }
        let stamp = nextStamp
        let reply = try await run(
            scripts.commit, names, capacity: 512 + changes.size, end: end, "committing"
        ) { command in
            command.append(changes, to: id, at: now, stamp: stamp)
        }
        switch reply {
        case .null:
            return .missing
        case .array(let fields):
            // The script answers with the record as it was; what it decided follows from that.
            guard var session = try RecordReader(id: id).session(fields.dropLast()), let status = fields.last?.number
            else { throw unexpected("committing") }
            let result = changes.apply(to: &session.record, at: now, limits: limits)
            guard case .committed = result else {
                if status == 0 { return result }
                throw disagreement(id)
            }
            guard status == 1 else { throw disagreement(id) }
            session.stamp = stamp
            note(session, at: end.begun)
            return result
        default:
            throw unexpected("committing")
        }
    }

    /// Applies changes to a session that was read or written a moment ago, if it is still the same.
    ///
    /// All that a commit depends on is judged here then, and Redis compares versions alone: that costs both a fraction. Where
    /// the session is not known, takes no such changes, or is another one by now, Redis has to judge it.
    ///
    /// - Returns: the record as it is now; `nil` where nothing was applied
    private func commit(
        _ changes: SessionChanges, toKnown id: SessionID, at now: Timestamp, before end: CallEnd
    ) async throws(SessionError) -> SessionRecord? {
        // The others write more fields, or to a second key.
        guard !changes.movesDue, changes.privilegeChange == nil,
            let known = recent.value(of: id, at: end.begun) as? StoredSession
        else { return nil }
        var session = known
        guard case .committed = changes.apply(to: &session.record, at: now, limits: limits),
            session.record.revision < RecordLayout.largestCounter
        else { return nil }
        session.stamp = nextStamp
        let isMoved = session.record.lastUsedAt != known.record.lastUsedAt
        let kept = isMoved ? Self.millisecondsKept(session.record, at: now) : nil
        let reply = try await run(
            scripts.commitToKnown, [keys.session(id)], capacity: 512 + changes.size, end: end, "committing"
        ) { [session] command in
            command.append(changes, to: known, which: session, millisecondsKept: kept)
        }
        switch reply {
        case .integer(1):
            note(session, at: end.begun)
            return session.record
        case .integer(0):
            recent.forget(id)
            return nil
        default:
            throw unexpected("committing")
        }
    }

    private func note(_ session: StoredSession, at moment: ContinuousClock.Instant) {
        recent.note(session, of: session.record.id, bytes: session.record.attributes.byteCount, at: moment)
    }

    /// The stamp of a write; no other server comes to it, since each begins somewhere among 2^64.
    private var nextStamp: UInt64 { stamps.wrappingAdd(1, ordering: .relaxed).newValue }

    /// How long Redis keeps a session at least: a minute longer than the record says.
    private static func millisecondsKept(_ record: SessionRecord, at now: Timestamp) -> Int64 {
        min(max((record.forgettableAt - now).milliseconds, 0), 1 << 50) + 60_000
    }

    private func disagreement(_ id: SessionID) -> SessionError {
        SessionError(.corrupt, "the script in Redis judged a commit to session \(id) otherwise than this server does")
    }
}

// Sending.
extension RedisSessionStore {
    /// - Parameter replica: the server to ask instead of the server that has the key, where the client is the store's own
    func send(
        _ command: RedisCommand, to replica: ServerAddress? = nil, at begun: ContinuousClock.Instant = .now,
        _ doing: StaticString
    ) async throws(SessionError) -> RedisReply {
        let deadline = begun + configuration.commandTimeout
        let reply: RedisReply
        do {
            if let replica, let ownClient {
                reply = try await ownClient.send(command, to: replica, deadline: deadline)
            } else {
                reply = try await commands.send(command, deadline: deadline)
            }
        } catch {
            throw SessionError(redis: error, while: doing)
        }
        if case .error(let error) = reply { throw SessionError(redis: error, while: doing) }
        return reply
    }

    /// When a call is over.
    struct CallEnd {
        let begun: ContinuousClock.Instant
        /// When its caller stops waiting.
        let deadline: ContinuousClock.Instant
        /// The latest moment at which Redis may still apply it, by Redis's clock.
        let latest: Timestamp
    }

    /// The end of a call that begins now.
    var callEnd: CallEnd {
        let begun = ContinuousClock.now
        return CallEnd(
            begun: begun, deadline: begun + configuration.commandTimeout,
            latest: clock.now + configuration.commandTimeout + configuration.clockTolerance)
    }

    /// Runs a script by its digest, and by its source where the server doesn't know it yet.
    ///
    /// - Parameters:
    ///   - bySource: whether it is sent whole although the server may know it
    ///   - end: of a call that has begun already; as if it began now if left out
    ///   - arguments: appends those after the moment that a fenced script begins with
    func run(
        _ script: Script, _ names: [[UInt8]], capacity: Int = 512, bySource: Bool = false,
        end: CallEnd? = nil, _ doing: StaticString,
        arguments: (inout RedisCommand) -> Void
    ) async throws(SessionError) -> RedisReply {
        let end = end ?? callEnd
        let deadline = end.deadline, latest = end.latest
        func command(bySource: Bool) -> RedisCommand {
            script.command(names, capacity: capacity, bySource: bySource) { command in
                if script.isFenced { command.append(latest.milliseconds) }
                arguments(&command)
            }
        }
        var reply: RedisReply
        do {
            reply = try await commands.send(command(bySource: bySource), deadline: deadline)
            if case .error(let error) = reply, error.code == "NOSCRIPT" {
                reply = try await commands.send(command(bySource: true), deadline: deadline)
            }
        } catch {
            throw SessionError(redis: error, while: doing)
        }
        switch reply {
        case .error(let error):
            throw SessionError(redis: error, while: doing)
        case .bytes where script.isFenced:
            guard let time = reply.number else { throw unexpected(doing) }
            let arrived = Timestamp(milliseconds: time)
            throw SessionError(
                .unavailable,
                "not applied while \(doing): it reached Redis \((arrived - latest).milliseconds) ms too late by Redis's clock; Redis is too slow, or "
                    + "its clock is ahead of this server's")
        default:
            return reply
        }
    }

    func unexpected(_ doing: StaticString) -> SessionError {
        SessionError(.unavailable, "Redis gave an answer of the wrong kind while \(doing); is it Redis or Valkey?")
    }

    /// Does `work` for each item, at most 64 at a time, and returns what came of it in the order of the items.
    func concurrently<Item: Sendable, Answer: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws(SessionError) -> Answer
    ) async throws(SessionError) -> [Answer] {
        var answers: [Answer] = []
        for result in await Sessions.concurrently(items, atMost: 64, work) { answers.append(try result.get()) }
        return answers
    }
}
