import Sessions
import Synchronization
import Workbench

/// A store, the sessions in it, and requests of some of their clients.
final class Bench: Sendable {
    private struct Clients {
        /// The cookies of visitors, in no order.
        var visitors: [String] = []
        /// The cookies of users who have signed in and not out.
        var users: [String] = []
        var signIns = 0
    }

    static let kept = 20_000
    private static let key: SessionKey<Int> = "n"

    let store: any SessionStore
    let clock = MovableClock()
    private let manager: SessionManager
    /// The same, which counts the calls of the store.
    private let counting: SessionManager
    private let counter = CallCounter()
    private let clients = Mutex(Clients())

    init(_ argument: String, room: Int, touchInterval: Duration) async throws {
        store = try await openStore(argument, maximumRecords: room, connections: 32)
        var configuration = SessionConfiguration()
        // So long that nothing expires or is renewed while it is measured.
        configuration.timeouts = .init(idle: .seconds(100_000), absolute: .seconds(1_000_000))
        configuration.visitorTimeouts = configuration.timeouts
        configuration.touchInterval = touchInterval
        configuration.renewalInterval = nil
        manager = try SessionManager(store: store, configuration: configuration, clock: clock)
        counting = try SessionManager(store: store, configuration: configuration, clock: clock, observers: [counter])
    }

    /// Makes sessions of visitors with that many attributes: a number, and texts of 32 bytes.
    ///
    /// - Returns: how long it took, and the bytes by which this process has grown
    func fill(_ count: Int, attributes: Int, callers: Int) async throws -> [String: Double] {
        let before = ThisProcess.residentBytes
        let begun = ContinuousClock.now
        let stride = max(count / Self.kept, 1)
        let cookies = try await each(callers) { [manager] caller in
            var kept: [String] = []
            for number in Swift.stride(from: caller, to: count, by: callers) {
                let fields = try await manager.request(cookie: nil) { session in
                    try session.set(Self.key, to: number)
                    for index in 1..<max(attributes, 1) {
                        try session.set(SessionKey<String>("attribute\(index)"), to: "a text of thirty bytes, as made")
                    }
                }
                if number % stride == 0, let cookie = fields.sessionCookie { kept.append(cookie) }
            }
            return kept
        }
        let grown = ThisProcess.residentBytes - before
        clients.withLock { $0.visitors = cookies.flatMap(\.self).shuffled() }
        return ["seconds": (.now - begun) / .seconds(1), "bytes": Double(grown)]
    }

    /// - Returns: how many requests were made, how long that took, and seconds of this process's processor time
    func run(_ work: Work, _ extent: Extent, callers: Int) async throws -> [String: Double] {
        let cookies = try take(work, extent)
        let (begun, processor) = (ContinuousClock.now, ThisProcess.processorSeconds)
        let counts = try await each(callers) { [self] caller in
            var count = 0
            // A caller's clients are its own, so that no two requests meet at a session.
            let own =
                cookies.isEmpty ? [nil] : Swift.stride(from: caller, to: cookies.count, by: callers).map { cookies[$0] }
            guard !own.isEmpty else { return 0 }
            let last = if case .count(let all) = extent { (all - caller + callers - 1) / callers } else { Int.max }
            while count < last {
                if case .until(let end) = extent, .now >= end { break }
                try await self.make(work, own[count % own.count], manager)
                count += 1
            }
            return count
        }
        return [
            "count": Double(counts.reduce(0, +)), "seconds": (.now - begun) / .seconds(1),
            "processor": ThisProcess.processorSeconds - processor,
        ]
    }

    /// - Returns: the calls of the store by name, a request
    func calls(of work: Work, count: Int) async throws -> [String: Double] {
        let cookies = try take(work, .count(count))
        _ = counter.take()
        for number in 0..<count {
            try await make(work, cookies.isEmpty ? nil : cookies[number % cookies.count], counting)
        }
        return counter.take().mapValues { $0 / Double(count) }
    }

    /// - Returns: how many records were looked at, how long that took, and seconds of this process's processor time
    func sweep() async -> [String: Double] {
        let (begun, processor) = (ContinuousClock.now, ThisProcess.processorSeconds)
        let sweeper = SessionSweeper(manager)
        await sweeper.sweep()
        return [
            "count": Double(sweeper.counters.records), "seconds": (.now - begun) / .seconds(1),
            "processor": ThisProcess.processorSeconds - processor, "failures": Double(sweeper.counters.failures),
        ]
    }

    /// The clients of a run; none for sign-ins, which strangers do.
    private func take(_ work: Work, _ extent: Extent) throws -> [String] {
        try clients.withLock { clients in
            switch work {
            case .read, .update:
                guard !clients.visitors.isEmpty else { throw SessionError(.invalid, "the store is not filled") }
                return clients.visitors
            case .signIn: return []
            case .signOut:
                guard case .count(let count) = extent, count <= clients.users.count else {
                    throw SessionError(.invalid, "only \(clients.users.count) users are signed in")
                }
                defer { clients.users.removeLast(count) }
                return clients.users.suffix(count)
            }
        }
    }

    private func make(_ work: Work, _ cookie: String?, _ manager: SessionManager) async throws {
        switch work {
        case .read: try await manager.request(cookie: cookie) { _ = try $0.value(Self.key) }
        case .update:
            try await manager.request(cookie: cookie) { try await $0.update(Self.key, default: 0) { $0 += 1 } }
        case .signIn:
            let number = clients.withLock { clients in
                clients.signIns += 1
                return clients.signIns
            }
            let fields = try await manager.request(cookie: nil) { session in
                try session.set(Self.key, to: number)
                // A user who signs in again and again has some sessions; a new one would have none.
                try await session.signIn(try Principal("user\(number % 10_000)"))
            }
            guard let cookie = fields.sessionCookie else { throw SessionError(.invalid, "a sign-in gave no cookie") }
            clients.withLock { $0.users.append(cookie) }
        case .signOut: try await manager.request(cookie: cookie) { try await $0.end() }
        }
    }
}

/// What `body` returns for each of the callers, which run at the same time.
private func each<Value: Sendable>(
    _ callers: Int, _ body: @escaping @Sendable (Int) async throws -> Value
) async throws -> [Value] {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for caller in 0..<callers { group.addTask { try await body(caller) } }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
