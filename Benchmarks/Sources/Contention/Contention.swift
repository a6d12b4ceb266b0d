import Foundation
import HTTPTypes
import Sessions
import SessionsRedis
import SessionsSQLite

/// Updates of one session by 64 callers at once, against updates of sessions of their own.
///
/// `Contention SECONDS STORE…`, with stores `memory`, `sqlite:PATH` and `redis://…`. Each update is a request through the
/// engine, which loads the session, adds one to an attribute in the store, and finishes. Rounds of the two kinds alternate.
@main
struct Contention {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let seconds = arguments.first.flatMap({ Double($0) }), arguments.count > 1 else {
            FileHandle.standardError.write(Data("usage: Contention SECONDS memory|sqlite:PATH|redis://…\n".utf8))
            exit(64)
        }
        for name in arguments.dropFirst() {
            let bench = try await Bench(name)
            for _ in 1...3 { try await bench.round(.seconds(seconds / 6)) }
            try await bench.report()
        }
    }
}

/// One store under load, and what its rounds came to.
final class Bench {
    /// Updates, how long they took and what they took of the processors.
    struct Load {
        var count = 0
        var elapsed = 0.0
        var processor = 0.0
        var rate: Double { Double(count) / elapsed }
        var microseconds: Double { processor * 1e6 / Double(count) }
    }

    static let callers = 64
    static let key: SessionKey<Int> = "n"

    let name: String
    let store: any SessionStore
    let manager: SessionManager
    /// The cookie of each caller where all have the same session, and where each has its own.
    private let one: [String]
    private let own: [String]
    private var rounds: [(own: Load, one: Load)] = []

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

    func round(_ duration: Duration) async throws {
        // In turn, so that a change of the machine's speed meets both.
        rounds.append((try await load(own, duration), try await load(one, duration)))
    }

    func report() async throws {
        let made = rounds.reduce(0) { $0 + $1.one.count }
        let stored = try await Self.request(manager, cookie: one[0]) { try $0.value(Self.key) }.value
        guard stored == made else {
            throw SessionError(.corrupt, "\(made) updates were told, \(stored ?? 0) are stored")
        }
        func median(_ figures: [Double]) -> Double { figures.sorted()[figures.count / 2] }
        func figures(_ load: KeyPath<(own: Load, one: Load), Load>) -> String {
            let rate = median(rounds.map { $0[keyPath: load].rate })
            let cost = median(rounds.map { $0[keyPath: load].microseconds })
            return String(format: "%.0f updates a second, %.1f µs of processor time each", rate, cost)
        }
        let times = median(rounds.map { $0.one.microseconds / $0.own.microseconds })
        print("\(name), a session for each caller: \(figures(\.own))")
        print("\(name), one session for all: \(figures(\.one)): \(String(format: "%.2f", times)) times as much")
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
        return Load(count: count, elapsed: (clock.now - begun) / .seconds(1), processor: Self.processor() - processor)
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
