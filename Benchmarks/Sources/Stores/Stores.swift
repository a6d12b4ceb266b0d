import Foundation
import Sessions
import SessionsPostgres
import SessionsRedis
import SessionsSQLite

/// Loads and commits a second straight through a store, from 64 callers at once (or `CALLERS`), each with sessions of its own.
///
/// `Stores ROUNDS SECONDS STORE…`, with stores `memory`, `sqlite:PATH`, `sqlite-normal:PATH` (`synchronous=NORMAL`),
/// `redis://…` and `postgres://…`, prints an object of JSON a round, with the rates of each store in so many seconds.
/// Rounds of all stores alternate, so that a ratio compares what ran at the same time.
///
/// `Stores paced STORE` measures when it is told to, beside another program: for each line `loads SECONDS` or
/// `commits SECONDS` it prints a rate.
@main
struct Stores {
    static let callers = ProcessInfo.processInfo.environment["CALLERS"].flatMap { Int($0) } ?? 64
    static let sessionsEach = 16
    /// A record with one attribute of this many bytes of JSON.
    static let payload = "\"" + String(repeating: "x", count: 254) + "\""

    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.count == 2, arguments.first == "paced", let name = arguments.last { return try await paced(name) }
        guard let rounds = arguments.first.flatMap({ Int($0) }), rounds > 0, arguments.count > 2,
            let seconds = arguments.dropFirst().first.flatMap({ Double($0) })
        else {
            FileHandle.standardError.write(
                Data("usage: Stores ROUNDS SECONDS memory|sqlite:PATH|sqlite-normal:PATH|redis://…|postgres://…\n".utf8)
            )
            exit(64)
        }
        var benches: [Bench] = []
        for name in arguments.dropFirst(2) { benches.append(try await Bench(name)) }
        for _ in 0..<rounds {
            var rates: [String: [String: Double]] = [:]
            for bench in benches {
                rates[bench.name] = [
                    "loads": try await bench.load(for: .seconds(seconds)),
                    "commits": try await bench.commit(for: .seconds(seconds)),
                ]
            }
            print(String(decoding: try JSONEncoder().encode(rates), as: UTF8.self))
        }
    }

    private static func paced(_ name: String) async throws {
        let bench = try await Bench(name)
        print("ready")
        fflush(nil)
        while let line = readLine() {
            let words = line.split(separator: " ")
            guard words.count == 2, let seconds = Double(words[1]) else { exit(64) }
            print(
                try await words[0] == "loads"
                    ? bench.load(for: .seconds(seconds)) : bench.commit(for: .seconds(seconds)))
            fflush(nil)
        }
    }
}

/// One store under load.
struct Bench {
    let name: String
    let store: any SessionStore
    let ids: [[SessionID]]

    private static let connections = ProcessInfo.processInfo.environment["CONNECTIONS"].flatMap { Int($0) }

    init(_ argument: String) async throws {
        let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
        name = parts[0]
        switch (parts[0], parts.count) {
        case ("memory", 1):
            store = MemorySessionStore()
        case ("sqlite", 2):
            store = try await SQLiteSessionStore(path: parts[1])
        case ("sqlite-normal", 2):
            store = try await SQLiteSessionStore(path: parts[1], configuration: .init(synchronous: .normal))
        case ("redis", 2):
            var configuration = RedisSessionStore.Configuration()
            if let connections = Self.connections { configuration.client.connections = connections }
            store = try await RedisSessionStore(url: argument, configuration: configuration)
        case ("postgres", 2):
            // As many as pgbench has, unless `CONNECTIONS` says otherwise.
            let connections = Self.connections ?? Stores.callers
            store = try await PostgresSessionStore(
                url: argument,
                configuration: .init(
                    commandTimeout: .seconds(300), lockTimeout: .seconds(300),
                    client: .init(maximumConnections: connections, statementTimeout: .seconds(300))))
        default:
            throw SessionError(.configuration, "\(argument) is no store")
        }
        var ids: [[SessionID]] = []
        for _ in 0..<Stores.callers {
            var own: [SessionID] = []
            for _ in 0..<Stores.sessionsEach {
                let record = Self.record()
                guard try await store.create(record) else { throw SessionError(.invalid, "a fresh ID was taken") }
                own.append(record.id)
            }
            ids.append(own)
        }
        self.ids = ids
    }

    func load(for duration: Duration) async throws -> Double {
        try await rate(for: duration) { [store] id in
            guard try await store.load(id, at: SystemSessionClock().now) != nil else {
                throw SessionError(.noSession, "no record")
            }
        }
    }

    func commit(for duration: Duration) async throws -> Double {
        var changes = SessionChanges(expectedGeneration: 1)
        changes.attributes = ["cart": .set(json: Stores.payload)]
        return try await rate(for: duration) { [store, changes] id in
            guard case .committed = try await store.commit(changes, to: id, at: SystemSessionClock().now) else {
                throw SessionError(.contention, "a commit was refused")
            }
        }
    }

    /// How often a second all callers together get `body` done.
    private func rate(
        for duration: Duration, _ body: @escaping @Sendable (SessionID) async throws -> Void
    ) async throws -> Double {
        let clock = ContinuousClock()
        let begun = clock.now
        let end = begun + duration
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for own in ids {
                group.addTask {
                    var count = 0
                    while clock.now < end {
                        try await body(own[count % own.count])
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(count) / ((clock.now - begun) / .seconds(1))
    }

    private static func record() -> SessionRecord {
        func random(_ count: Int) -> [UInt8] { (0..<count).map { _ in .random(in: .min ... .max) } }
        let digest = SecretDigest(bytes: random(32))!
        let now = SystemSessionClock().now
        let lifetime = SessionLifetime(
            idleTimeout: .seconds(1800), touchInterval: .seconds(60), absoluteDeadline: now + .seconds(43_200),
            retention: .seconds(3600), isPersistent: false)
        return SessionRecord(
            id: SessionID(bytes: random(16))!, secretDigest: digest, secretIssuedAt: now, familyDigest: digest,
            createdAt: now, lastUsedAt: now, lifetime: lifetime,
            attributes: .init([.init(name: "cart", json: Stores.payload, revision: 1)]))
    }
}
