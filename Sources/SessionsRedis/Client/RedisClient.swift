/// Commands to one Redis or Valkey server, pipelined over a few connections that all tasks share.
///
/// It connects on first use. A command that is known not to have been applied is tried again until its deadline: while
/// the server restarts, loads its data, or has just become a replica. So is a read whose answer was lost.
public final class RedisClient: RedisCommands {
    public let address: ServerAddress
    private let server: RedisServer

    /// - Throws: ``RedisFailure`` where the authorities for TLS can't be read
    public init(_ address: ServerAddress, configuration: RedisClientConfiguration = .init()) throws(RedisFailure) {
        self.address = address
        server = RedisServer(address, profile: try ServerProfile(configuration, mode: .single))
    }

    public func send(
        _ command: RedisCommand, deadline: ContinuousClock.Instant
    ) async throws(RedisFailure) -> RedisReply {
        var retry = Retry(deadline: deadline)
        while true {
            let outcome = await server.execute(command, deadline: deadline)
            switch outcome {
            case .success(.error(let error)) where Retry.isPassing(error):
                if error.code == "READONLY" { server.reset() }
                retry.note(error)
                guard await retry.pause() else { return .error(error) }
            case .success(let reply):
                return reply
            case .failure(let failure):
                guard failure.reason != .closed, Retry.mayRepeat(command, after: failure), await retry.pause() else {
                    throw retry.ending(with: failure)
                }
                retry.note(failure)
            }
        }
    }

    /// Closes the connections. Commands under way fail, as every later one does.
    public func close() { server.close() }

    deinit { close() }
}

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

    /// Waits a little, longer each time. `false` at once where the deadline would come first or the task was cancelled.
    mutating func pause() async -> Bool {
        attempts += 1
        let pause = Backoff.pause(after: min(attempts, 4))
        // Leaves the attempt a moment of its own.
        guard ContinuousClock.now + pause + .milliseconds(100) < deadline else { return false }
        do {
            try await Task.sleep(for: pause)
            return true
        } catch {
            return false
        }
    }

    /// Errors that say that the command was not applied and that another attempt may succeed.
    static func isPassing(_ error: RedisServerError) -> Bool {
        ["LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY"].contains(error.code)
    }

    static func mayRepeat(_ command: RedisCommand, after failure: LinkFailure) -> Bool {
        (failure.reason == .disconnected || failure.reason == .closed)
            && (!failure.isSent || command.effect == .read)
    }
}
