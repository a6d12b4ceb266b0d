import Foundation
import HTTPTypes
import Metrics
import Sessions
import SessionsObservability

/// The nanoseconds that a request of the engine by itself takes with observers, and without any.
///
/// `Observers ROUNDS` prints an array of JSON a round, with all sets of observers, so that a busy machine slows all of them;
/// the first has none. Metrics and spans go to backends that drop them, and lines nowhere.
@main
struct Observers {
    static let key: SessionKey<Int> = "n"

    struct Times: Encodable {
        let observers: String
        let read, update, signIn: Int64
    }

    static func main() async throws {
        guard let rounds = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }), rounds > 0 else {
            FileHandle.standardError.write(Data("usage: Observers ROUNDS\n".utf8))
            exit(64)
        }
        let sets = try sets()
        for _ in 0..<rounds {
            var times: [Times] = []
            for set in sets { times.append(try await set.nanoseconds()) }
            print(String(decoding: try JSONEncoder().encode(times), as: UTF8.self))
        }
    }

    private static func sets() throws -> [Visits] {
        let store = MemorySessionStore()
        let metrics = SessionMetrics(of: .memory, counting: store, factory: NOOPMetricsHandler.instance)
        let log = SessionSecurityLog(application: "benchmark") { _ in }
        let traces = SessionTracing(of: .memory)
        return [
            try Visits("none", []), try Visits("none, again", []),
            try Visits("a closure", [SessionEventHandler { _ in }]),
            try Visits("`SessionMetrics`", on: store, [metrics]), try Visits("`SessionTracing`", [traces]),
            try Visits("`SessionTracing`, with `session.id`", [SessionTracing(of: .memory, namesSessions: true)]),
            try Visits("`SessionSecurityLog`", [log]), try Visits("metrics, traces and log", [metrics, traces, log]),
        ]
    }
}

/// Three kinds of requests to a manager with some observers.
private struct Visits {
    let name: String
    let manager: SessionManager

    init(_ name: String, on store: MemorySessionStore = MemorySessionStore(), _ observers: [any SessionObserver]) throws
    {
        self.name = name
        manager = try SessionManager(store: store, observers: observers)
    }

    /// The time of a read, of an update, and of a sign-in with its sign-out.
    func nanoseconds() async throws -> Observers.Times {
        let first = try await run(nil) { try $0.set(Observers.key, to: 1) }
        let cookie = first[.setCookie].map { String($0.prefix { $0 != ";" }) }
        return Observers.Times(
            observers: name,
            read: try await time(20_000) { try await run(cookie) { _ = try $0.value(Observers.key) } },
            update: try await time(20_000) {
                try await run(cookie) { try await $0.update(Observers.key, default: 0) { $0 += 1 } }
            },
            signIn: try await time(2000) {
                // Each time another user: the more sessions one has had, the dearer is the list for the limit.
                let name = "user-\(UInt64.random(in: .min ... .max))"
                let fields = try await run(nil) { try await $0.signIn(try Principal(name)) }
                let cookie = fields[values: .setCookie].last.map { String($0.prefix { $0 != ";" }) }
                try await run(cookie) { try await $0.end() }
            })
    }

    @discardableResult
    private func run(
        _ cookie: String?, _ body: @Sendable (Session) async throws -> Void
    ) async throws -> HTTPFields {
        var request = HTTPRequest(method: .get, scheme: "https", authority: "shop.test", path: "/")
        request.headerFields[.cookie] = cookie
        let handle = manager.begin(request, over: .init(peer: .local, isTLS: true))
        try await body(try await handle.session())
        var fields: HTTPFields = [.contentType: "text/plain", .contentLength: "50"]
        await handle.finish(status: .ok).apply(to: &fields)
        return fields
    }

    private func time(_ count: Int, _ body: @Sendable () async throws -> Void) async throws -> Int64 {
        let start = ContinuousClock.now
        for _ in 0..<count { try await body() }
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return (seconds * 1_000_000_000 + attoseconds / 1_000_000_000) / Int64(count)
    }
}
