#if Postgres
    /// Spaces out attempts to connect: 20 ms, doubled to at most 1 s, each shortened by up to a half at random.
    struct Backoff {
        private var failures = 0
        private var until: ContinuousClock.Instant?
        private(set) var lastProblem: ConnectProblem?

        func isOver(at now: ContinuousClock.Instant) -> Bool { until.map { $0 <= now } ?? true }

        mutating func failed(_ problem: ConnectProblem, at now: ContinuousClock.Instant) {
            failures += 1
            lastProblem = problem
            until = now + Self.pause(after: failures)
        }

        static func pause(after failures: Int) -> Duration {
            let longest = min(20 << min(max(failures - 1, 0), 10), 1000)
            return .milliseconds(Int.random(in: longest / 2...longest))
        }
    }
#endif
