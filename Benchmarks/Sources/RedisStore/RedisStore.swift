import Sessions
import SessionsRedis

/// Loads and commits a second through the store, with so many callers at a time, and the memory that a session takes.
///
/// `RedisStore redis://127.0.0.1:6379 speed [CALLERS [SECONDS]]` or `RedisStore redis://127.0.0.1:6379 memory`.
/// The server must be made for it: what it holds is left there.
@main
struct RedisStore {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let url = arguments[1]
        let store = try await RedisSessionStore(url: url, configuration: .init(keyPrefix: "bench"))
        if arguments[2] == "memory" {
            try await memory(store, url)
        } else {
            try await speed(
                store, callers: arguments.count > 3 ? Int(arguments[3])! : 64,
                seconds: arguments.count > 4 ? Int(arguments[4])! : 4)
        }
        store.close()
    }

    /// A visitor's session with one attribute of so many bytes.
    static func record(bytes: Int) -> SessionRecord {
        var random = SystemRandomNumberGenerator()
        func block() -> Block16 { Block16(random.next(), random.next()) }
        let now = SystemSessionClock().now
        let json = "\"" + String(repeating: "x", count: bytes - 2) + "\""
        return SessionRecord(
            id: SessionID(block()), secretDigest: .init(Block32(block(), block())), secretIssuedAt: now,
            familyDigest: .init(Block32(block(), block())), createdAt: now, lastUsedAt: now,
            lifetime: SessionLifetime(
                idleTimeout: .minutes(30), touchInterval: .minutes(3), absoluteDeadline: now + .hours(12),
                retention: .hours(1), isPersistent: false),
            attributes: SessionAttributes([.init(name: "n", json: json, revision: 1)]))
    }

    static func speed(_ store: RedisSessionStore, callers: Int, seconds: Int) async throws {
        // The attribute makes it 256 bytes with the fields that every session has.
        let records = (0..<1000).map { _ in record(bytes: 100) }
        for record in records { _ = try await store.create(record) }
        let loads = try await rate(callers, seconds) { number in
            _ = try await store.load(records[number % records.count].id, at: SystemSessionClock().now)
        }
        print("loads", loads)
        let commits = try await rate(callers, seconds) { number in
            var changes = SessionChanges(expectedGeneration: 1)
            changes.attributes["n"] = .set(json: "\"" + String(repeating: "y", count: 98) + "\"")
            let id = records[number % records.count].id
            guard case .committed = try await store.commit(changes, to: id, at: SystemSessionClock().now) else {
                fatalError("a commit was refused")
            }
        }
        print("commits", commits)
    }

    static func rate(
        _ callers: Int, _ seconds: Int, _ work: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Int {
        let end = ContinuousClock.now + .seconds(seconds)
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < end {
                        try await work(caller * 7919 + count)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return total / seconds
    }

    static func memory(_ store: RedisSessionStore, _ url: String) async throws {
        let address = try RedisURL(url).servers[0]
        let client = try RedisClient(address)
        let count = 100_000
        func used() async throws -> Int {
            var command = RedisCommand("INFO", key: [], effect: .read)
            command.append("memory")
            let reply = try await client.send(command, deadline: .now + .seconds(10))
            guard case .bytes(let bytes) = reply else { fatalError("no INFO") }
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").first {
                $0.hasPrefix("used_memory:")
            }
            return Int(line!.dropFirst("used_memory:".count))!
        }
        func each(_ work: @escaping @Sendable (Int) async throws -> Void) async throws -> Int {
            let before = try await used()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<50 {
                    group.addTask { for number in 0..<count / 50 { try await work(caller * (count / 50) + number) } }
                }
                try await group.waitForAll()
            }
            return (try await used() - before) / count
        }
        let raw = try await each { number in
            let digits = String(number)
            let name = "raw:" + String(repeating: "0", count: 44 - digits.count) + digits
            var command = RedisCommand("SET", key: [], effect: .write)
            command.append(name)
            command.append(String(repeating: "x", count: 256))
            command.append("PX")
            command.append(Int64(3_600_000))
            _ = try await client.send(command, deadline: .now + .seconds(10))
        }
        print("a raw key of 48 bytes with 256 bytes and an expiry: \(raw) bytes")
        let session = try await each { _ in _ = try await store.create(record(bytes: 10)) }
        print("a visitor's session with an attribute of 10 bytes: \(session) bytes")
        client.close()
    }
}
