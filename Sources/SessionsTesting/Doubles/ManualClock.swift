public import Sessions
import Synchronization

/// A clock that stands still until a test moves it.
public final class ManualClock: SessionClock {
    private let moment: Mutex<Timestamp>

    /// Makes a clock that shows a moment.
    ///
    /// - Parameter now: 2040-01-01 by default, later than any real clock, for stores with expiry of their own
    public init(_ now: Timestamp = Timestamp(milliseconds: 2_208_988_800_000)) {
        moment = Mutex(now)
    }

    /// The moment that the clock shows.
    public var now: Timestamp { moment.withLock { $0 } }

    /// Moves the clock forwards, or backwards by a negative duration.
    public func advance(by duration: Duration) {
        moment.withLock { $0 = $0 + duration }
    }

    /// Sets the clock to a moment, earlier or later.
    public func move(to moment: Timestamp) {
        self.moment.withLock { $0 = moment }
    }
}
