import Foundation
import HTTPTypes
import Sessions
import SessionsRedis
import SessionsSQLite

/// Updates of one session by 64 callers at once, against updates of sessions of their own.
///
/// `Contention ROUNDS SECONDS STORE…`, with stores `memory`, `sqlite:PATH` and `redis://…`, prints an object of JSON a round:
/// the rates of both kinds in so many seconds, which alternate, and the microseconds of processor time of an update. Each
/// update is a request through the engine, which loads the session, adds one to an attribute in the store, and finishes.
@main
struct Contention {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let rounds = arguments.first.flatMap({ Int($0) }), rounds > 0, arguments.count > 2,
            let seconds = arguments.dropFirst().first.flatMap({ Double($0) })
        else {
            FileHandle.standardError.write(Data("usage: Contention ROUNDS SECONDS memory|sqlite:PATH|redis://…\n".utf8))
            exit(64)
        }
        for name in arguments.dropFirst(2) {
            let bench = try await Bench(name)
            for _ in 0..<rounds {
                let round = try await bench.round(.seconds(seconds))
                print(String(decoding: try JSONEncoder().encode(round), as: UTF8.self))
            }
            try await bench.end()
        }
    }
}

/// One store under load.
final class Bench {
    /// Updates a second, and the microseconds of processor time that each took.
    struct Load: Encodable {
        let count: Int
        let rate: Double
        let processor: Double
    }

    struct Round: Encodable {
        let store: String
        let own, one: Load
    }

    static let callers = 64
    static let key: SessionKey<Int> = "n"

    let name: String
    let store: any SessionStore
    let manager: SessionManager
    /// The cookie of each caller where all have the same session, and where each has its own.
    private let one: [String]
    private let own: [String]
    /// Updates of the one session.
    private var made = 0

    init(_ argument: String) async throws {
        let parts = argument.split(separator: ":", maxSplits: 1).map(String.init)
        name = parts[0]
        switch (parts[0], parts.count) {
        case ("memory", 1): store = MemorySessionStore()
        case ("sqlite", 2): store = try await SQLiteSessionStore(path: parts[1])
        case ("redis", 2): store = try await RedisSessionStore(url: argument)
        default: throw SessionError(.configuration, "\(argument) is no store")
        }
        manager = try SessionManager(store: store)
        var cookies: [String] = []
        for _ in 0...Self.callers { cookies.append(try await Self.visitor(manager)) }
        own = Array(cookies.dropFirst())
        one = Array(repeating: cookies[0], count: Self.callers)
    }

    /// In turn, so that a change of the machine's speed meets both.
    func round(_ duration: Duration) async throws -> Round {
        let round = Round(store: name, own: try await load(own, duration), one: try await load(one, duration))
        made += round.one.count
        return round
    }

    /// Sees that every update is stored.
    func end() async throws {
        let stored = try await Self.request(manager, cookie: one[0]) { try $0.value(Self.key) }.value
        guard stored == made else {
            throw SessionError(.corrupt, "\(made) updates were told, \(stored ?? 0) are stored")
        }
        try await store.close()
    }

    private func load(_ cookies: [String], _ duration: Duration) async throws -> Load {
        let clock = ContinuousClock()
        let (begun, processor) = (clock.now, Self.processor())
        let end = begun + duration
        let count = try await withThrowingTaskGroup(of: Int.self) { [manager] group in
            for cookie in cookies {
                group.addTask {
                    var count = 0
                    while clock.now < end {
                        _ = try await Self.request(manager, cookie: cookie) { session in
                            try await session.update(Self.key, default: 0) { $0 += 1 } as Int
                        }
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        return Load(
            count: count, rate: Double(count) / ((clock.now - begun) / .seconds(1)),
            processor: (Self.processor() - processor) * 1e6 / Double(count))
    }

    private static func visitor(_ manager: SessionManager) async throws -> String {
        let fields = try await request(manager, cookie: nil) { try $0.set(key, to: 0) }.fields
        return String(fields[.setCookie]!.prefix { $0 != ";" })
    }

    private static func request<Value>(
        _ manager: SessionManager, cookie: String?, _ body: (Session) async throws -> Value
    ) async throws -> (value: Value, fields: HTTPFields) {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        if let cookie { request.headerFields[.cookie] = cookie }
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        let value = try await body(try await handle.session())
        var fields = HTTPFields()
        let reply = await handle.finish(status: .ok)
        if let error = reply.error { throw error }
        reply.apply(to: &fields)
        return (value, fields)
    }

    /// Seconds of processor time that this process has used.
    private static func processor() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
