/// Whether and when a command is tried again.
struct Retry {
    let deadline: ContinuousClock.Instant
    private var attempts = 0
    /// What the attempts before this one met with.
    private var problem: String?

    init(deadline: ContinuousClock.Instant) {
        self.deadline = deadline
    }

    mutating func note(_ error: RedisServerError) { problem = error.description }

    mutating func note(_ failure: LinkFailure) { problem = failure.message }

    /// The last failure, and what came before it: the deadline alone would hide the reason.
    func ending(with failure: LinkFailure) -> RedisFailure {
        guard failure.reason == .timedOut, let problem else { return failure.failure }
        var failure = failure
        failure.message += "; before that: \(problem)"
        return failure.failure
    }

    /// Waits a little, longer each time.
    ///
    /// - Returns: `false`, at once, where the deadline would come first or the task was cancelled
    mutating func pause() async -> Bool {
        let pause = nextPause()
        // Leaves the attempt a moment of its own.
        guard ContinuousClock.now + pause + .milliseconds(100) < deadline else { return false }
        do {
            try await Task.sleep(for: pause)
            return true
        } catch {
            return false
        }
    }

    /// 10 to 20 ms at first, then twice as much each time, up to 80 to 160 ms.
    mutating func nextPause() -> Duration {
        attempts += 1
        return Backoff.pause(after: min(attempts, 4))
    }

    /// Errors that say that the command was not applied and that another attempt may succeed.
    static func isPassing(_ error: RedisServerError) -> Bool {
        ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY"].contains(error.code)
    }

    static func mayRepeat(_ command: RedisCommand, after failure: LinkFailure) -> Bool {
        [.disconnected, .released, .closed].contains(failure.reason) && (!failure.isSent || command.effect == .read)
    }
}
