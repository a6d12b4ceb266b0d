public import Sessions
import Synchronization

/// A random source that repeats for the same seed; it is for tests alone, since its tokens are easy to predict.
public final class SeededRandomSource: RandomSource {
    private let numbers: Mutex<SplitMix64>

    /// Begins the sequence of a seed.
    public init(seed: UInt64) {
        numbers = Mutex(SplitMix64(seed: seed))
    }

    /// Returns the next block of the sequence; it never throws.
    public func words() throws(SessionError) -> (UInt64, UInt64) {
        numbers.withLock { numbers in
            let high = numbers.next()
            return (high, numbers.next())
        }
    }
}
