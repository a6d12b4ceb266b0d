public import Logging
public import ServiceLifecycle
import Synchronization

/// Deletes what has expired, in bounded batches with pauses between them, as a service of the server.
///
/// A sweep that fails is counted and logged as a warning; the next one tries again and the server lives.
public final class SessionSweeper: Service {
    /// The work of a sweeper since it was made.
    public struct Counters: Sendable, Hashable {
        /// The sweeps that came to their end.
        public var sweeps = 0
        /// The sweeps that broke off because the store failed.
        public var failures = 0
        /// The records looked at.
        public var records = 0
        /// The sessions that had expired and were ended.
        public var expired = 0
    }

    private let manager: SessionManager
    private let interval: Duration
    private let batchSize: Int
    private let logger: Logger
    private let state = Mutex(Counters())

    /// Makes a sweeper, which begins when its service runs.
    ///
    /// - Parameters:
    ///   - manager: its store is swept
    ///   - interval: from the end of one sweep to the beginning of the next
    ///   - batchSize: records a batch, 1 to 10,000
    ///   - logger: is told of sweeps that fail
    public init(
        _ manager: SessionManager, every interval: Duration = .seconds(30), batchSize: Int = 500,
        logger: Logger = Logger(label: "sessions.sweeper")
    ) {
        self.manager = manager
        self.interval = max(interval, .milliseconds(10))
        self.batchSize = min(max(batchSize, 1), 10_000)
        self.logger = logger
    }

    /// What the sweeper has done so far.
    public var counters: Counters { state.withLock { $0 } }

    /// Sweeps again and again until the task is cancelled or the server shuts down.
    public func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: self.interval)
                await self.sweep()
            }
        }
    }

    /// Sweeps once, batch after batch until nothing more is due.
    public func sweep() async {
        do {
            var examined: Int
            repeat {
                // A request that arrived before the deadline may still come to use its session.
                let moment = manager.clock.now - manager.policy.lateness
                let result = try await manager.calls.sweep(at: moment, limit: batchSize)
                examined = result.examined
                state.withLock {
                    $0.records += examined
                    $0.expired += result.expired.count
                }
                for record in result.expired { manager.report(.ended(.expired), record) }
                await manager.setAside(result)
                if let failure = result.failure { throw failure }
                await Task.yield()
            } while examined >= batchSize && !Task.isCancelled
            state.withLock { $0.sweeps += 1 }
        } catch {
            state.withLock { $0.failures += 1 }
            logger.warning("A sweep of sessions failed; the next one tries again", metadata: ["error": "\(error)"])
        }
    }
}
