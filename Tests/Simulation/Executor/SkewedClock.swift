import Sessions
import SessionsTesting

/// The clocks of two servers: every second request is served where it is ahead.
struct SkewedClock: SessionClock {
    private let clock: ManualClock
    private let skew: Duration

    init(_ clock: ManualClock, by skew: Duration) {
        self.clock = clock
        self.skew = skew
    }

    var now: Timestamp { Actor.number % 2 == 0 ? clock.now : clock.now + skew }
}
