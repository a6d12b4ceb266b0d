import RedisServers
import Sessions
import SessionsRedisClient
import Testing

@testable import SessionsRedis

/// Runs `body` with a store on the shared server, with keys of its own.
func withStore(
    _ configuration: RedisSessionStore.Configuration = .patient(commandTimeout: .seconds(60)),
    limits: SessionLimits = .init(), clock: any SessionClock = SystemSessionClock(),
    _ body: (RedisSessionStore, Database) async throws -> Void
) async throws {
    let server = try await TestServers.single
    let client = try RedisClient(.init(host: "127.0.0.1", port: server.port), configuration: .patient())
    var configuration = configuration
    configuration.keyPrefix = freshPrefix()
    let store = RedisSessionStore(
        unchecked: client, configuration: configuration, limits: limits, clock: clock, ownClient: client)
    try await body(store, Database(store: store, client: client))
    try await store.close()
}

/// Expects that no store can be opened, with an error that mentions all of `texts`.
///
/// Opening is tried until its deadline. Where this machine was too slow to hear of the reason before that, it is tried
/// once more, for longer.
func expectNoStore(
    _ url: String, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation
) async {
    for timeout in [Duration.seconds(4), .seconds(20), .seconds(100)] {
        do throws(SessionError) {
            _ = try await RedisSessionStore(
                url: url, configuration: .patient(commandTimeout: timeout, connections: 1))
            Issue.record("a store was opened", sourceLocation: sourceLocation)
            return
        } catch {
            let text = "\(error)"
            let isLate = text.contains("within the deadline") && timeout < .seconds(100)
            if isLate, !texts.allSatisfy(text.contains) { continue }
            #expect(error.code == .unavailable, "\(text)", sourceLocation: sourceLocation)
            for part in texts { #expect(text.contains(part), "\(text)", sourceLocation: sourceLocation) }
            return
        }
    }
}

/// What a store's keys hold, asked of the server itself.
struct Database {
    let store: RedisSessionStore
    let client: RedisClient

    func ask(_ name: StaticString, _ key: [UInt8], _ arguments: [UInt8]...) async throws -> RedisReply {
        try await ask(name, key, arguments: arguments)
    }

    func ask(_ name: StaticString, _ key: [UInt8], arguments: [[UInt8]]) async throws -> RedisReply {
        var command = RedisCommand(name, key: key, effect: .read)
        command.append(key)
        for argument in arguments { command.append(argument) }
        return try await client.send(command, deadline: .now + .seconds(280))
    }

    /// When the sweep has something to do for a session, as the index says.
    func due(_ id: SessionID) async throws -> Timestamp? {
        let key = store.keys.due(store.keys.shard(of: id))
        let reply = try await ask("ZSCORE", key, id.block.bytes)
        guard let text = reply.text, let number = Double(text) else { return nil }
        return Timestamp(milliseconds: Int64(number))
    }

    /// What is left until Redis deletes a key by itself.
    func timeLeft(_ key: [UInt8]) async throws -> Duration {
        .milliseconds(try await ask("PTTL", key).number ?? -3)
    }

    /// The sessions that may be the owner's, by the index.
    func entries(of owner: SessionOwner) async throws -> [SessionID] {
        try await store.enrolments(of: owner, after: nil, limit: 10_000).map(\.id)
    }

    /// Whether nothing at all of the store is left.
    func isEmpty() async throws -> Bool {
        var scan = RedisCommand("KEYS", key: [], effect: .read)
        scan.append("\(store.configuration.keyPrefix):*")
        return try await client.send(scan, deadline: .now + .seconds(280)) == .array([])
    }
}

/// A clock that stands where it was set.
struct FixedClock: SessionClock {
    let now: Timestamp
}

/// A clock that differs from the system's by always the same.
struct ShiftedClock: SessionClock {
    let span: Duration

    init(by span: Duration) { self.span = span }

    var now: Timestamp { SystemSessionClock().now + span }
}
