import Synchronization

/// Counts attempts by key, such as an address or a name, and refuses those that come faster than a rate allows.
///
/// ```swift
/// let tries = AttemptLimit<String>(10, per: .minutes(15))
/// if let wait = tries.take(name, at: manager.clock.now) { throw tooManyTries(wait) }
/// ```
/// A key may make as many attempts at once as the limit says; each comes back after its share of the period. It forgets keys
/// when it holds too many, those first that were not seen for longest, so its memory is bounded.
public final class AttemptLimit<Key: Hashable & Sendable>: Sendable {
    fileprivate struct State {
        /// When all attempts of a key will have come back.
        var recent: [Key: Timestamp] = [:]
        /// Keys that were not seen since `recent` was begun anew.
        var older: [Key: Timestamp] = [:]
    }

    /// The number of attempts that a key may make at once.
    public let count: Int
    /// The time in which that many attempts come back.
    public let period: Duration
    private let share: Span
    private let wholePeriod: Span
    private let maximumKeys: Int
    private let state = Mutex(State())

    /// Makes a limit.
    ///
    /// - Parameters:
    ///   - count: attempts of one key at once, at least 1
    ///   - period: the time in which that many come back, at least 1 ms an attempt
    ///   - maximumKeys: how many keys are remembered, at least 2
    public init(_ count: Int, per period: Duration, maximumKeys: Int = 100_000) {
        self.count = max(count, 1)
        let share = Duration.milliseconds(max((period / max(count, 1)).milliseconds, 1))
        self.share = Span(share)
        self.period = share * self.count
        wholePeriod = Span(self.period)
        self.maximumKeys = max(maximumKeys, 2)
    }

    /// Counts an attempt of `key`, unless it comes too soon.
    ///
    /// - Returns: how long the key has to wait for its next attempt, where this one is refused; `nil` where it is counted
    public func take(_ key: Key, at now: Timestamp) -> Duration? {
        let full = now + wholePeriod
        return state.withLock { state in
            var wait: Duration?
            state.change(key, maximumKeys) { moment in
                // A clock that was set back is no reason to lock a key out.
                let backAt = min(max(moment ?? now, now), full)
                let next = backAt + share
                guard next > full else { return next }
                wait = next - full
                return backAt
            }
            return wait
        }
    }

    /// Gives one attempt of `key` back at once, as after one that turned out right.
    public func giveBack(_ key: Key, at now: Timestamp) {
        state.withLock { state in
            state.change(key, maximumKeys) { moment in
                moment.map { $0 - share.duration }
            }
        }
    }

    /// The number of keys that are remembered.
    public var keyCount: Int { state.withLock { $0.recent.count + $0.older.count } }
}

extension AttemptLimit.State {
    /// Changes when the attempts of a key will have come back; `nil` stands for a key that isn't remembered.
    ///
    /// Two halves, of which the older is dropped whole: so no call costs more than another in the long run.
    fileprivate mutating func change(_ key: Key, _ maximumKeys: Int, _ body: (Timestamp?) -> Timestamp?) {
        if let index = recent.index(forKey: key) {
            guard let moment = body(recent.values[index]) else { return }
            recent.values[index] = moment
        } else if let moment = body(older.removeValue(forKey: key)) {
            if recent.count >= maximumKeys / 2 {
                older = recent
                recent = [:]
            }
            recent[key] = moment
        }
    }
}
