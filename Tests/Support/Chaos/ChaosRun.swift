package import SessionsTesting
import ShopDriver

/// Servers that are killed, clients that remember, and a judgement of what they remember.
package struct ChaosRun: Sendable {
    package var seed: UInt64
    package var duration: Duration
    package var clients = 12
    package var servers = 3
    /// What `--store` takes.
    package var store: String
    /// Also happens to the fleet at first and then now and then: kills, restarts, pauses or cuts off what the store runs on, and
    /// returns what may be lost by that when the store answers again.
    package var disturbStore: (@Sendable (inout SplitMix64) async throws -> Outage.Loss)?

    /// Whether what was remembered and what happened shows what it should; the run goes on for longer until it does.
    package var isEnough: @Sendable ([Event]) -> Bool = { _ in true }

    /// Ends troubles that go on by themselves, before everybody looks at what is left.
    package var endTroubles: (@Sendable () -> Void)?

    package init(seed: UInt64, duration: Duration, store: String) {
        self.seed = seed
        self.duration = duration
        self.store = store
    }

    package struct Report: Sendable, CustomStringConvertible {
        package let seed: UInt64
        package let events: [Event]
        package let violations: [Violation]
        package let unsent: Int
        package let kills, stops, pauses: Int
        package let outages: [Outage]
        package let clockOffsets: [Int]

        /// What everybody was answered when everything had come to rest: an event for each client and operation.
        package var lastEvents: [Event] {
            var last: [String: Event] = [:]
            for event in events where event.client.hasSuffix(Client.lastTab) {
                last["\(event.client) \(event.operation)"] = event
            }
            return Array(last.values)
        }

        package var description: String {
            var counts: [String: [Int]] = [:]
            for event in events {
                let name = "\(event.operation)".prefix { $0 != "(" }
                let column =
                    switch event.outcome {
                    case .ok: 0
                    case .refused: 1
                    case .unknown: 2
                    }
                counts[String(name), default: [0, 0, 0]][column] += 1
            }
            let sessions = Set(events.flatMap { $0.received.values.map(\.session) })
            var lines = [
                "chaos: seed \(seed), \(events.count) requests (\(unsent) more found no server), \(sessions.count) sessions",
                "chaos: \(kills) kills, \(stops) stops, \(pauses) pauses, \(outages.count) times the store; "
                    + "clocks ahead by \(clockOffsets.map { "\($0)ms" }.joined(separator: ", "))",
            ]
            for (name, count) in counts.sorted(by: { $0.key < $1.key }) {
                lines.append("chaos:   \(name): \(count[0]) answered, \(count[1]) refused, \(count[2]) unknown")
            }
            lines.append("chaos: \(violations.isEmpty ? "nothing" : "\(violations.count) things") that must never be")
            for rule in Violation.Rule.allCases {
                let found = violations.filter { $0.rule == rule }
                guard let first = found.first else { continue }
                lines.append("chaos: \(found.count) × \(first)")
            }
            if let first = violations.first {
                let sessions = Set(first.event.presented.values.map(\.session)).union(
                    first.event.received.values.map(\.session))
                lines.append("chaos: everything about the first one's sessions:")
                for event in events
                where !sessions.isDisjoint(
                    with: Set(event.presented.values.map(\.session)).union(event.received.values.map(\.session)))
                { lines.append("    \(event)") }
            }
            return lines.joined(separator: "\n")
        }
    }

    package func run() async throws -> Report {
        var random = SplitMix64(seed: seed)
        // Renewals often; no session ends because its user has too many.
        let fleet = Fleet(
            count: servers,
            arguments: [
                "--store", store, "--renewal-interval", "500ms", "--renewal-settle", "100ms", "--renewal-overlap",
                "\(Self.overlap)s", "--limit", "off",
            ], random: &random)
        let start = ContinuousClock.now
        let clock: @Sendable () -> Int64 = {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        }
        let progress = Progress()
        let clients = (0..<clients).map { index in
            Client(
                name: "c\(index)", principal: index % 2 == 0 ? "ada" : "grace", fleet: fleet, progress: progress,
                clock: clock)
        }
        let remembered: @Sendable () -> [Event] = { clients.flatMap(\.remembered.events) }
        var outages: [Outage] = []
        do {
            try await fleet.openAll()
            let end = ContinuousClock.now + duration
            outages = try await withThrowingTaskGroup(of: [Outage].self) { group in
                for (number, client) in clients.enumerated() {
                    for tab in 0..<2 {
                        var own = SplitMix64(seed: seed &* 1000 &+ UInt64(number * 2 + tab))
                        group.addTask {
                            while !progress.isOver {
                                await client.act(tab: tab, &own)
                                try await Task.sleep(for: .milliseconds(own.below(15)))
                            }
                            return []
                        }
                    }
                }
                let own = random
                group.addTask {
                    // Not before: what happens to the store may wait for requests. Also where it fails, nobody goes on.
                    defer { progress.isOver = true }
                    return try await disturb(fleet, until: end, own, clock, progress, remembered)
                }
                return try await group.reduce([], +)
            }
            endTroubles?()
            for (index, client) in clients.enumerated() { await client.lookBack(at: index % servers) }
        } catch {
            await fleet.closeAll()
            throw error
        }
        await fleet.closeAll()
        let memories = clients.map(\.remembered)
        let events = memories.flatMap(\.events).sorted { $0.invoked < $1.invoked }
        let counters = fleet.counters
        return Report(
            seed: seed, events: events,
            violations: Checker.check(events, outages: outages, longest: Self.longest),
            unsent: memories.reduce(0) { $0 + $1.unsent },
            kills: counters.kills, stops: counters.stops, pauses: counters.pauses, outages: outages,
            clockOffsets: fleet.offsets)
    }

    /// Seconds of an overlap.
    private static let overlap = 12

    /// Nanoseconds that a request may take without outliving an overlap by any server's clock.
    private static let longest = (Int64(overlap) * 1000 - Int64(Fleet.maximumSkew)) * 1_000_000

    /// How much longer than its duration a run takes at most.
    private static let patience = Duration.seconds(180)

    /// Makes trouble until the end, and says what happened to the store.
    ///
    /// It begins once everything was answered that can be asked for, so that there is something to lose.
    private func disturb(
        _ fleet: Fleet, until end: ContinuousClock.Instant, _ random: SplitMix64, _ clock: @Sendable () -> Int64,
        _ progress: Progress, _ remembered: @Sendable () -> [Event]
    ) async throws -> [Outage] {
        var random = random
        var outages: [Outage] = []
        let latest = end + Self.patience
        var hasShown = false
        while !progress.hasAllAnswers, ContinuousClock.now < latest { try await Task.sleep(for: .milliseconds(10)) }
        repeat {
            try await Task.sleep(for: .milliseconds(200 + random.below(800)))
            try await fleet.disturb(&random)
            if let disturbStore, outages.isEmpty || random.below(3) == 0 {
                let from = clock()
                let loss = try await disturbStore(&random)
                outages.append(Outage(from: from, until: clock(), loss: loss))
            }
            if !hasShown { hasShown = fleet.counters.kills > 0 && isEnough(remembered()) }
        } while ContinuousClock.now < end || !hasShown && ContinuousClock.now < latest
        return outages
    }
}
