/// Spaces out attempts to connect: 20 ms, doubled to at most 1 s, each shortened by up to a half at random.
struct Backoff {
    private var failures = 0
    private var until: ContinuousClock.Instant?
    private var last: (reason: LinkFailure.Reason, message: String)?

    /// What the last attempt met with, while it is too early for the next.
    func failure(at now: ContinuousClock.Instant) -> (reason: LinkFailure.Reason, message: String)? {
        guard let until, now < until else { return nil }
        return last
    }

    mutating func failed(_ reason: LinkFailure.Reason, _ message: String, at now: ContinuousClock.Instant) {
        failures += 1
        last = (reason, message)
        until = now + Self.pause(after: failures)
    }

    static func pause(after failures: Int) -> Duration {
        let longest = min(20 << min(max(failures - 1, 0), 10), 1000)
        return .milliseconds(Int.random(in: longest / 2...longest))
    }
}
