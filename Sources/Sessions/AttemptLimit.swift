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
    private let share: Duration
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
        share = .milliseconds(max((period / max(count, 1)).milliseconds, 1))
        self.period = share * self.count
        self.maximumKeys = max(maximumKeys, 2)
    }

    /// Counts an attempt of `key`, unless it comes too soon.
    ///
    /// - Returns: how long the key has to wait for its next attempt, where this one is refused; `nil` where it is counted
    public func take(_ key: Key, at now: Timestamp) -> Duration? {
        state.withLock { state in
            // A clock that was set back is no reason to lock a key out.
            let backAt = min(max(state.moment(of: key) ?? now, now), now + period)
            let wait = backAt + share - (now + period)
            guard wait <= .zero else {
                state.keep(key, backAt, maximumKeys)
                return wait
            }
            state.keep(key, backAt + share, maximumKeys)
            return nil
        }
    }

    /// Gives one attempt of `key` back at once, as after one that turned out right.
    public func giveBack(_ key: Key, at now: Timestamp) {
        state.withLock { state in
            guard let backAt = state.moment(of: key) else { return }
            state.keep(key, backAt - share, maximumKeys)
        }
    }

    /// The number of keys that are remembered.
    public var keyCount: Int { state.withLock { $0.recent.count + $0.older.count } }
}

extension AttemptLimit.State {
    fileprivate func moment(of key: Key) -> Timestamp? { recent[key] ?? older[key] }

    /// Two halves, of which the older is dropped whole: so no call costs more than another in the long run.
    fileprivate mutating func keep(_ key: Key, _ moment: Timestamp, _ maximumKeys: Int) {
        if recent[key] == nil {
            older[key] = nil
            if recent.count >= maximumKeys / 2 {
                older = recent
                recent = [:]
            }
        }
        recent[key] = moment
    }
}
