/// A way to a server, which makes one attempt to have a command answered.
protocol CommandRoute: AnyObject, Sendable {
    func attempt(_ command: RedisCommand, deadline: ContinuousClock.Instant) async -> PendingCommand.Outcome
}
