public import Sessions
import Synchronization

/// The machine's clock, ahead by a time that can be moved on.
public final class MovableClock: SessionClock {
    private let ahead = Atomic<Int64>(0)

    /// Makes a clock that is not ahead.
    public init() {}

    /// The present moment, ahead of the machine's clock.
    public var now: Timestamp {
        SystemSessionClock().now + .milliseconds(ahead.load(ordering: .relaxed))
    }

    /// Moves the clock on, at once.
    public func pass(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        ahead.add(seconds * 1000 + attoseconds / 1_000_000_000_000_000, ordering: .relaxed)
    }
}
