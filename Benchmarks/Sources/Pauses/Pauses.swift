import Foundation
import Sessions
import Synchronization
import Workbench

/// How long requests on the memory store take while a million sessions expire at once, and while its shards grow.
///
/// `Pauses ROUNDS SESSIONS` prints a line of JSON a round: for each situation the 50th, 99th and 99.9th percentile of a
/// request in microseconds, the longest one, and how many there were. The situations take turns:
///
/// | situation | what the other thread does |
/// | --- | --- |
/// | `alone` | nothing |
/// | `spin` | keeps a processor busy, and touches nothing of the store |
/// | `expiry` | sweeps sessions that have all expired at the same moment |
/// | `growth` | makes as many sessions, so that each shard of an empty store grows to its full size |
/// | `creation` | makes as many sessions in a store whose shards have grown already |
@main
struct Pauses {
    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) else {
            FileHandle.standardError.write(Data("usage: Pauses ROUNDS SESSIONS\n".utf8))
            exit(64)
        }
        for _ in 0..<numbers[0] {
            var round: [String: [String: Double]] = [:]
            for situation in Situation.allCases { round[situation.rawValue] = try await measure(situation, numbers[1]) }
            print(String(decoding: try JSONEncoder().encode(round), as: UTF8.self))
            fflush(nil)
        }
    }

    enum Situation: String, CaseIterable {
        case alone, spin, expiry, growth, creation
    }

    private static func measure(_ situation: Situation, _ sessions: Int) async throws -> [String: Double] {
        let clock = MovableClock()
        let store = try await openStore("memory", maximumRecords: sessions + visitorCount)
        let manager = try SessionManager(store: store, clock: clock)
        let idle = Duration.seconds(600)
        let now = clock.now
        let lifetime = SessionLifetime(
            idleTimeout: idle, touchInterval: .seconds(60), absoluteDeadline: now + .seconds(43_200),
            retention: .seconds(3600), isPersistent: false)
        func fill(_ count: Int) async throws {
            for number in 0..<count {
                let record = SessionRecord.sample(attribute: "n", json: "\(number)", at: now, lifetime: lifetime)
                guard try await store.create(record) else { throw SessionError(.invalid, "a fresh ID was taken") }
            }
        }
        switch situation {
        case .growth: break
        case .creation:
            // What has grown stays grown when it is emptied.
            try await fill(sessions)
            clock.pass(.seconds(90_000))
            await SessionSweeper(manager, batchSize: 10_000).sweep()
        case .alone, .spin, .expiry: try await fill(sessions)
        }
        if situation == .expiry { clock.pass(idle + .seconds(300)) }
        // They are made after the clock has moved, so they are live all along.
        let cookies = try await visitors(manager)

        let done = Flag()
        async let latencies = self.latencies(manager, cookies) { done.isRaised.load(ordering: .relaxed) }
        let begun = ContinuousClock.now
        switch situation {
        case .alone: try await Task.sleep(for: .seconds(2))
        case .spin: while .now - begun < .seconds(2) {}
        case .expiry: await SessionSweeper(manager).sweep()
        case .growth, .creation: try await fill(sessions)
        }
        let seconds = (.now - begun) / .seconds(1)
        done.isRaised.store(true, ordering: .relaxed)
        let sorted = try await latencies.sorted()
        func percentile(_ share: Double) -> Double { sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)] }
        try await store.close()
        return [
            "p50": percentile(0.5), "p99": percentile(0.99), "p99.9": percentile(0.999), "longest": sorted.last ?? 0,
            "count": Double(sorted.count), "seconds": seconds,
        ]
    }

    private static let key: SessionKey<Int> = "n"
    private static let visitorCount = 1000

    private static func visitors(_ manager: SessionManager) async throws -> [String] {
        var cookies: [String] = []
        for number in 0..<visitorCount {
            let fields = try await manager.request(cookie: nil) { try $0.set(key, to: number) }
            guard let cookie = fields.sessionCookie else { throw SessionError(.invalid, "a session gave no cookie") }
            cookies.append(cookie)
        }
        return cookies
    }

    /// Microseconds that each request of one client after the other takes, updates and reads in turn, until `isDone`.
    private static func latencies(
        _ manager: SessionManager, _ cookies: [String], until isDone: @escaping @Sendable () -> Bool
    ) async throws -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(4_000_000)
        while times.isEmpty || !isDone() {
            let cookie = cookies[times.count % cookies.count]
            let begun = ContinuousClock.now
            if times.count % 2 == 0 {
                try await manager.request(cookie: cookie) { _ = try $0.value(key) }
            } else {
                try await manager.request(cookie: cookie) { try await $0.update(key, default: 0) { $0 += 1 } }
            }
            times.append((.now - begun) / .microseconds(1))
        }
        return times
    }
}

/// Tells another task that something is over.
private final class Flag: Sendable {
    let isRaised = Atomic<Bool>(false)
}
