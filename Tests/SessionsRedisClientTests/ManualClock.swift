import Synchronization

/// A clock that a test moves.
final class ManualClock: Sendable {
    private let time = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { time.withLock { $0 } }

    func advance(by span: Duration) { time.withLock { $0 += span } }
}
